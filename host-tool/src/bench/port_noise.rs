//! What comes on a serial port besides answers: how much of it is shown, and when it is told of.

use std::cell::Cell;
use std::cmp::Ordering;
use std::time::{Duration, Instant};

use super::event::Event;
use super::work::Context;

/// Lines that a port may print before a board on it has said who it is, and again after.
const LOG_LINES: u32 = 200;

/// How long it takes at least before lines of another board are shown. No hand is quicker, and what only pretends to be one
/// board after the other is no faster.
const NEXT_BOARD: Duration = Duration::from_secs(5);

/// A port on which something talks is told of after so many looks without an answer, one after the other, or so many bytes:
/// more than the boot log of a board that runs Linux.
const BABBLE_LOOKS: u32 = 5;
const BABBLE_BYTES: u64 = 128 * 1024;

/// What came on a port on which nobody answers.
#[derive(Default)]
pub(super) struct Babble {
    looks: u32,
    bytes: u64,
}

impl Babble {
    /// Takes note of a look without an answer, and tells whether it was one too many. An empty port is silent.
    pub fn is_too_much(&mut self, bytes: u64) -> bool {
        if bytes == 0 {
            *self = Self::default();
            return false;
        }
        self.looks = self.looks.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        self.looks >= BABBLE_LOOKS || self.bytes >= BABBLE_BYTES
    }
}

/// Shows so many lines that boards on a port print, until the next board: one that prints without end must not bury what
/// matters.
#[derive(Default)]
pub(super) struct LogGate {
    shown: Cell<u32>,
    opened: Cell<Option<Instant>>,
}

impl LogGate {
    /// Another board has said who it is.
    pub fn open(&self) {
        let now = Instant::now();
        let opened = self.opened.get();
        if opened.is_none_or(|opened| now.duration_since(opened) >= NEXT_BOARD) {
            self.opened.set(Some(now));
            self.shown.set(0);
        }
    }

    /// Shows a line, if it is not one too many.
    pub fn show(&self, context: &Context<'_>, link: &str, line: &str) {
        let shown = self.shown.get();
        let line = match shown.cmp(&LOG_LINES) {
            Ordering::Less => line,
            Ordering::Equal => "(it prints on; no more of it is shown)",
            Ordering::Greater => return,
        };
        self.shown.set(shown + 1);
        context.observer.event(&Event::Log { link, line });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_talks_without_an_answer_is_told_of_and_an_empty_one_is_not() {
        let mut babble = Babble::default();
        for _ in 0..100 {
            assert!(!babble.is_too_much(0));
        }
        let told: Vec<_> = (0..6).map(|_| babble.is_too_much(1)).collect();
        assert_eq!(told, [false, false, false, false, true, true]);
        assert!(!babble.is_too_much(0), "it was silent in between");
        assert!(!babble.is_too_much(BABBLE_BYTES - 1));
        assert!(babble.is_too_much(1));
    }

    #[test]
    fn one_board_after_the_other_does_not_open_the_gate_each_time() {
        let gate = LogGate::default();
        gate.open();
        gate.shown.set(LOG_LINES);
        gate.open();
        assert_eq!(gate.shown.get(), LOG_LINES);
        gate.opened.set(Instant::now().checked_sub(NEXT_BOARD));
        gate.open();
        assert_eq!(gate.shown.get(), 0);
    }
}
