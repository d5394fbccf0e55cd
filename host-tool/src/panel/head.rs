//! What stands above the rows: what is being done, how much of it is done, and how fast it goes.

use serde::Serialize;

use super::book::Book;
use super::notices::Notices;
use super::now_ms;

/// What makes a board ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// That it is recorded.
    Collect,
    /// That it has its certificate and has proved its key.
    Deliver,
}

/// The work as a whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Head {
    /// The batch's name.
    pub batch: String,
    /// What is being done now, in words.
    pub phase: String,
    /// What makes a board ready.
    pub goal: Goal,
    /// Boards for which it is done.
    pub done: u64,
    /// For how many it is to be done, where that is known.
    pub target: Option<u64>,
    /// Places that are ready to be cleared.
    pub ready: usize,
    /// Boards that are being worked on.
    pub busy: usize,
    /// Places and boards that need somebody.
    pub trouble: usize,
    /// Boards a minute, over the last minute of work.
    pub pace: f64,
    /// Seconds that are left at that pace, where the target is known.
    pub left_s: Option<u64>,
    /// When it began, in milliseconds since 1970 (UTC).
    pub begun_ms: u64,
    /// When this was taken.
    pub now_ms: u64,
    /// Two boards have one key.
    pub line_stopped: bool,
    /// Nothing changes any more.
    pub ended: bool,
}

impl Head {
    pub(super) fn new(batch: &str) -> Self {
        let now = now_ms();
        Self {
            batch: batch.to_owned(),
            phase: "starting".to_owned(),
            goal: Goal::Collect,
            done: 0,
            target: None,
            ready: 0,
            busy: 0,
            trouble: 0,
            pace: 0.0,
            left_s: None,
            begun_ms: now,
            now_ms: now,
            line_stopped: false,
            ended: false,
        }
    }

    pub(super) fn phase(&mut self, goal: Goal, words: &str) {
        self.goal = goal;
        words.clone_into(&mut self.phase);
    }

    pub(super) fn count(&mut self, book: &Book, notices: &Notices) {
        let (ready, busy) = book.counts(self.goal);
        (self.ready, self.busy, self.trouble) = (ready, busy, notices.count());
    }

    /// With what is left at the pace of now.
    pub(super) fn at(mut self, now_ms: u64) -> Self {
        self.now_ms = now_ms;
        self.left_s = self.target.and_then(|target| {
            let left = target.saturating_sub(self.done);
            seconds(left, self.pace)
        });
        self
    }
}

/// How long so many boards take, rounded up to whole seconds.
fn seconds(boards: u64, per_minute: f64) -> Option<u64> {
    if boards == 0 || per_minute <= 0.0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "it is an estimate")]
    let seconds = (boards as f64 * 60.0 / per_minute).ceil();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast saturates, and it is positive"
    )]
    Some(seconds as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_known_only_with_a_pace_and_a_target() {
        assert_eq!(seconds(10, 60.0), Some(10));
        assert_eq!(seconds(1, 59.0), Some(2));
        assert_eq!(seconds(10, 0.0), None);
        assert_eq!(seconds(0, 60.0), None);
    }
}
