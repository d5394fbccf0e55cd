//! Lines that wait while the whole terminal shows the table, and are printed in their order once it is gone.
//!
//! A process has one terminal, so there is one of these.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// Lines of the log that wait; what somebody is to read afterwards is the end of it.
const MOST_OF_LOG: usize = 1000;

/// Where a line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Results, on standard output.
    Output,
    /// What happened, on standard error.
    Progress,
    /// The log, on standard error.
    Log,
}

/// What waits.
#[derive(Debug, Default)]
struct Held {
    lines: Vec<(To, String)>,
    of_log: usize,
}

static HELD: Mutex<Option<Held>> = Mutex::new(None);

/// From now on lines wait.
pub fn begin() {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    held.get_or_insert_default();
}

/// Prints what has waited; lines don't wait any more.
pub fn end() {
    let held = HELD.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(held) = held else { return };
    for (to, line) in held.lines {
        print(to, &line);
    }
    if held.of_log > MOST_OF_LOG {
        let more = held.of_log - MOST_OF_LOG;
        print(
            To::Log,
            &format!("({more} further lines of the log; --log-file keeps all)"),
        );
    }
}

/// Prints a line, or has it wait.
pub fn put(to: To, line: &str) {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(held) = held.as_mut() else {
        return print(to, line);
    };
    if to == To::Log {
        held.of_log += 1;
        if held.of_log > MOST_OF_LOG {
            return;
        }
    }
    held.lines.push((to, line.to_owned()));
}

/// A reader that has gone (`| head`) is no fault of the command.
fn print(to: To, line: &str) {
    let _ = match to {
        To::Output => writeln!(io::stdout().lock(), "{line}"),
        To::Progress | To::Log => writeln!(io::stderr().lock(), "{line}"),
    };
}
