//! `nameplate export --format handover`, and `nameplate check` of such a file.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Session, Setup};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::codes::Code;
use crate::handover::{self, Checked, HandoverError, HandoverFault, Signer, SignerError};
use crate::service::words::printable;
use crate::store::Undelivered;

impl From<SignerError> for Failure {
    fn from(error: SignerError) -> Self {
        Self::usage_of(error)
            .next("Mend [network] in the configuration: its certificate and key sign.")
    }
}

impl From<HandoverError> for Failure {
    fn from(error: HandoverError) -> Self {
        let next = match &error {
            HandoverError::Empty => {
                "Run `nameplate deliver` first; `nameplate list` shows where each board stands."
            }
            HandoverError::Exists { .. } => "Give another --output, or --force to replace it.",
            HandoverError::Certificate { .. }
            | HandoverError::Store(_)
            | HandoverError::Io { .. } => return Self::of(error),
        };
        Self::of(error).next(next)
    }
}

/// Writes the file.
///
/// # Errors
/// Where it was not written.
pub fn export(session: &Session, setup: &Setup, args: &args::Export) -> Result<Outcome, Failure> {
    let Some(network) = &setup.config.network else {
        let error = anyhow::anyhow!("a handover is signed with the bench's key, and there is none");
        let next = "Set [network] certificate and key in the configuration; `nameplate keys new` makes them.";
        return Err(Failure::usage(Code::NetworkMissing, error).next(next));
    };
    let signer = Signer::load(&setup.config, network)?;
    let reader = setup.reader()?;
    let now = OffsetDateTime::now_utc();
    let boards = handover::write(&reader, &signer, now, &args.output, args.force)?;
    let path = args.output.display();
    session
        .output
        .line(format!("{} handed over in {path}", count(boards, "board")));
    session
        .output
        .object(&json!({ "event": "handover", "file": args.output, "boards": boards }));
    let mut others = 0_u64;
    let lock = setup.config.delivery.lock;
    reader.undelivered(lock, |board: Undelivered| -> Result<(), Failure> {
        // One that is done and not locked is in the file.
        if board.state != "done" {
            others += 1;
            left_out(session, &board);
        }
        Ok(())
    })?;
    Ok(if others == 0 {
        Outcome::Done
    } else {
        Outcome::Partly
    })
}

fn left_out(session: &Session, board: &Undelivered) {
    let why = board
        .error
        .as_deref()
        .map(|error| format!(": {}", printable(error, 240)));
    session.output.line(format!(
        "  {}  {}  is not in it; it is {}{}",
        printable(&board.name, 120),
        board.mac,
        board.state,
        why.unwrap_or_default()
    ));
    session.output.object(&json!({
        "event": "left-out", "name": board.name, "mac": board.mac, "state": board.state, "error": board.error,
    }));
}

/// Checks such a file.
///
/// # Errors
/// Where the signer that was asked for can't be read; what is wrong with the file is listed.
pub fn check(session: &Session, args: &args::Check) -> Result<Outcome, Failure> {
    let name = printable(&args.file.display().to_string(), 200);
    let wanted = args.signer.as_deref().map(signer_key).transpose()?;
    let checked = match handover::check(&args.file) {
        Ok(checked) => checked,
        Err(fault) => return Ok(faulty(session, &name, &fault)),
    };
    let key = handover::key_sha256(&checked.signed.spki);
    let Some(wanted) = wanted else {
        tell(session, &name, &checked, &key, false);
        return Ok(if args.strict {
            Outcome::Faulty
        } else {
            Outcome::Done
        });
    };
    if wanted != key {
        let what = format!("it was signed by another key: SHA-256 {key}, not {wanted}");
        say(
            session,
            &name,
            "error",
            "handover-signer",
            &what,
            "Ask whoever sent it; do not rely on it.",
        );
        return Ok(Outcome::Faulty);
    }
    tell(session, &name, &checked, &key, true);
    Ok(Outcome::Done)
}

/// The key of the certificate that a handover must be signed by.
fn signer_key(path: &std::path::Path) -> Result<String, Failure> {
    let next = "Give --signer the bench's certificate in PEM.";
    let bad = |error: anyhow::Error| {
        let context = format!("can't read {}", path.display());
        Failure::usage(Code::CertificateUnreadable, error.context(context)).next(next)
    };
    let certificate =
        CertificateDer::from_pem_file(path).map_err(|error| bad(anyhow::Error::new(error)))?;
    let spki = handover::spki_of(&certificate);
    let spki = spki.ok_or_else(|| bad(anyhow::anyhow!("it is no certificate")))?;
    Ok(handover::key_sha256(&spki))
}

fn faulty(session: &Session, name: &str, fault: &HandoverFault) -> Outcome {
    let (code, next) = match fault {
        HandoverFault::Read(_) | HandoverFault::Form(_) => (
            "handover-form",
            "Ask for the file as `nameplate export --format handover` wrote it.",
        ),
        HandoverFault::Signature(_) | HandoverFault::Changed => (
            "handover-signature",
            "Do not rely on it. Ask whoever sent it for the file as it was written.",
        ),
        HandoverFault::Table { .. } => (
            "handover-table",
            "Ask the bench that signed it for a new one.",
        ),
    };
    let mut what = fault.to_string();
    let mut source = std::error::Error::source(fault);
    while let Some(cause) = source {
        what = format!("{what}: {cause}");
        source = cause.source();
    }
    say(session, name, "error", code, &printable(&what, 300), next);
    Outcome::Faulty
}

fn tell(session: &Session, name: &str, checked: &Checked, key: &str, is_known: bool) {
    let boards = count(checked.boards, "board");
    let time = checked
        .signed
        .time
        .and_then(|time| time.format(&Rfc3339).ok());
    let shown = time.as_deref().unwrap_or("an unknown time");
    session.output.line(format!(
        "{name}: {boards}, signed on {shown} by the key SHA-256 {key}"
    ));
    session.output.object(&json!({
        "event": "checked", "file": name, "kind": "handover", "boards": checked.boards, "signed": time,
        "signer_key_sha256": key, "signer_is_known": is_known, "errors": 0, "warnings": u8::from(!is_known),
    }));
    if !is_known {
        let what = "the signature is good, and whose key it is was not compared with anything";
        let next = "Give --signer the bench's certificate.";
        say(session, name, "warning", "handover-signer", what, next);
    }
}

fn say(session: &Session, name: &str, severity: &str, code: &str, what: &str, next: &str) {
    session.output.line(format!(
        "{name}: {severity} {code}: {what}\n    next: {next}"
    ));
    session.output.object(&json!({
        "event": "finding", "severity": severity, "code": code, "file": name, "what": what, "next_step": next,
    }));
}
