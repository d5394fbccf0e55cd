//! `nameplate list`: boards, and where each stands.

use serde_json::json;

use super::{Session, Setup};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::Table;
use crate::service::words::printable;
use crate::store::{Entry, StoreError};

/// Characters of a key's hash that a person compares.
const KEY_SHOWN: usize = 16;

/// Runs the command.
///
/// # Errors
/// Where the batch can't be read.
pub fn run(session: &Session, args: &args::Batch) -> Result<Outcome, Failure> {
    let setup = Setup::load(args)?;
    table(session, &setup)?;
    Ok(Outcome::Done)
}

/// Prints the boards of a batch. They are read twice, for the widths and for the lines, so that memory does not grow with
/// them.
///
/// # Errors
/// As [`run`].
pub fn table(session: &Session, setup: &Setup) -> Result<(), Failure> {
    const HEADER: [&str; 6] = ["NAME", "MAC", "STATE", "LINK", "KEY SHA-256", "ERROR"];
    let reader = setup.reader()?;
    if session.output.json {
        return Ok(reader.entries(|entry| -> Result<(), StoreError> {
            session.output.object(&Row::of(entry).object());
            Ok(())
        })?);
    }
    let mut table = Table::new(HEADER);
    reader.entries(|entry| -> Result<(), StoreError> {
        table.fit(&Row::of(entry).cells());
        Ok(())
    })?;
    session.output.line(table.line(&HEADER.map(str::to_owned)));
    reader.entries(|entry| -> Result<(), StoreError> {
        session.output.line(table.line(&Row::of(entry).cells()));
        Ok(())
    })?;
    Ok(())
}

struct Row {
    mac: Option<String>,
    name: Option<String>,
    link: String,
    state: String,
    key: Option<String>,
    error: Option<String>,
}

impl Row {
    fn of(entry: Entry) -> Self {
        match entry {
            Entry::Board(board) => Self {
                mac: Some(board.what.mac),
                name: Some(board.what.name),
                link: board.what.link,
                state: board.state.to_string(),
                key: Some(board.what.key.to_string()),
                error: board.error,
            },
            Entry::Sighting(sighting) => Self {
                mac: sighting.mac,
                name: sighting.name,
                link: sighting.link,
                state: sighting.state.to_string(),
                key: None,
                error: sighting.error,
            },
        }
    }

    fn object(&self) -> serde_json::Value {
        let mut object = json!({
            "mac": self.mac, "name": self.name, "link": self.link, "state": self.state, "key_sha256": self.key,
        });
        if let (Some(error), Some(fields)) = (&self.error, object.as_object_mut()) {
            fields.insert("error".to_owned(), json!(error));
        }
        object
    }

    fn cells(self) -> [String; 6] {
        let shown = |text: Option<String>| {
            text.map_or_else(|| "-".to_owned(), |text| printable(&text, 120))
        };
        let key = self.key.map(|key| key.chars().take(KEY_SHOWN).collect());
        [
            shown(self.name),
            shown(self.mac),
            self.state,
            printable(&self.link, 120),
            shown(key),
            self.error
                .map_or_else(String::new, |error| printable(&error, 240)),
        ]
    }
}
