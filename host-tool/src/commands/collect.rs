//! `nameplate collect`: boards into the batch.

use std::time::Duration;

use serde_json::json;

use super::{Session, Setup, order};
use crate::cli::args::{self, Links};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::cli::progress::Progress;
use crate::collect::{Bench, CollectError, Ended, Until, collect};
use crate::columns::Plan;
use crate::link::network::Door;
use crate::store::Store;

/// Runs the command.
///
/// # Errors
/// Where boards could not be collected.
pub fn run(session: &Session, args: &args::Collect) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let bench = bench(&setup, &args.links)?;
    order::of_batch(Some(session), &setup)?;
    refuse_nowhere(&bench)?;
    let store = setup.store_or_new()?;
    gather(session, &setup, &args.links, &bench, &store).map(|(outcome, _)| outcome)
}

/// Collects into an open store, and says how it ended.
///
/// # Errors
/// As [`run`].
pub fn gather(
    session: &Session,
    setup: &Setup,
    links: &Links,
    bench: &Bench,
    store: &Store,
) -> Result<(Outcome, Ended), Failure> {
    refuse_submitted(store)?;
    let progress = Progress::new(session.output, session.quiet);
    let until = Until {
        expect: links.expect,
        timeout: links.timeout.map(Duration::from_secs),
    };
    let station = setup.station()?;
    let ended = collect(bench, store, station, until, &session.interrupt, &progress)?;
    progress.clear();
    summary(session, &ended, until);
    Ok((outcome(&ended, until)?, ended))
}

/// The parts of the bench, from arguments and configuration. Arguments replace what is configured.
///
/// # Errors
/// Where the configuration can't be used.
pub fn bench(setup: &Setup, links: &Links) -> Result<Bench, Failure> {
    let config = &setup.config;
    config.server_keys()?;
    let named = !links.serial.is_empty() || links.listen.is_some();
    let ports = if named {
        links.serial.clone()
    } else {
        config.serial.ports.clone()
    };
    let configured = config.network.as_ref().and_then(|network| network.listen);
    let address = if named { links.listen } else { configured };
    let door = match (address, &config.network) {
        (None, _) => None,
        (Some(address), Some(network)) => Some((
            Door::new(config, network)?,
            address,
            network.most_connections,
        )),
        (Some(_), None) => {
            let error =
                anyhow::anyhow!("--listen needs the section [network] in the configuration");
            return Err(
                Failure::usage(error).next("Set certificate, key and join_token_file there.")
            );
        }
    };
    Ok(Bench {
        plan: Plan::new(&config.columns, &config.request)?,
        ranges: config.batch.ranges()?,
        ports,
        baud: config.serial.baud,
        door,
    })
}

/// Refuses a bench with nowhere to look for boards, before anything is made.
///
/// # Errors
/// [`CollectError::NoLinks`] as wrong usage.
pub fn refuse_nowhere(bench: &Bench) -> Result<(), Failure> {
    if bench.ports.is_empty() && bench.door.is_none() {
        return Err(CollectError::NoLinks.into());
    }
    Ok(())
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
    Err(Failure::new(error)
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
        let who = match &board.who {
            Some((mac, name)) => format!("{} {mac}", crate::service::words::printable(name, 64)),
            None => "a board".to_owned(),
        };
        session
            .output
            .line(format!("  {who} on {}: {}", board.link, board.reason));
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
            Err(Failure::new(error)
                .next("Check cables and power, then run the same command again."))
        }
        (true, _) => Ok(Outcome::Done),
        (false, _) => Ok(Outcome::Partly),
    }
}
