//! `nameplate report`: what became of each row.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::setup::{BATCH_FILE, REPORT_FILE};
use super::{Session, Setup};
use crate::batch::{ExportError, device_name_of};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::service::JobId;
use crate::service::report::{Report, ReportError, ReportRow, RowOutcome};
use crate::service::words::printable;
use crate::store::{self, Applied, Board, BoardState, Reader, Store, StoreError};

/// Runs the command.
///
/// # Errors
/// Where the report could not be fetched.
pub fn run(session: &Session, args: &args::Report) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let path = args.output.clone().unwrap_or_else(|| setup.file(REPORT_FILE));
    let mut store = setup.store()?;
    fetch(session, &setup, &mut store, &path)
}

/// Fetches the report of an open batch to `path`, and takes over what it says of each board.
///
/// # Errors
/// As [`run`].
pub fn fetch(
    session: &Session,
    setup: &Setup,
    store: &mut Store,
    path: &Path,
) -> Result<Outcome, Failure> {
    let (_, id) = super::status::job(store)?;
    let bytes = download(setup, &id, path)?;
    let sha256 = hash(path)?;
    store.record_report(&path.display().to_string(), &sha256)?;
    session.output.line(format!("report of job {id} written to {} ({bytes} bytes)", path.display()));
    match read(setup, store, path) {
        Ok(applied) => tell(session, store.reader(), &applied),
        Err(Trouble::Report(error)) => {
            let step = error.next_step();
            session.output.line(format!("its rows could not be taken over: {error}"));
            session.output.line(format!("  {step}"));
            session.output.object(&json!({"event": "report", "file": path, "error": error.to_string()}));
            Ok(Outcome::Partly)
        }
        Err(Trouble::Failure(failure)) => Err(failure),
    }
}

/// The raw bytes, whole or not at all.
fn download(setup: &Setup, id: &JobId, path: &Path) -> Result<u64, Failure> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let write = |operation: &'static str| {
        let path = path.to_owned();
        move |source: std::io::Error| {
            let words = format!("can't {operation} {}", path.display());
            Failure::new(anyhow::Error::new(source).context(words))
        }
    };
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(write("make"))?;
    let bytes = setup.service()?.download_report(id, file.as_file_mut())?;
    file.as_file().sync_all().map_err(write("sync"))?;
    file.persist(path).map_err(|error| write("put in place")(error.error))?;
    Ok(bytes)
}

fn hash(path: &Path) -> Result<String, Failure> {
    let digest = || -> std::io::Result<[u8; 32]> {
        let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        let mut file = File::open(path)?;
        let mut chunk = vec![0; 1 << 16];
        loop {
            let count = std::io::Read::read(&mut file, &mut chunk)?;
            if count == 0 {
                break;
            }
            context.update(chunk.get(..count).unwrap_or_default());
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.finish().as_ref());
        Ok(digest)
    };
    let words = || format!("can't read {}", path.display());
    let digest = digest().map_err(|error| Failure::new(anyhow::Error::new(error).context(words())))?;
    Ok(store::hex(&digest))
}

enum Trouble {
    /// The report can't be understood; it is kept as it is.
    Report(ReportError),
    Failure(Failure),
}

/// Takes over the outcome of each row: read once to its end to know that it can be, then applied.
fn read(setup: &Setup, store: &mut Store, path: &Path) -> Result<Applied, Trouble> {
    let open = || -> Result<Report<File>, Trouble> {
        let file = File::open(path).map_err(|error| Trouble::Failure(Failure::new(error)))?;
        let settings = setup.config.service_settings().map_err(|error| Trouble::Failure(error.into()))?;
        Report::open(file, &settings.report_columns).map_err(Trouble::Report)
    };
    for row in open()? {
        row.map_err(Trouble::Report)?;
    }
    let aliases = aliases(store.reader()).map_err(|error| Trouble::Failure(error.into()))?;
    let rows = open()?.map_while(Result::ok);
    let outcomes = rows.filter_map(|row| outcome(&row, &aliases));
    store
        .apply_report(outcomes)
        .map_err(|error| Trouble::Failure(error.into()))
}

/// Board names by what the CSV calls them, where that is something else. Grows only with such boards.
fn aliases(reader: &Reader) -> Result<HashMap<String, String>, ExportError> {
    let mut aliases = HashMap::new();
    reader.boards(|board: Board| -> Result<(), ExportError> {
        let called = device_name_of(&board)?;
        if called != board.what.name {
            aliases.insert(called, board.what.name);
        }
        Ok(())
    })?;
    Ok(aliases)
}

/// What a row says of a board; nothing where it says nothing certain.
fn outcome(row: &ReportRow, aliases: &HashMap<String, String>) -> Option<store::Outcome> {
    let called = row.name.as_ref().or(row.common_name.as_ref())?;
    let name = aliases.get(called).unwrap_or(called).clone();
    let result = match &row.outcome {
        RowOutcome::Succeeded | RowOutcome::Warning => Ok(()),
        RowOutcome::Failed => Err(row.message.clone().unwrap_or_else(|| "no reason given".to_owned())),
        RowOutcome::Unknown(_) => return None,
    };
    Some(store::Outcome { name, result })
}

fn tell(session: &Session, reader: &Reader, applied: &Applied) -> Result<Outcome, Failure> {
    session.output.line(format!(
        "{} issued, {} failed, {} without an answer",
        applied.issued, applied.failed, applied.without_outcome
    ));
    reader.boards(|board: Board| -> Result<(), StoreError> {
        if board.state == BoardState::Failed {
            let reason = printable(board.error.as_deref().unwrap_or("no reason given"), 240);
            let name = printable(&board.what.name, 64);
            session.output.line(format!("  {name} {}: {reason}", board.what.mac));
        }
        Ok(())
    })?;
    if applied.unknown > 0 {
        let names: Vec<_> = applied.unknown_names.iter().map(|name| printable(name, 64)).collect();
        session.output.line(format!(
            "  {} rows are for boards that are not in this batch: {}",
            applied.unknown,
            names.join(", ")
        ));
    }
    session.output.object(&json!({
        "event": "report", "issued": applied.issued, "failed": applied.failed,
        "without_answer": applied.without_outcome, "unknown": applied.unknown,
    }));
    let all = applied.failed == 0 && applied.without_outcome == 0 && applied.unknown == 0;
    Ok(if all { Outcome::Done } else { Outcome::Partly })
}

/// The files of a batch that its operator may want.
pub fn files(setup: &Setup) -> [PathBuf; 3] {
    [
        setup.file(BATCH_FILE),
        setup.file(REPORT_FILE),
        setup.file(store::DATABASE),
    ]
}
