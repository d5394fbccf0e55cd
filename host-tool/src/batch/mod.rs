//! The batch file: one CSV of every board, written from the store.
//!
//! Knows the store and the contract's form of the file; no board and no service.

mod csv_file;
mod pem;

pub use csv_file::{Called, ExportError, Exported, called, write_csv};
pub use pem::certificate_request_cell;
