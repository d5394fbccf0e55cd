//! `nameplate deliver`: certificates to the boards.

use std::collections::HashMap;

use serde_json::json;

use super::{Session, Setup, places};
use crate::bench::{Bench, Ended, Refused, Until};
use crate::cli::args::{self, Places};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::cli::progress::Progress;
use crate::cli::show::Show;
use crate::codes::Code;
use crate::deliver::{Policy, deliver};
use crate::panel::Goal;
use crate::service::words::printable;
use crate::store::{Delivered, Store, StoreError, Undelivered};

/// Runs the command.
///
/// # Errors
/// Where certificates could not be brought to boards.
pub fn run(session: &Session, args: &args::Deliver) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let bench = places::bench(&setup, &args.places)?;
    let store = setup.store()?;
    let policy = Policy {
        replace: args.replace,
        ..policy(&setup)
    };
    let Delivered {
        with_certificate,
        done,
        ..
    } = store.reader().delivered(policy.lock)?;
    if done < with_certificate {
        bench.refuse_nowhere()?;
    }
    Show::begin(session, &setup, &bench, &args.views)?;
    hand_out(session, &setup, &args.places, &bench, policy, &store)
}

/// What the configuration wants done for each board.
pub fn policy(setup: &Setup) -> Policy {
    Policy {
        lock: setup.config.delivery.lock,
        replace: false,
    }
}

/// Brings the certificates that are here to their boards, and says how it ended.
///
/// # Errors
/// As [`run`].
pub fn hand_out(
    session: &Session,
    setup: &Setup,
    places: &Places,
    bench: &Bench,
    policy: Policy,
    store: &Store,
) -> Result<Outcome, Failure> {
    let before = store.reader().delivered(policy.lock)?;
    if before.with_certificate == 0 {
        let error = anyhow::anyhow!("no board of this batch has its certificate yet");
        return Err(Failure::new(Code::CertificatePending, error).next(
            "Run `nameplate certificates` once the job has ended, then the same command again.",
        ));
    }
    let is_over = before.done == before.with_certificate;
    let ended = if is_over || bench.refuse_nowhere().is_err() {
        None
    } else {
        let progress = Progress::new(session);
        progress.phase(Goal::Deliver, "bringing certificates");
        progress.target(before.done, Some(before.with_certificate));
        let until = Until {
            expect: None,
            timeout: places::timeout(places),
        };
        let stations = [setup.station()?, setup.station()?];
        let interrupt = &session.interrupt;
        let ended = deliver(bench, policy, store, stations, until, interrupt, &progress)?;
        progress.clear();
        if ended.interrupted {
            progress.line("The same command again goes on where this stopped.");
        }
        Some(ended)
    };
    summary(session, store, policy, ended.as_ref())
}

fn summary(
    session: &Session,
    store: &Store,
    policy: Policy,
    ended: Option<&Ended>,
) -> Result<Outcome, Failure> {
    let Delivered { boards, done, .. } = store.reader().delivered(policy.lock)?;
    let refused = ended.map_or(&[][..], |ended| &ended.refused);
    let added = ended.map_or(0, |ended| ended.added);
    session.output.line(format!(
        "{done} of {} done, {added} of them now",
        count(boards, "board")
    ));
    let mut reasons: HashMap<_, _> = refused
        .iter()
        .filter_map(|refused| {
            let (mac, name) = refused.who.as_ref()?;
            Some(((mac.to_string(), name.clone()), refused))
        })
        .collect();
    store
        .reader()
        .undelivered(policy.lock, |board| -> Result<(), StoreError> {
            let refused = reasons.remove(&(board.mac.clone(), board.name.clone()));
            tell_board(session, &board, refused);
            Ok(())
        })?;
    for other in reasons.into_values() {
        places::tell_refused(session, other);
    }
    for nameless in refused.iter().filter(|refused| refused.who.is_none()) {
        places::tell_refused(session, nameless);
    }
    session.output.object(&json!({
        "event": "deliver-ended", "boards": boards, "done": done, "added": added, "refused": refused.len(),
        "interrupted": ended.is_some_and(|ended| ended.interrupted),
        "timed_out": ended.is_some_and(|ended| ended.timed_out),
    }));
    Ok(if done == boards {
        Outcome::Done
    } else {
        Outcome::Partly
    })
}

/// A board of the batch that is not done, and why.
fn tell_board(session: &Session, board: &Undelivered, refused: Option<&Refused>) {
    let reason = match (refused, board.has_certificate, &board.error) {
        (Some(refused), ..) => format!("{} ({})", refused.reason, refused.link),
        (None, false, Some(error)) => error.clone(),
        (None, false, None) => "its certificate has not come yet".to_owned(),
        (None, true, _) if board.state == "issued" => "it did not come".to_owned(),
        (None, true, _) => format!("it is {}, and did not come again", board.state),
    };
    let (name, reason) = (printable(&board.name, 64), printable(&reason, 240));
    session
        .output
        .line(format!("  {name} {}: {reason}", board.mac));
    session.output.object(&json!({
        "event": "board", "name": board.name, "mac": board.mac, "state": board.state, "error": reason,
        "code": refused.map(|refused| refused.code),
    }));
}
