//! How much is told while a command works, and where.

use std::path::PathBuf;

use clap::{ArgAction, Args};

/// How much is told.
#[derive(Clone, Debug, Default, Args)]
pub struct Logging {
    /// Tell more: every cause of an error, and what is logged at level info; twice (-vv): at level debug
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// What to log to standard error, as in RUST_LOG [default: warn]
    #[arg(long, global = true, env = "NAMEPLATE_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// Append the log to this file too, which only you will be able to read
    #[arg(long, global = true, env = "NAMEPLATE_LOG_FILE", value_name = "FILE")]
    pub log_file: Option<PathBuf>,
}

impl Logging {
    /// What is logged: as asked, or as the number of `-v` says.
    pub fn filter(&self) -> &str {
        match (&self.log, self.verbose) {
            (Some(filter), _) => filter,
            (None, 0) => "warn",
            (None, 1) => "info",
            (None, _) => "debug",
        }
    }
}
