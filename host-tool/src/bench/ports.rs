//! Serial ports: a thread a port, which opens it, waits for boards on it, and opens it again when it was unplugged.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::board::{self, Left, Trouble};
use super::event::Event;
use super::port_noise::{Babble, LogGate};
use super::work::{Context, Who};
use crate::codes::Coded;
use crate::link::serial::Port;
use crate::link::{Conversation, LinkError, Patience};
use crate::tokens::Pass;

/// How often an empty port is asked whether there is a board, and how long it may be silent before a board on it counts as
/// unplugged. The slowest boards take some seconds to answer.
const HELLO: Patience = Patience {
    wait: Duration::from_millis(500),
    tries: 8,
};

/// Between two tries to open a port, and between two looks at a board that is done.
const PAUSE: Duration = Duration::from_millis(500);

/// After a flood a port is left alone for so long: what floods it costs little then, and a board that is plugged in instead
/// does not wait for long.
const FLOODED: Duration = Duration::from_secs(3);

/// Which ports have had their board.
#[derive(Debug, Default)]
pub(super) struct Decided(Mutex<HashMap<PathBuf, bool>>);

impl Decided {
    pub fn begin(&self, port: &Path) {
        let mut ports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ports.entry(port.to_owned()).or_insert(false);
    }

    fn decide(&self, port: &Path) {
        let mut ports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ports.insert(port.to_owned(), true);
    }

    /// Whether there are ports and each has had its board.
    pub fn all(&self) -> bool {
        let ports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !ports.is_empty() && ports.values().all(|decided| *decided)
    }
}

/// Serves a port until the work ends. After the line was stopped it is looked at once more.
pub(super) fn serve(context: &Context<'_>, path: &Path, baud: u32, decided: &Decided) {
    let link = path.display().to_string();
    let gate = LogGate::default();
    let mut said = None;
    while !context.tally.is_ending() {
        match Port::open(path, baud) {
            Ok(mut port) => {
                said = None;
                let mut slot = Slot {
                    context,
                    path,
                    link: &link,
                    gate: &gate,
                    decided,
                    done: None,
                    babble: Babble::default(),
                };
                slot.converse(&mut port);
            }
            Err(error) => {
                let words = error.to_string();
                if said.as_ref() != Some(&words) {
                    context.observer.event(&Event::PortTrouble {
                        link: &link,
                        error: &error,
                        code: error.code().as_str(),
                    });
                    said = Some(words);
                }
            }
        }
        if context.tally.is_line_stopped() {
            return;
        }
        pause(context, PAUSE);
    }
}

/// A port that is open.
struct Slot<'a> {
    context: &'a Context<'a>,
    path: &'a Path,
    link: &'a str,
    gate: &'a LogGate,
    decided: &'a Decided,
    /// The board on it for which there is nothing left to do.
    done: Option<Who>,
    babble: Babble,
}

impl Slot<'_> {
    /// Speaks to whatever boards come, until the port is gone.
    fn converse(&mut self, port: &mut Port) {
        while !self.context.tally.is_ending() {
            let is_last = self.context.tally.is_line_stopped();
            if !self.look(port) || is_last {
                return;
            }
        }
    }

    /// Looks once for a board, and does for it what is to be done. `false`: the port is gone.
    fn look(&mut self, port: &mut Port) -> bool {
        let context = self.context;
        let on_log = |line: String| self.gate.show(context, self.link, &line);
        let mut line = Conversation::new(port, board::fresh_id(), &on_log, context.tally.ending());
        let said = board::hello(&mut line, HELLO);
        let is_flood = matches!(said, Err(Trouble::Lost(LinkError::Flood, _)));
        let left = match said {
            Err(Trouble::Lost(LinkError::Silent, _)) => {
                self.done = None;
                if self.babble.is_too_much(line.unanswered()) {
                    let trouble = Trouble::Lost(LinkError::Babble, false);
                    board::report(context, self.link, None, trouble);
                }
                return true;
            }
            Err(Trouble::Lost(LinkError::Gone(_) | LinkError::Interrupted, _)) => return false,
            // A board that is done may reset and print what it likes.
            Err(Trouble::Lost(..)) if self.done.is_some() => Left::Everything,
            Err(trouble) => board::report(context, self.link, None, trouble),
            Ok(hello) => {
                self.babble = Babble::default();
                let who = Who::of(&hello);
                if self.done.as_ref() == Some(&who) {
                    Left::Nothing
                } else {
                    self.gate.open();
                    let left = board::work_on(context, self.link, &mut line, &hello, Pass::Cable);
                    self.done = (left == Left::Nothing).then_some(who);
                    left
                }
            }
        };
        if left != Left::Everything {
            self.decided.decide(self.path);
        }
        pause(context, if is_flood { FLOODED } else { PAUSE });
        true
    }
}

/// Waits, but not for longer than the work goes on.
fn pause(context: &Context<'_>, time: Duration) {
    let end = Instant::now() + time;
    while !context.tally.is_ending() {
        let Some(left) = end.checked_duration_since(Instant::now()) else {
            return;
        };
        std::thread::sleep(left.min(Duration::from_millis(50)));
    }
}
