//! A module a target: what it takes, and what must hold.

pub mod batch_files;
pub mod board_host_messages;
pub mod csr_checks;
pub mod csr_writer;
pub mod damaged_frames;
pub mod frames;
pub mod host_conversation;
pub mod replies;
pub mod requests;
pub mod service_answers;
pub mod tls_join_board;
pub mod tls_join_host;
