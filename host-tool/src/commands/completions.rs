//! `nameplate completions`: a shell's completions, to standard output.

use std::io::{self, Write};

use clap::CommandFactory;

use super::Session;
use crate::cli::args::{self, Cli};
use crate::cli::exit::{Failure, Outcome};
use crate::codes::of_io;

/// The program's name in a shell.
const NAME: &str = "nameplate";

/// Runs the command.
///
/// # Errors
/// Where they can't be written.
pub fn run(_session: &Session, args: &args::Completions) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), NAME, &mut script);
    to_standard_output(&script)
}

/// Writes it all; a reader that has gone (`| head`) has what it wanted.
pub(super) fn to_standard_output(bytes: &[u8]) -> Result<Outcome, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let words = "can't write to standard output";
            Err(Failure::new(
                of_io(&error),
                anyhow::Error::new(error).context(words),
            ))
        }
        _ => Ok(Outcome::Done),
    }
}
