//! `nameplate man`: the manual pages, of the same text as `--help`.

use std::fs;

use clap::CommandFactory;
use clap_mangen::{Man, generate_to};
use serde_json::json;

use super::Session;
use super::completions::to_standard_output;
use crate::cli::args::{self, Cli};
use crate::cli::exit::{Failure, Outcome};
use crate::codes::of_io;

/// Runs the command.
///
/// # Errors
/// Where they can't be written.
pub fn run(session: &Session, args: &args::Man) -> Result<Outcome, Failure> {
    let Some(folder) = &args.output else {
        let mut page = Vec::new();
        let rendered = Man::new(Cli::command()).render(&mut page);
        rendered.map_err(|error| Failure::new(of_io(&error), error))?;
        return to_standard_output(&page);
    };
    let write = || {
        fs::create_dir_all(folder)?;
        generate_to(Cli::command(), folder)
    };
    write().map_err(|error| {
        let words = format!("can't write the manual pages to {}", folder.display());
        Failure::new(of_io(&error), anyhow::Error::new(error).context(words))
    })?;
    session.output.line(format!(
        "manual pages written to {0}; `man -l {0}/nameplate.1` shows the first",
        folder.display()
    ));
    session
        .output
        .object(&json!({ "event": "manual", "folder": folder }));
    Ok(Outcome::Done)
}
