//! Serial ports: a thread a port, which opens it, waits for boards on it, and opens it again when it was unplugged.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::bench::Context;
use super::board::{self, Trouble, Who};
use super::event::Event;
use crate::link::serial::Port;
use crate::link::{Conversation, LinkError, Patience};

/// How often an empty port is asked whether there is a board.
const HELLO: Patience = Patience {
    wait: Duration::from_millis(500),
    tries: 1,
};

/// Between two tries to open a port, and between two looks at a board that is done.
const PAUSE: Duration = Duration::from_millis(500);

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

/// Serves a port until the collection ends.
pub(super) fn serve(context: &Context<'_>, path: &Path, baud: u32, decided: &Arc<Decided>) {
    let link = path.display().to_string();
    let mut said = None;
    while !context.tally.is_ending() {
        match Port::open(path, baud) {
            Ok(mut port) => {
                said = None;
                converse(context, path, &link, &mut port, decided);
            }
            Err(error) => {
                let words = error.to_string();
                if said.as_ref() != Some(&words) {
                    context.observer.event(&Event::PortTrouble {
                        link: &link,
                        error: &error,
                    });
                    said = Some(words);
                }
            }
        }
        pause(context, PAUSE);
    }
}

/// Speaks to whatever boards come to an open port, until it is gone.
fn converse(context: &Context<'_>, path: &Path, link: &str, port: &mut Port, decided: &Decided) {
    let on_log = |line: String| context.observer.event(&Event::Log { link, line: &line });
    let mut done: Option<Who> = None;
    while !context.tally.is_ending() {
        let first_id = context.fresh_id();
        let mut line = Conversation::new(port, first_id, &on_log, context.tally.interrupt());
        let trouble = match board::hello(&mut line, HELLO) {
            Err(Trouble::Lost(LinkError::Silent, _)) => {
                done = None;
                continue;
            }
            Err(Trouble::Lost(LinkError::Gone(_) | LinkError::Interrupted, _)) => return,
            Err(trouble) => trouble,
            Ok(hello) => {
                let who = Who {
                    mac: hello.mac,
                    name: hello.name.as_str().to_owned(),
                };
                if done.as_ref() == Some(&who) {
                    pause(context, PAUSE);
                    continue;
                }
                if board::collect(context, link, &mut line, &hello, None) {
                    done = Some(who);
                    decided.decide(path);
                }
                continue;
            }
        };
        if board::report(context, link, None, trouble) {
            decided.decide(path);
        }
        pause(context, PAUSE);
    }
}

/// Waits, but not for longer than the collection goes on.
fn pause(context: &Context<'_>, time: Duration) {
    let end = Instant::now() + time;
    while !context.tally.is_ending() {
        let Some(left) = end.checked_duration_since(Instant::now()) else {
            return;
        };
        std::thread::sleep(left.min(Duration::from_millis(50)));
    }
}
