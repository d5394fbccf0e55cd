//! `rework.csv`: the rows that failed, as they were sent, for whoever looks at them or mends the policy.

use std::fs;
use std::io;

use serde_json::json;

use super::{Session, Setup, order};
use crate::batch::Source;
use crate::cli::exit::Failure;
use crate::cli::output::count;
use crate::codes::of_io;
use crate::config::DataForm;
use crate::store::{BoardState, Reader, Which};

/// The file in a batch's folder.
pub(super) const REWORK_FILE: &str = "rework.csv";

/// Writes the file where boards failed, and takes it away where none did.
///
/// # Errors
/// Where it can't be written.
pub(super) fn write(session: &Session, setup: &Setup, reader: &Reader) -> Result<(), Failure> {
    let path = setup.file(REWORK_FILE);
    if reader.counts()?.of(BoardState::Failed) == 0 {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let words = format!("can't remove {}, which is out of date", path.display());
                Err(
                    Failure::new(of_io(&error), anyhow::Error::new(error).context(words))
                        .next("Remove it, then run the same command again."),
                )
            }
            _ => Ok(()),
        };
    }
    let order = order::of_batch(None, setup)?;
    let source = Source {
        reader,
        cell: setup.config.batch.csr_cell_sent(),
        order: order.as_deref(),
    };
    let failed = Which::Failed {
        skip: 0,
        take: u64::MAX,
    };
    let written = source.write(DataForm::Csv, failed, &path, true)?;
    session.output.line(format!(
        "{} written to {}; `nameplate submit --rework` submits them again",
        count(written.rows, "failed row"),
        path.display()
    ));
    session
        .output
        .object(&json!({"event": "rework", "file": path, "rows": written.rows}));
    Ok(())
}
