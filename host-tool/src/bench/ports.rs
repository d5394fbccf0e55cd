//! Serial ports: a thread a port, which opens it, waits for boards on it, and opens it again when it was unplugged.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::event::Event;
use super::port_noise::LogGate;
use super::run::Bench;
use super::slot::Slot;
use super::work::Context;
use crate::codes::Coded;
use crate::link::serial::{self, Port};

/// Between two tries to open a port, and between two looks at a board that is done.
pub(super) const PAUSE: Duration = Duration::from_millis(500);

/// Which ports have had their board.
#[derive(Debug, Default)]
pub(super) struct Decided(Mutex<HashMap<PathBuf, bool>>);

impl Decided {
    pub fn begin(&self, port: &Path) {
        let mut ports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ports.entry(port.to_owned()).or_insert(false);
    }

    pub fn decide(&self, port: &Path) {
        let mut ports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ports.insert(port.to_owned(), true);
    }

    /// Whether there are ports and each has had its board.
    pub fn all(&self) -> bool {
        let ports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !ports.is_empty() && ports.values().all(|decided| *decided)
    }
}

/// Serves a port until the work ends, or until it is gone and not one that was named. After the line was stopped it is looked
/// at once more.
pub(super) fn serve(context: &Context<'_>, bench: &Bench, path: &Path, decided: &Decided) {
    let is_named = bench.ports.iter().any(|port| Path::new(port) == path);
    let link = path.display().to_string();
    let gate = LogGate::default();
    let mut said = None;
    let mut was_there = false;
    while !context.tally.is_ending() {
        // What is called the same by now may be something else.
        if !is_named && !is_meant(bench, path) {
            context.slots.left(path);
            return;
        }
        match Port::open(path, bench.baud) {
            Ok(mut port) => {
                said = None;
                was_there = true;
                let slot = context.slots.of(path);
                context.observer.event(&Event::Port {
                    link: &link,
                    slot: &slot,
                });
                Slot::new(context, path, &link, &gate, decided).converse(&mut port);
            }
            // Plugged out: it is waited for without a word.
            Err(_) if was_there && !path.exists() => {
                was_there = false;
                context.slots.left(path);
                said = Some(String::new());
            }
            Err(_) if said.as_deref() == Some("") && !path.exists() => {}
            Err(error) => {
                let words = error.to_string();
                if said.as_ref() != Some(&words) {
                    let slot = context.slots.of(path);
                    context.observer.event(&Event::PortTrouble {
                        link: &link,
                        slot: &slot,
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

/// Whether patterns stand for a port now.
fn is_meant(bench: &Bench, path: &Path) -> bool {
    serial::expand(&bench.ports).is_ok_and(|ports| ports.iter().any(|port| port == path))
}

/// Waits, but not for longer than the work goes on.
pub(super) fn pause(context: &Context<'_>, time: Duration) {
    let end = Instant::now() + time;
    while !context.tally.is_ending() {
        let Some(left) = end.checked_duration_since(Instant::now()) else {
            return;
        };
        std::thread::sleep(left.min(Duration::from_millis(50)));
    }
}
