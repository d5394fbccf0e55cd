//! Who needs somebody, and what was said: above all rows, since this is what an operator has to act on.

use std::collections::VecDeque;

use serde::Serialize;

use super::now_ms;

/// Notices that are kept; the oldest go first.
const MOST_NOTICES: usize = 1000;

/// Messages that are kept.
const MOST_MESSAGES: usize = 200;

/// A board or a place that needs somebody. It stands until the board is done, also once it was taken off its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The board, or the place where it is not known which board it is.
    pub who: String,
    /// Where it was.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// The word to look up (`nameplate explain`).
    pub code: &'static str,
    /// What to do.
    pub next: String,
    /// When it was said, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// It is not taken as it is; otherwise it has only to come again.
    pub refused: bool,
}

/// A line that is about no row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// When, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// What.
    pub text: String,
    /// The panel's version when it was said: who is told twice knows it by that.
    pub version: u64,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Notices {
    changed: u64,
    /// By what they are about; newest last.
    standing: VecDeque<(String, Notice)>,
    messages: VecDeque<Message>,
}

impl Notices {
    /// Somebody is needed; what was said of the same before is replaced.
    pub fn put(&mut self, version: u64, key: &str, notice: Notice) {
        self.remove(version, key);
        self.standing.push_back((key.to_owned(), notice));
        if self.standing.len() > MOST_NOTICES {
            self.standing.pop_front();
        }
        self.changed = version;
    }

    /// Nobody is needed any more.
    pub fn remove(&mut self, version: u64, key: &str) {
        if let Some(at) = self.standing.iter().position(|(known, _)| known == key) {
            self.standing.remove(at);
            self.changed = version;
        }
    }

    pub fn say(&mut self, version: u64, text: &str) {
        self.messages.push_back(Message {
            at_ms: now_ms(),
            text: text.to_owned(),
            version,
        });
        if self.messages.len() > MOST_MESSAGES {
            self.messages.pop_front();
        }
    }

    pub fn count(&self) -> usize {
        self.standing.len()
    }

    /// Newest first, if any has changed since.
    pub fn since(&self, version: u64) -> Option<Vec<Notice>> {
        let newest_first = || self.standing.iter().rev().map(|(_, notice)| notice.clone());
        (self.changed > version || version == 0).then(|| newest_first().collect())
    }

    /// Oldest first.
    pub fn messages_since(&self, version: u64) -> Vec<Message> {
        let new = |message: &&Message| message.version > version;
        self.messages.iter().filter(new).cloned().collect()
    }
}
