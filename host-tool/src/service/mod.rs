//! The batch service: what is asked of it and how its answers are read.
