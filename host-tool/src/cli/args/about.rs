//! The arguments of what tells about the program itself: `explain`, `completions`, `man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The word in brackets of an error [default: list them all]
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// For which shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// A folder for the pages of all commands [default: the first page, to standard output]
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}
