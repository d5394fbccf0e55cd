//! What is known of every board and job, durably.
