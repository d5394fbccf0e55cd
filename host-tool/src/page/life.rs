//! One board's life, out of the store's log.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use nameplate_wire::Mac;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::routes::{Room, words};
use crate::commands::life_of;
use crate::store::{Board, LogRow, Reader, StoreError};

/// The newest events that are told; a board's life is some twenty.
const MOST: usize = 200;

/// Which board: by its MAC, its name, or both.
#[derive(Deserialize)]
pub(super) struct Asked {
    mac: Option<String>,
    name: Option<String>,
}

/// What the store knows of it.
#[derive(Debug, Serialize)]
struct Life {
    name: String,
    mac: String,
    /// It is in the batch; and if so, in which state, and with which key.
    state: Option<&'static str>,
    key_sha256: Option<String>,
    /// Newest last.
    events: Vec<Told>,
    /// There are older ones than those.
    more: bool,
}

/// An event of the log.
#[derive(Debug, Serialize)]
struct Told {
    time_ms: i64,
    what: String,
    station: String,
    operator: String,
    detail: Value,
}

/// `GET /board`.
pub(super) async fn board(
    State(room): State<Arc<Room>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let asked = match asked {
        Ok(Query(asked)) if asked.mac.is_some() || asked.name.is_some() => asked,
        _ => return words(StatusCode::BAD_REQUEST, "Which board? Give mac or name."),
    };
    let Ok(_turn) = room.reading.acquire().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let folder = room.folder.clone();
    let read = tokio::task::spawn_blocking(move || life(&folder, &asked)).await;
    match read {
        Ok(Ok(life)) => Json(life).into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the page can't read a board's life");
            words(
                StatusCode::INTERNAL_SERVER_ERROR,
                &format!("The store can't be read: {error}"),
            )
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn life(folder: &Path, asked: &Asked) -> Result<Life, StoreError> {
    let reader = Reader::open_for_boards(folder)?;
    let board = find(&reader, asked)?;
    let (name, mac) = match &board {
        Some(board) => (board.what.name.clone(), board.what.mac.clone()),
        None => (
            asked.name.clone().unwrap_or_default(),
            asked.mac.as_deref().map(lower).unwrap_or_default(),
        ),
    };
    // A board that is not in the batch may show the name of one that is: its life is what was told of its MAC.
    let by_name = if board.is_none() && !mac.is_empty() {
        ""
    } else {
        &name
    };
    let jobs = match &board {
        Some(board) => reader.job_names_of(board.sequence)?,
        None => Vec::new(),
    };
    let mut events = VecDeque::new();
    let mut more = false;
    reader.log(|row| {
        if life_of(&row, (by_name, &mac), &jobs) {
            if events.len() == MOST {
                events.pop_front();
                more = true;
            }
            events.push_back(told(row));
        }
        Ok::<_, StoreError>(())
    })?;
    Ok(Life {
        state: board.as_ref().map(|board| board.state.as_str()),
        key_sha256: board.map(|board| board.what.key.to_string()),
        name,
        mac,
        events: events.into(),
        more,
    })
}

/// The board that has both, or what is given of them.
fn find(reader: &Reader, asked: &Asked) -> Result<Option<Board>, StoreError> {
    let board = match (&asked.mac, &asked.name) {
        (Some(mac), _) => reader.board_of_mac(&lower(mac))?,
        (None, Some(name)) => reader.board(name)?,
        (None, None) => None,
    };
    // A refused board may show the MAC of another one: what is told is about the one that was asked for.
    Ok(board.filter(|board| {
        asked
            .name
            .as_ref()
            .is_none_or(|name| *name == board.what.name)
    }))
}

fn lower(mac: &str) -> String {
    Mac::parse(mac).map_or_else(|_| mac.to_owned(), |mac| mac.to_string())
}

fn told(row: LogRow) -> Told {
    Told {
        time_ms: row.time_ms,
        what: row.event.event,
        station: row.who.station,
        operator: row.who.actor,
        detail: serde_json::from_str(&row.event.detail).unwrap_or_default(),
    }
}
