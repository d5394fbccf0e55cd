//! `nameplate identify`: which board is this one?

use super::{Session, Setup, places};
use crate::bench::Until;
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::progress::Progress;
use crate::codes::Code;
use crate::identify::identify;
use crate::service::words::printable;

/// Runs the command.
///
/// # Errors
/// Where the board was not found, or can't show itself.
pub fn run(session: &Session, args: &args::Identify) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let bench = places::bench(&setup, &args.places)?;
    bench.refuse_nowhere()?;
    let progress = Progress::new(session);
    let until = Until {
        expect: None,
        timeout: places::timeout(&args.places),
    };
    let (name, seconds) = (&args.name, args.seconds);
    let ended = identify(&bench, name, seconds, until, &session.interrupt, &progress)?;
    progress.clear();
    if ended.added > 0 {
        return Ok(Outcome::Done);
    }
    let error = anyhow::anyhow!("the board {:?} did not show itself", printable(name, 120));
    Err(Failure::new(Code::BoardNotThere, error).next(
        "Check that it is plugged in and that this is its name or MAC address: `nameplate list` shows both.",
    ))
}
