//! `nameplate collect`: boards into the batch.

use serde_json::json;

use super::{Session, Setup, order, places};
use crate::bench::{Bench, Ended, Until};
use crate::cli::args::{self, Links};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::cli::progress::Progress;
use crate::cli::show::Show;
use crate::codes::Code;
use crate::collect::{Wanted, collect};
use crate::columns::Plan;
use crate::panel::Goal;
use crate::store::Store;

/// Runs the command.
///
/// # Errors
/// Where boards could not be collected.
pub fn run(session: &Session, args: &args::Collect) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let wanted = wanted(&setup)?;
    let bench = places::bench(&setup, &args.links.places)?;
    order::of_batch(Some(session), &setup)?;
    bench.refuse_nowhere()?;
    let store = setup.store_or_new()?;
    Show::begin(session, &setup, &bench, &args.views)?;
    gather(session, &setup, &args.links, (&bench, &wanted), &store).map(|(outcome, _)| outcome)
}

/// Collects into an open store, and says how it ended.
///
/// # Errors
/// As [`run`].
pub fn gather(
    session: &Session,
    setup: &Setup,
    links: &Links,
    (bench, wanted): (&Bench, &Wanted),
    store: &Store,
) -> Result<(Outcome, Ended), Failure> {
    refuse_submitted(store)?;
    let until = Until {
        expect: links.expect,
        timeout: places::timeout(&links.places),
    };
    let progress = Progress::new(session);
    progress.phase(Goal::Collect, "collecting");
    progress.target(store.reader().counts()?.boards(), until.expect);
    let station = setup.station()?;
    let interrupt = &session.interrupt;
    let ended = collect(bench, wanted, store, station, until, interrupt, &progress)?;
    progress.clear();
    summary(session, &ended, until);
    if ended.interrupted {
        progress.line("The same command again goes on where this stopped.");
    }
    Ok((outcome(&ended, until)?, ended))
}

/// What boards are asked for, and which may come.
///
/// # Errors
/// Where the configuration can't be used.
pub fn wanted(setup: &Setup) -> Result<Wanted, Failure> {
    let config = &setup.config;
    config.server_keys()?;
    Ok(Wanted {
        plan: Plan::new(&config.columns, &config.request)?,
        ranges: config.batch.ranges()?,
    })
}

/// A board that came now would be in no job.
fn refuse_submitted(store: &Store) -> Result<(), Failure> {
    let Some(job) = store.reader().current_job()? else {
        return Ok(());
    };
    let error = match &job.service_id {
        Some(id) => {
            anyhow::anyhow!("this batch is submitted, as job {id}: no board can be added to it")
        }
        None => {
            anyhow::anyhow!("a submission of this batch was begun: no board can be added to it")
        }
    };
    Err(Failure::new(Code::BatchSubmitted, error)
        .next("Begin a new batch for more boards, or run `nameplate status` for this one."))
}

fn summary(session: &Session, ended: &Ended, until: Until) {
    let refused = ended.refused.len();
    session.output.line(format!(
        "{} in the batch, {} of them new; {refused} not taken",
        count(ended.boards, "board"),
        ended.added
    ));
    for board in &ended.refused {
        places::tell_refused(session, board);
    }
    if let Some(missing) = missing(ended, until) {
        session
            .output
            .line(format!("  {missing} of the expected boards did not come"));
    }
    session.output.object(&json!({
        "event": "collect-ended", "boards": ended.boards, "added": ended.added, "refused": refused,
        "interrupted": ended.interrupted, "timed_out": ended.timed_out, "line_stopped": ended.line_stopped,
    }));
}

fn missing(ended: &Ended, until: Until) -> Option<u64> {
    let missing = until.expect?.saturating_sub(ended.boards);
    (missing > 0).then_some(missing)
}

fn outcome(ended: &Ended, until: Until) -> Result<Outcome, Failure> {
    let all = ended.refused.is_empty() && missing(ended, until).is_none() && !ended.line_stopped;
    match (all, ended.boards) {
        (_, 0) if !ended.interrupted || !ended.refused.is_empty() => {
            let error = anyhow::anyhow!("no board was collected");
            Err(Failure::new(Code::NoBoardCame, error)
                .next("Check cables and power, then run the same command again."))
        }
        (true, _) => Ok(Outcome::Done),
        (false, _) => Ok(Outcome::Partly),
    }
}
