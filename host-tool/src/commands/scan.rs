//! `nameplate scan`: what a scanner types, line by line, checked against the batch.

use std::io::{self, IsTerminal, Write};

use serde_json::json;

use super::{Session, Setup};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::lines::Lines;
use crate::cli::output::count;
use crate::codes::of_io;
use crate::labels::code::{MAX_LINE, read};
use crate::scan::{Looked, Scanner, Verdict};
use crate::service::words::printable;

/// Runs the command: until the lines end, or it is interrupted.
///
/// # Errors
/// Where batch or lines can't be read.
pub fn run(session: &Session, args: &args::Scan) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let mut scanner = Scanner::new(setup.reader()?, setup.station()?);
    let is_typed = io::stdin().is_terminal();
    if is_typed && !session.quiet {
        eprintln!("Scan a label, or type a name or a MAC address. Ctrl-D ends it.");
    }
    let mut lines = Lines::new(io::stdin(), MAX_LINE, &session.interrupt);
    let mut all_right = true;
    while let Some(line) = lines.line().map_err(|error| {
        let words = "can't read standard input";
        Failure::new(of_io(&error), anyhow::Error::new(error).context(words))
            .next("Give it lines: from a scanner, a file (< FILE) or a pipe.")
    })? {
        let Some(what) = read(&line) else { continue };
        let looked = scanner.look(&what)?;
        all_right &= looked.verdict.is_right();
        tell(session, &line, &looked);
    }
    let missing = missing(session, &scanner, args.all)?;
    let scanned = u64::try_from(scanner.scanned()).unwrap_or(u64::MAX);
    session.output.line(format!(
        "{} scanned and done, {missing} of the batch not",
        count(scanned, "board")
    ));
    session
        .output
        .object(&json!({ "event": "scan-ended", "done": scanned, "missing": missing }));
    Ok(if all_right && (missing == 0 || !args.all) {
        Outcome::Done
    } else {
        Outcome::Partly
    })
}

fn tell(session: &Session, line: &str, looked: &Looked) {
    let line = printable(line, 120);
    let mark = if looked.verdict.is_right() {
        "✓"
    } else {
        "✗"
    };
    let board = looked.board.as_ref().map_or_else(
        || line.clone(),
        |(name, mac)| format!("{}  {mac}", printable(name, 120)),
    );
    let words = words(&looked.verdict);
    session.output.line(format!("{mark} {board}  {words}"));
    if !looked.verdict.is_right() && !session.quiet && io::stderr().is_terminal() {
        // Whoever packs looks at the boards, not at the screen.
        let _ = io::stderr().write_all(b"\x07");
    }
    let (name, mac) = looked.board.clone().unzip();
    session.output.object(&json!({
        "event": "scanned", "line": line, "verdict": looked.verdict.as_str(), "name": name, "mac": mac, "words": words,
    }));
}

fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Done => "done".to_owned(),
        Verdict::Again => "was scanned before: is there a second label of it?".to_owned(),
        Verdict::NotDone { state, error } => {
            let why = error
                .as_deref()
                .map(|error| format!(": {}", printable(error, 240)));
            let next = "do not pack it; `nameplate deliver` brings it what it lacks";
            format!("is {state}, not done{}; {next}", why.unwrap_or_default())
        }
        Verdict::Mixed { name, mac } => format!(
            "name and MAC address are not of one board: the batch has {} with {mac}; print its label again",
            printable(name, 120)
        ),
        Verdict::OtherBatch(batch) => {
            format!("belongs to another batch: {}", printable(batch, 120))
        }
        Verdict::Unknown => {
            "is no board that this station knows; a scanner must type as the keyboard that is set"
                .to_owned()
        }
    }
}

/// How many boards of the batch were not scanned; lists them where all are to be.
fn missing(session: &Session, scanner: &Scanner, list: bool) -> Result<u64, Failure> {
    let mut missing = 0_u64;
    scanner.missing(|board| {
        missing += 1;
        if !list {
            return;
        }
        let (name, mac, state) = (&board.what.name, &board.what.mac, board.state);
        let shown = printable(name, 120);
        session
            .output
            .line(format!("  {shown}  {mac}  was not scanned; it is {state}"));
        session.output.object(&json!({
            "event": "not-scanned", "name": name, "mac": mac, "state": state.as_str(),
        }));
    })?;
    Ok(missing)
}
