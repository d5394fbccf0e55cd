//! `nameplate mac-sequence`: common names counted up from a MAC address, as the data file of a batch.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::json;

use super::Session;
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::codes::{Code, of_io};
use crate::mac_sequence::{MacSequence, SequenceError, hyphens};
use crate::whole_file::WholeFile;

/// The one column (S).
const COLUMN: &str = "subject.common_name";

/// Runs the command.
///
/// # Errors
/// Where the sequence is none, or was not written.
pub fn run(session: &Session, args: &args::MacSequence) -> Result<Outcome, Failure> {
    let sequence = MacSequence::new(&args.start, args.count, args.increment).map_err(wrong)?;
    for oddity in sequence.oddities() {
        let _ = writeln!(io::stderr().lock(), "warning: {oddity}");
    }
    let Some(path) = &args.output else {
        return to_standard_output(session, &sequence);
    };
    to_file(&sequence, path, args.force)?;
    let names = count(sequence.count(), "name");
    session
        .output
        .line(format!("{names} written to {}", path.display()));
    session.output.object(&summary(&sequence, Some(path)));
    Ok(Outcome::Done)
}

/// Rows, in CSV or as JSON lines.
fn to_standard_output(session: &Session, sequence: &MacSequence) -> Result<Outcome, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = if session.output.json {
        sequence
            .common_names()
            .try_for_each(|name| writeln!(out, "{}", json!({ COLUMN: name })))
            .and_then(|()| writeln!(out, "{}", summary(sequence, None)))
    } else {
        write_rows(sequence, &mut out)
    };
    match written.and_then(|()| out.flush()) {
        // A reader that has gone (`| head`) has what it wanted.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(unwritten(error, "standard output"))
        }
        _ => Ok(Outcome::Done),
    }
}

fn to_file(sequence: &MacSequence, path: &Path, overwrite: bool) -> Result<(), Failure> {
    let exists = || {
        Failure::new(
            Code::FileExists,
            anyhow::anyhow!("{} is there already", path.display()),
        )
        .next("Give another --output, or --force to replace it.")
    };
    if !overwrite && path.exists() {
        return Err(exists());
    }
    let write = || {
        let mut whole = WholeFile::begin(path)?;
        let mut out = BufWriter::new(whole.file());
        write_rows(sequence, &mut out)?;
        out.flush()?;
        drop(out);
        if overwrite {
            whole.finish()
        } else {
            whole.finish_new()
        }
    };
    write().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(),
        _ => unwritten(error, &path.display().to_string()),
    })
}

/// The CSV: every value quoted, one LF a row, as all our batch files.
fn write_rows(sequence: &MacSequence, out: &mut impl Write) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(out);
    let io_fault = |error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    };
    csv.write_record([COLUMN]).map_err(io_fault)?;
    for name in sequence.common_names() {
        csv.write_record([name]).map_err(io_fault)?;
    }
    csv.flush()
}

fn summary(sequence: &MacSequence, file: Option<&Path>) -> serde_json::Value {
    json!({
        "event": "mac-sequence", "file": file, "count": sequence.count(), "increment": sequence.increment(),
        "first": hyphens(sequence.start()), "last": hyphens(sequence.end()),
        "warnings": sequence.oddities().iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// A sequence that is none, and what to do.
pub(super) fn wrong(error: SequenceError) -> Failure {
    let step = match &error {
        SequenceError::FiveOctets { suggestion, .. } => format!("Give --start {suggestion}."),
        SequenceError::PastTheEnd { fits, .. } => {
            format!("Give --count {fits} at the most, or another --start.")
        }
        SequenceError::Count { .. } => "Give several sequences, one behind the other.".to_owned(),
        _ => "Mend that argument, then run the same command again.".to_owned(),
    };
    Failure::usage_of(error).next(step)
}

fn unwritten(error: io::Error, place: &str) -> Failure {
    Failure::new(
        of_io(&error),
        anyhow::Error::new(error).context(format!("can't write {place}")),
    )
}
