//! The batch's data file: a CSV of every board, that CSV in a ZIP, or a ZIP of the boards' requests; written from the store.
//!
//! Knows the store and the contract's form of the file; no board and no service.

mod archive;
mod called;
mod csv_file;
mod data;
mod entry_name;
mod pem;

pub(crate) use archive::Archive;
pub use called::{Called, called};
pub use csv_file::{ExportError, Exported};
pub(crate) use data::Digesting;
pub use data::Source;
pub(crate) use entry_name::stem;
pub use pem::certificate_request_cell;
