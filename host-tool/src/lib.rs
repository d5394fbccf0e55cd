//! To be written.
pub mod service;
pub mod store;
