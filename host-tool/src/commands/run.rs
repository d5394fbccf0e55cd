//! `nameplate run`: all of it, and after an interruption the rest of it.

use std::sync::atomic::Ordering;

use super::setup::REPORT_FILE;
use super::{Session, Setup, collect, report, status, submit};
use crate::cli::args::{self, Links};
use crate::cli::exit::{Failure, Outcome};
use crate::store::Store;
use crate::submission::Settle;

/// Runs the command.
///
/// # Errors
/// Where a step failed; run again, it goes on with that step.
pub fn run(session: &Session, args: &args::Run) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    steps(session, &setup, &args.links)
}

/// The steps of a batch that are not done yet.
///
/// # Errors
/// As [`run`].
pub fn steps(session: &Session, setup: &Setup, links: &Links) -> Result<Outcome, Failure> {
    // Everything that can be wrong with the configuration is found before the first board is asked.
    let bench = collect::bench(setup, links)?;
    setup.service()?;
    let mut store = setup.store_or_new()?;
    let collected = if is_begun(&store)? {
        session.output.line("this batch was submitted before: going on with its job");
        Outcome::Done
    } else {
        let collected = collect::gather(session, setup, links, &bench, &store)?;
        stop_if_interrupted(session)?;
        collected
    };
    submit::submit(session, setup, &mut store, &Settle::default())?;
    stop_if_interrupted(session)?;
    let status = status::wait(session, setup, &mut store)?;
    session.output.line(format!("job is {}", status.raw()));
    if !status.phase().has_report() {
        return status::verdict(&status);
    }
    let reported = report::fetch(session, setup, &mut store, &setup.file(REPORT_FILE))?;
    status::verdict(&status)?;
    Ok(collected.and(reported))
}

fn is_begun(store: &Store) -> Result<bool, Failure> {
    Ok(store.reader().current_job()?.is_some())
}

fn stop_if_interrupted(session: &Session) -> Result<(), Failure> {
    if session.interrupt.load(Ordering::Relaxed) {
        let error = anyhow::anyhow!("interrupted");
        return Err(Failure::new(error).next("Run the same command again: it goes on from here."));
    }
    Ok(())
}
