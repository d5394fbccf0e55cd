//! Files to take along: the batch as it would be submitted, the report, a sheet of labels. Each is made when it is asked for, out of
//! the store, and is gone again when it was read; nothing is written into the batch's folder.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path as InPath, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use nameplate_wire::Mac;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::routes::{Room, words};
use crate::batch::{self, ExportError};
use crate::commands::REPORT_FILE;
use crate::config::{CsrCell, DataForm};
use crate::labels::{Sheets, Size, layout};
use crate::store::{Board, Reader, StoreError, Which};

/// Bytes of a file that are read at once.
const CHUNK: usize = 64 * 1024;

/// A larger PDF is not made for a page: memory does not grow with the batch.
const MOST_PDF: usize = 16 * 1024 * 1024;

/// The labels that a sheet is made for, as `nameplate labels` does by itself.
const LABELS: &str = "l7651";

/// What a batch file is made with.
#[derive(Clone, Debug)]
pub struct Source {
    /// The batch's name.
    pub batch: String,
    /// How certificate requests stand in a CSV.
    pub cell: Option<CsrCell>,
    /// The columns' order, where a template gives one.
    pub order: Option<Vec<String>>,
}

/// What can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Batch,
    Report,
    Labels,
}

impl What {
    const ALL: [Self; 3] = [Self::Batch, Self::Report, Self::Labels];

    fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch.csv",
            Self::Report => "report.csv",
            Self::Labels => "labels.pdf",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Batch | Self::Report => "text/csv; charset=utf-8",
            Self::Labels => "application/pdf",
        }
    }
}

/// Why a file can't be had.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("There is none yet.")]
    None,
    #[error("There are too many labels for one file: run `nameplate labels`.")]
    Large,
    #[error("A label can't be made: {0}")]
    Label(String),
    #[error("The file can't be made: {0}")]
    Export(#[from] ExportError),
    #[error("The store can't be read: {0}")]
    Store(#[from] StoreError),
    #[error("The file can't be made: {0}")]
    Io(#[from] io::Error),
}

/// `GET /files`: which files there are.
pub(super) async fn list(State(room): State<Arc<Room>>) -> Response {
    let Ok(_turn) = room.reading.acquire().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let folder = room.folder.clone();
    let there = tokio::task::spawn_blocking(move || {
        let there = What::ALL
            .into_iter()
            .filter(|what| is_there(&folder, *what));
        there.map(What::name).collect::<Vec<_>>()
    });
    match there.await {
        Ok(names) => Json(json!({ "files": names })).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn is_there(folder: &Path, what: What) -> bool {
    match what {
        What::Report => folder.join(REPORT_FILE).is_file(),
        What::Batch | What::Labels => Reader::open_for_boards(folder)
            .and_then(|reader| reader.counts())
            .is_ok_and(|counts| counts.boards() > 0),
    }
}

/// `GET /files/NAME`.
pub(super) async fn file(State(room): State<Arc<Room>>, InPath(name): InPath<String>) -> Response {
    let Some(what) = What::ALL.into_iter().find(|what| what.name() == name) else {
        return words(StatusCode::NOT_FOUND, "There is no such file.");
    };
    let Ok(_turn) = room.reading.acquire().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (folder, source) = (room.folder.clone(), room.source.clone());
    let name = format!("{}-{}", plain(&source.batch), what.name());
    match tokio::task::spawn_blocking(move || made(&folder, &source, what)).await {
        Ok(Ok(body)) => {
            let disposition = format!("attachment; filename=\"{name}\"");
            let headers = [
                (CONTENT_TYPE, what.kind().to_owned()),
                (CONTENT_DISPOSITION, disposition),
            ];
            (headers, body).into_response()
        }
        Ok(Err(fault)) => {
            let status = match fault {
                Fault::None | Fault::Export(ExportError::Empty) => StatusCode::NOT_FOUND,
                Fault::Large => StatusCode::PAYLOAD_TOO_LARGE,
                Fault::Label(_) => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            words(status, &fault.to_string())
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What is left of a name that any file system and any header takes.
fn plain(name: &str) -> String {
    let fits = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
    let plain = name.chars().take(80);
    let plain: String = plain
        .map(|char| if fits(char) { char } else { '-' })
        .collect();
    plain.trim_start_matches('.').to_owned()
}

fn made(folder: &Path, source: &Source, what: What) -> Result<Body, Fault> {
    match what {
        What::Batch => {
            let scratch = tempfile::tempdir()?;
            let path = batch_file(folder, source, scratch.path())?;
            // Open, it can be read to its end also when its name is gone.
            Ok(flowing(File::open(path)?))
        }
        What::Report => match File::open(folder.join(REPORT_FILE)) {
            Ok(file) => Ok(flowing(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Fault::None),
            Err(error) => Err(error.into()),
        },
        What::Labels => Ok(Body::from(sheets(folder)?)),
    }
}

fn batch_file(folder: &Path, source: &Source, scratch: &Path) -> Result<PathBuf, Fault> {
    let reader = Reader::open_for_boards(folder)?;
    let path = scratch.join(What::Batch.name());
    let batch = batch::Source {
        reader: &reader,
        cell: source.cell,
        order: source.order.as_deref(),
    };
    batch.write(DataForm::Csv, Which::All, &path, false)?;
    Ok(path)
}

fn sheets(folder: &Path) -> Result<Vec<u8>, Fault> {
    let size: Size = LABELS
        .parse()
        .map_err(|error| Fault::Label(format!("{error}")))?;
    let reader = Reader::open_for_boards(folder)?;
    let mut sheets = Sheets::new(size, 0);
    let mut is_empty = true;
    reader.boards(|board: Board| {
        is_empty = false;
        if sheets.bytes() > MOST_PDF {
            return Err(Fault::Large);
        }
        let label = |error: &dyn std::fmt::Display| Fault::Label(error.to_string());
        let mac = Mac::parse(&board.what.mac).map_err(|error| label(&format!("{error:?}")))?;
        sheets.add(&layout(size, mac, &board.what.name).map_err(|error| label(&error))?);
        Ok(())
    })?;
    if is_empty {
        return Err(Fault::None);
    }
    Ok(sheets.finish())
}

/// A file's bytes, read as they are taken.
fn flowing(mut file: File) -> Body {
    let (send, pieces) = mpsc::channel::<io::Result<Bytes>>(1);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut chunk = vec![0; CHUNK];
            let piece = match file.read(&mut chunk) {
                Ok(0) => return,
                Ok(count) => {
                    chunk.truncate(count);
                    Ok(Bytes::from(chunk))
                }
                Err(error) => Err(error),
            };
            let failed = piece.is_err();
            if send.blocking_send(piece).is_err() || failed {
                return;
            }
        }
    });
    Body::from_stream(ReceiverStream::new(pieces))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_is_no_header_and_no_path() {
        assert_eq!(plain("line-3_2026.11"), "line-3_2026.11");
        assert_eq!(plain("../a\"\r\nb/é"), "-a---b--");
        assert_eq!(plain(&"x".repeat(500)).len(), 80);
    }
}
