//! `nameplate audit`: whether the log is what was written, and what it says of a board.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Session, Setup};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::{Table, count};
use crate::codes::Code;
use crate::service::words::printable;
use crate::store::{Disagreement, LogRow, Reader, StoreError};

/// Boards that do not agree with the log are listed up to so many.
const LISTED: usize = 20;

/// Runs the command.
///
/// # Errors
/// Where the log is not what was written, or can't be read.
pub fn run(session: &Session, args: &args::Audit) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let reader = setup.reader()?;
    let head = reader.verify_log().map_err(broken)?;
    if let Some((row, hash)) = &args.head {
        held_against(&reader, *row, hash)?;
    }
    match &args.name {
        Some(name) => life(session, &reader, name)?,
        None => summary(session, &reader)?,
    }
    let end = format!("{}:{}", head.seq, head.hash);
    session.output.line(format!(
        "The log is whole: {}, each bound to the one before. Its end, worth keeping elsewhere:\n{end}",
        count(head.seq.unsigned_abs(), "row")
    ));
    session.output.object(&json!({
        "event": "audit", "batch": reader.meta().name, "batch_id": reader.meta().batch_id, "rows": head.seq, "head": end
    }));
    let disagreeing = disagreements(session, &reader)?;
    Ok(if disagreeing {
        Outcome::Faulty
    } else {
        Outcome::Done
    })
}

fn broken(error: StoreError) -> Failure {
    Failure::of(error).next(
        "Somebody or something changed the file: keep it as it is, and compare it with a copy from before.",
    )
}

/// A chain that was rewritten as a whole is whole again: only what somebody kept elsewhere tells it from what was written.
fn held_against(reader: &Reader, row: i64, hash: &str) -> Result<(), Failure> {
    let found = reader.log_hash(row)?;
    if found.as_deref() == Some(hash) {
        return Ok(());
    }
    let words = match found {
        None => format!("the log has no row {row} any more"),
        Some(_) => format!(
            "row {row} of the log, or one before it, is not what it was when that end was told"
        ),
    };
    Err(Failure::new(Code::LogBroken, anyhow::Error::msg(words)).next(
        "The log was rewritten since: keep the file as it is, and compare it with a copy from before.",
    ))
}

/// What the batch's rows say and the log does not.
fn disagreements(session: &Session, reader: &Reader) -> Result<bool, Failure> {
    let mut found = 0_usize;
    reader.disagreements(|Disagreement { name, row, log }| {
        found += 1;
        if found <= LISTED {
            session.output.line(format!(
                "  {}: its row says {row}, the log says {log}",
                printable(&name, 64)
            ));
        }
        session
            .output
            .object(&json!({ "event": "disagreement", "name": name, "row": row, "log": log }));
        Ok::<_, StoreError>(())
    })?;
    if found > 0 {
        session.output.line(format!(
            "{} not agree with the log: the store was changed by something else than nameplate",
            if found == 1 {
                "1 board does".to_owned()
            } else {
                format!("{found} boards do")
            }
        ));
    }
    Ok(found > 0)
}

const HEADER: [&str; 5] = ["TIME", "EVENT", "STATION", "OPERATOR", "DETAIL"];

fn life(session: &Session, reader: &Reader, name: &str) -> Result<(), Failure> {
    let board = match reader.board(name)? {
        Some(board) => Some(board),
        None => match nameplate_wire::Mac::parse(name) {
            Ok(mac) => reader.board_of_mac(&mac.to_string())?,
            Err(_) => None,
        },
    };
    let board = board.ok_or_else(|| {
        let error = anyhow::anyhow!("the batch has no board {:?}", printable(name, 120));
        Failure::new(Code::UnknownBoard, error).next("`nameplate list` shows the boards.")
    })?;
    let jobs = reader.job_names_of(board.sequence)?;
    // A board's life is some twenty rows, and a hundred where it was refused again and again.
    let mut rows = vec![HEADER.map(str::to_owned)];
    let mut table = Table::new(HEADER);
    reader.log(|row| {
        if life_of(&row, (&board.what.name, &board.what.mac), &jobs) {
            session.output.object(&object(&row));
            if !session.output.json {
                let cells = cells(&row);
                table.fit(&cells);
                rows.push(cells);
            }
        }
        Ok::<_, StoreError>(())
    })?;
    session.output.line(format!(
        "{}  {}  key {}  {}",
        printable(&board.what.name, 64),
        board.what.mac,
        board.what.key,
        board.state
    ));
    for row in &rows {
        session.output.line(table.line(row));
    }
    session.output.line("");
    Ok(())
}

/// Whether a row of the log belongs to a board's life: events of the board itself, of its jobs, and of what was refused under its MAC.
pub fn life_of(row: &LogRow, (name, mac): (&str, &str), jobs: &[String]) -> bool {
    let (event, subject) = (&row.event.event, &row.event.subject);
    if event.starts_with("job.") {
        return jobs.contains(subject);
    }
    if event.starts_with("board.") || event.starts_with("certificate.") {
        return subject == name
            // Nearly all rows are of others: they are not parsed.
            || (!mac.is_empty()
                && row.event.detail.contains(mac)
                && detail(row).get("mac").and_then(Value::as_str) == Some(mac));
    }
    false
}

fn detail(row: &LogRow) -> Value {
    serde_json::from_str(&row.event.detail).unwrap_or_default()
}

fn object(row: &LogRow) -> Value {
    json!({
        "event": "log", "row": row.seq, "time": time(row.time_ms), "what": row.event.event, "subject": row.event.subject,
        "station": row.who.station, "operator": row.who.actor, "detail": detail(row)
    })
}

fn cells(row: &LogRow) -> [String; 5] {
    let told = match detail(row) {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .filter(|(_, value)| !value.is_null() && value.as_str() != Some(""));
            let words = fields.map(|(name, value)| match value.as_str() {
                // Enough of a hash to compare it with another.
                Some(text) if name.ends_with("sha256") => format!("{name}={text:.16}"),
                Some(text) => format!("{name}={text}"),
                None => format!("{name}={value}"),
            });
            words.collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    };
    [
        time(row.time_ms),
        row.event.event.clone(),
        printable(&row.who.station, 32),
        printable(&row.who.actor, 64),
        printable(&told, 300),
    ]
}

fn time(ms: i64) -> String {
    let seconds = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000);
    seconds
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| format!("{ms} ms"))
}

/// How often each event is there, when, by whom, and where the clock went back.
#[derive(Default)]
struct Summary {
    events: BTreeMap<String, u64>,
    people: BTreeMap<(String, String), u64>,
    first_ms: Option<i64>,
    last_ms: i64,
    /// Where a row is older than the one before: the row, and by how much in milliseconds.
    clock_back: Vec<(i64, i64)>,
}

/// People and stations that are told apart, at most: more are no bench, and memory does not grow with them.
const PEOPLE: usize = 1000;

impl Summary {
    fn add(&mut self, row: LogRow) {
        *self.events.entry(row.event.event).or_default() += 1;
        let who = (row.who.station, row.who.actor);
        if self.people.len() < PEOPLE || self.people.contains_key(&who) {
            *self.people.entry(who).or_default() += 1;
        }
        if self.first_ms.is_some() && row.time_ms < self.last_ms && self.clock_back.len() < LISTED {
            self.clock_back.push((row.seq, self.last_ms - row.time_ms));
        }
        self.first_ms.get_or_insert(row.time_ms);
        self.last_ms = row.time_ms;
    }
}

fn summary(session: &Session, reader: &Reader) -> Result<(), Failure> {
    let mut summary = Summary::default();
    reader.log(|row| {
        summary.add(row);
        Ok::<_, StoreError>(())
    })?;
    let meta = reader.meta();
    session.output.line(format!(
        "batch {:?} ({}), begun by nameplate {}",
        printable(&meta.name, 64),
        meta.batch_id,
        meta.tool_version
    ));
    session.output.line(format!(
        "from {} to {}",
        time(summary.first_ms.unwrap_or_default()),
        time(summary.last_ms)
    ));
    for ((station, operator), rows) in &summary.people {
        session.output.line(format!(
            "  {:7} by {} on {}",
            rows,
            printable(operator, 64),
            printable(station, 32)
        ));
    }
    for (event, rows) in &summary.events {
        session
            .output
            .line(format!("  {rows:7} {}", printable(event, 64)));
    }
    for (row, back) in &summary.clock_back {
        session.output.line(format!(
            "  The station's clock went back {} s before row {row}; the rows' order is by their numbers.",
            back / 1000
        ));
    }
    let people: Vec<_> = summary
        .people
        .iter()
        .map(|((station, operator), rows)| json!({ "station": station, "operator": operator, "rows": rows }))
        .collect();
    session.output.object(&json!({
        "event": "summary", "events": summary.events, "people": people,
        "first": time(summary.first_ms.unwrap_or_default()), "last": time(summary.last_ms), "clock_went_back": summary.clock_back.len()
    }));
    Ok(())
}
