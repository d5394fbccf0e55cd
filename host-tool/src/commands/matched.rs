//! Certificates and boards, told to the operator: what was taken, what was refused and why, and who still has none.

use std::fs::File;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::parts::{part_words, with_part};
use super::{Session, Setup};
use crate::chain::{Trust, TrustError};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::codes::Coded;
use crate::matching::{self, MatchError, Matched};
use crate::service::words::printable;
use crate::store::{BoardState, Job, RefusedCertificate, Store, StoreError, hex};

/// Refused certificates, and boards without one, that are listed; `nameplate reconcile` has all.
const LISTED: u64 = 20;

/// What is configured to be trusted.
///
/// # Errors
/// Where it can't be used.
pub(super) fn trust(setup: &Setup) -> Result<Trust, Failure> {
    let configured = &setup.config.certificates;
    let path =
        |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| setup.config.path(path));
    let (root, intermediates) = (path(&configured.root), path(&configured.intermediates));
    Trust::read(root.as_deref(), intermediates.as_deref()).map_err(|error: TrustError| {
        let code = error.code();
        let error = anyhow::Error::new(error).context("[certificates] in the configuration");
        Failure::usage(code, error)
            .next("Give certificates in PEM, then run the same command again.")
    })
}

/// Says once where nothing is configured to be trusted.
pub(super) fn tell_trust(session: &Session, trust: &Trust) {
    if trust.roots().is_none() {
        session.output.line(
            "no root is configured ([certificates] root): a chain is checked only as far as it came",
        );
    }
}

/// Brings the certificates in a download to their boards.
///
/// # Errors
/// Where what came can't be gone through, or the store not be written.
pub(super) fn take_over(
    session: &Session,
    store: &mut Store,
    job: &Job,
    file: &File,
    path: &Path,
    trust: &Trust,
) -> Result<Outcome, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    });
    let matched =
        matching::take_over(store, job, file, trust, now).map_err(|error| match error {
            MatchError::Store(error) => error.into(),
            MatchError::Unpack(error) => {
                let words = format!("what is in {} was not matched to boards", path.display());
                let step = error.next_step();
                Failure::new(error.code(), anyhow::Error::new(error).context(words)).next(step)
            }
            error => Failure::of(error).next(
                "Make room in the temporary folder (TMPDIR), then run the same command again.",
            ),
        })?;
    tell(session, job, &matched);
    let refused = matched.unexpected + matched.mismatched;
    Ok(if refused == 0 {
        Outcome::Done
    } else {
        Outcome::Partly
    })
}

fn tell(session: &Session, job: &Job, matched: &Matched) {
    let mut line = format!(
        "{}{} taken, {} known before",
        part_words(job),
        count(matched.taken, "certificate"),
        matched.already
    );
    if matched.unexpected + matched.mismatched > 0 {
        let more = format!(
            "; not taken: {} unexpected, {} mismatched",
            matched.unexpected, matched.mismatched
        );
        line.push_str(&more);
    }
    session.output.line(line);
    for (refused, at) in matched.refused.iter().zip(1..) {
        if at <= LISTED {
            session.output.line(format!("  {}", refused_words(refused)));
        }
        session
            .output
            .object(&with_part(refused_object(refused), job));
    }
    let left_out = (matched.unexpected + matched.mismatched).saturating_sub(LISTED);
    if left_out > 0 {
        session.output.line(format!(
            "  and {left_out} more: `nameplate reconcile` has them"
        ));
    }
    let event = json!({
        "event": "matched", "taken": matched.taken, "already": matched.already,
        "unexpected": matched.unexpected, "mismatched": matched.mismatched,
    });
    session.output.object(&with_part(event, job));
}

/// A refused certificate for a person: whose it claims to be, what it came as, and why it was not taken.
pub(super) fn refused_words(refused: &RefusedCertificate) -> String {
    let file = printable(&refused.file, 80);
    let whose = refused.board.as_ref().map_or_else(
        || file.clone(),
        |board| format!("{} ({file})", printable(board, 64)),
    );
    format!(
        "{}{} certificate, {whose}: {}",
        refused.kind.as_str(),
        refused
            .code
            .map(|code| format!("[{code}]"))
            .unwrap_or_default(),
        printable(&refused.reason, 300)
    )
}

/// The same for a program.
pub(super) fn refused_object(refused: &RefusedCertificate) -> serde_json::Value {
    json!({
        "event": "refused-certificate", "kind": refused.kind.as_str(), "board": refused.board, "file": refused.file,
        "fingerprint": hex(&refused.fingerprint), "reason": refused.reason, "code": refused.code,
    })
}

/// Names the boards that are issued and have no certificate here.
///
/// # Errors
/// Where the store can't be read.
pub(super) fn tell_missing(session: &Session, store: &Store) -> Result<Outcome, Failure> {
    let reader = store.reader();
    let (mut missing, mut names) = (0_u64, Vec::new());
    reader.boards(|board| -> Result<(), StoreError> {
        if board.state == BoardState::Issued
            && reader.certificate_of_key(&board.what.key)?.is_none()
        {
            missing += 1;
            if missing <= LISTED {
                names.push(printable(&board.what.name, 64));
            }
        }
        Ok(())
    })?;
    if missing == 0 {
        return Ok(Outcome::Done);
    }
    let more = if missing > LISTED { ", …" } else { "" };
    session.output.line(format!(
        "{} issued and without a certificate here: {}{more}",
        count(missing, "board"),
        names.join(", ")
    ));
    session
        .output
        .object(&json!({"event": "missing", "boards": missing, "names": names}));
    Ok(Outcome::Partly)
}
