//! `nameplate list`: boards, and where each stands; of a batch of several jobs also in which of them.

use std::collections::HashMap;

use serde_json::json;

use super::{Session, Setup};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::Table;
use crate::service::words::printable;
use crate::store::{Entry, Job, StoreError};

/// Characters of a key's hash that a person compares.
const KEY_SHOWN: usize = 16;
/// The column of that hash.
const KEY: &str = "KEY SHA-256";

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
    let reader = setup.reader()?;
    let jobs = reader.jobs()?;
    let jobs: Jobs = jobs.into_iter().map(|job| (job.row, job)).collect();
    let each = |visit: &mut dyn FnMut(Row)| {
        reader.entries(|entry| -> Result<(), StoreError> {
            visit(Row::of(entry));
            Ok(())
        })
    };
    if session.output.json {
        each(&mut |row| session.output.object(&row.object(&jobs)))?;
        return Ok(());
    }
    // An only job is everybody's, and says nothing.
    if jobs.values().any(|job| job.parts > 1) {
        const HEADER: [&str; 7] = ["NAME", "MAC", "STATE", "JOB", "LINK", KEY, "ERROR"];
        print(session, HEADER, each, |row| {
            let job = row.job(&jobs).map(|job| printable(&job.intent.name, 64));
            let job = job.unwrap_or_else(|| "-".to_owned());
            let [name, mac, state, link, key, error] = row.cells();
            [name, mac, state, job, link, key, error]
        })?;
    } else {
        const HEADER: [&str; 6] = ["NAME", "MAC", "STATE", "LINK", KEY, "ERROR"];
        print(session, HEADER, each, Row::cells)?;
    }
    Ok(())
}

/// The jobs by their rows in the store.
type Jobs = HashMap<i64, Job>;

fn print<const N: usize>(
    session: &Session,
    header: [&str; N],
    each: impl Fn(&mut dyn FnMut(Row)) -> Result<(), StoreError>,
    cells: impl Fn(Row) -> [String; N],
) -> Result<(), StoreError> {
    let mut table = Table::new(header);
    each(&mut |row| table.fit(&cells(row)))?;
    session.output.line(table.line(&header.map(str::to_owned)));
    each(&mut |row| session.output.line(table.line(&cells(row))))
}

struct Row {
    mac: Option<String>,
    name: Option<String>,
    link: String,
    state: String,
    key: Option<String>,
    error: Option<String>,
    job: Option<i64>,
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
                job: board.job,
            },
            Entry::Sighting(sighting) => Self {
                mac: sighting.mac,
                name: sighting.name,
                link: sighting.link,
                state: sighting.state.to_string(),
                key: None,
                error: sighting.error,
                job: None,
            },
        }
    }

    fn job<'a>(&self, jobs: &'a Jobs) -> Option<&'a Job> {
        jobs.get(&self.job?)
    }

    fn object(&self, jobs: &Jobs) -> serde_json::Value {
        let mut object = json!({
            "mac": self.mac, "name": self.name, "link": self.link, "state": self.state, "key_sha256": self.key,
        });
        let Some(fields) = object.as_object_mut() else {
            return object;
        };
        if let Some(error) = &self.error {
            fields.insert("error".to_owned(), json!(error));
        }
        if let Some(job) = self.job(jobs) {
            let about = json!({
                "name": job.intent.name, "id": job.service_id, "part": job.part, "parts": job.parts,
            });
            fields.insert("job".to_owned(), about);
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
