//! What an operator calls, one file a command. Each is a thin line through the library.

pub mod audit;
pub mod certificates;
pub mod check;
pub mod collect;
pub mod completions;
pub mod decrypt;
pub mod deliver;
pub mod doctor;
mod downloads;
pub mod explain;
pub mod export;
mod handover;
pub mod identify;
pub mod init;
pub mod jobs;
pub mod keys;
pub mod labels;
pub mod list;
pub mod mac_sequence;
pub mod man;
mod matched;
pub(crate) mod order;
mod own_data;
mod own_key;
mod parts;
mod places;
pub mod reconcile;
pub mod report;
mod rework_file;
pub mod run;
pub mod sandbox;
pub mod scan;
mod setup;
pub mod status;
pub mod submit;
pub mod template;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

pub use audit::life_of;
pub use setup::{REPORT_FILE, Setup};

use crate::cli::output::Output;
use crate::cli::show::Show;

/// What every command has.
pub struct Session {
    /// Where results go.
    pub output: Output,
    /// Only troubles on standard error.
    pub quiet: bool,
    /// Set when the operator wants it to end.
    pub interrupt: Arc<AtomicBool>,
    /// What is shown of the bench, once it is at work.
    pub show: OnceLock<Show>,
}
