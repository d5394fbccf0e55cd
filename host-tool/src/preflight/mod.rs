//! Preflight: everything in a batch data file that the service would refuse, or worse, take.
//!
//! Any CSV, CSV in a ZIP, or ZIP of certificate requests, whoever wrote it. One thread reads and puts findings into the file's
//! order, as many as there are cores verify requests; memory is bounded by [`limits`], whatever stands in the file. Nothing is
//! repaired. Knows no store, no board and no service but its documents.

pub(crate) mod archive;
mod codes;
mod csv;
mod file;
mod finding;
mod header;
pub mod limits;
mod merge;
mod options;
pub(crate) mod request;
mod row;
mod seen;
mod template;
mod values;
mod workers;

pub use codes::{Code, Severity};
pub use file::{Kind, PreflightError, Summary, check};
pub use finding::{Column, Finding, Tally};
pub use options::{Keys, Options, Service};
pub use template::{TemplateFileError, read_template};

#[cfg(test)]
mod tests;
