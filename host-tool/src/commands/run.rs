//! `nameplate run`: all of it, and after an interruption the rest of it.

use std::sync::atomic::Ordering;

use super::own_key::OwnKey;
use super::parts::part_path;
use super::setup::REPORT_FILE;
use super::{
    Session, Setup, certificates, collect, deliver, matched, order, places, report, rework_file,
    status, submit,
};
use crate::bench::{Bench, Ended};
use crate::cli::args::{self, Links, Views};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::show::Show;
use crate::codes::Code;
use crate::store::{DATABASE, Store};

/// Runs the command.
///
/// # Errors
/// Where a step failed; run again, it goes on with that step.
pub fn run(session: &Session, args: &args::Run) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    steps(session, &setup, (&args.links, &args.views), args.rework)
}

/// The steps of a batch that are not done yet.
///
/// # Errors
/// As [`run`].
pub fn steps(
    session: &Session,
    setup: &Setup,
    (links, views): (&Links, &Views),
    rework: bool,
) -> Result<Outcome, Failure> {
    // Everything that can be wrong with the configuration is found before the first board is asked.
    let wanted = collect::wanted(setup)?;
    let bench = places::bench(setup, &links.places)?;
    order::of_batch(None, setup)?;
    setup.service()?;
    let trust = matched::trust(setup)?;
    let own_key = OwnKey::load(setup)?;
    if let Some(own_key) = &own_key {
        own_key.check()?;
    }
    // A rerun needs no boards: their job may be made already.
    if !setup.file(DATABASE).exists() {
        bench.refuse_nowhere()?;
    }
    let mut store = setup.store_or_new()?;
    Show::begin(session, setup, &bench, views)?;
    let collected = if is_begun(&store)? {
        session
            .output
            .line("this batch was submitted before: going on with its job");
        Outcome::Done
    } else {
        let (collected, ended) = collect::gather(session, setup, links, (&bench, &wanted), &store)?;
        stop_if_interrupted(session)?;
        stop_if_unfit(&ended, links)?;
        collected
    };
    submit::submit(session, setup, &mut store, rework)?;
    stop_if_interrupted(session)?;
    let mut outcome = collected;
    let mut verdicts = status::Verdicts::default();
    let mut reports = true;
    for (job, id) in status::jobs(&store)? {
        let status = status::wait(session, setup, &mut store, &job, &id)?;
        status::tell_program(session, &job, &id, &status);
        verdicts.add(&job, &status);
        if status.phase().has_report() {
            let path = part_path(&setup.file(REPORT_FILE), &job);
            let reported = report::fetch(session, setup, &mut store, &job, &id, &path)?;
            outcome = outcome.and(reported);
        } else {
            reports = false;
        }
    }
    rework_file::write(session, setup, store.reader())?;
    verdicts.end(&store).map_err(|failure| {
        if reports {
            failure.next("The reasons stand above, and in the report.")
        } else {
            failure
        }
    })?;
    // Keys that the service made come with their certificates, and go nowhere without being asked for.
    if own_key.is_none() {
        let all = certificates::All {
            session,
            setup,
            own_key: None,
            trust: &trust,
            output: None,
        };
        let jobs = status::jobs(&store)?;
        outcome = outcome.and(all.fetch(&mut store, &jobs)?);
        stop_if_interrupted(session)?;
        outcome = outcome.and(bring_back(session, setup, links, &bench, &store)?);
    }
    Ok(outcome)
}

/// The certificates to their boards: those that are plugged in still get theirs at once.
fn bring_back(
    session: &Session,
    setup: &Setup,
    links: &Links,
    bench: &Bench,
    store: &Store,
) -> Result<Outcome, Failure> {
    let policy = deliver::policy(setup);
    if store.reader().delivered(policy.lock)?.with_certificate == 0 {
        // Why there is none was told already.
        return Ok(Outcome::Done);
    }
    deliver::hand_out(session, setup, &links.places, bench, policy, store)
}

/// A batch becomes one job, and no board can be added to it afterwards: what may be mended first is mended first.
fn stop_if_unfit(ended: &Ended, links: &Links) -> Result<(), Failure> {
    if ended.line_stopped {
        let error = anyhow::anyhow!("nothing was submitted, because two boards have one key");
        return Err(Failure::new(Code::SameKeyTwice, error)
            .next("Set both boards aside and find out why; `nameplate submit` submits the batch as it is."));
    }
    match links.expect {
        Some(expect) if ended.boards < expect => {
            let error = anyhow::anyhow!(
                "nothing was submitted, because only {} of {expect} boards came",
                ended.boards
            );
            Err(Failure::new(Code::TooFewBoards, error).next(
                "Run the same command again with the others plugged in, or with a lower --expect to submit without them.",
            ))
        }
        _ => Ok(()),
    }
}

fn is_begun(store: &Store) -> Result<bool, Failure> {
    Ok(store.reader().current_job()?.is_some())
}

fn stop_if_interrupted(session: &Session) -> Result<(), Failure> {
    if session.interrupt.load(Ordering::Relaxed) {
        let error = anyhow::anyhow!("interrupted");
        return Err(Failure::new(Code::Interrupted, error)
            .next("Run the same command again: it goes on from here."));
    }
    Ok(())
}
