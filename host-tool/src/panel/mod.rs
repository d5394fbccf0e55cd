//! The bench as it is seen: a row a place, what each needs next, and how far the work is.
//!
//! Takes what happens ([`crate::bench::Event`]) and keeps what stands; the terminal and the page only draw it. Places on
//! cables have a row each, whatever board is on them; boards on the network have a row each, wherever they dial in from.
//! Bounded: a bench of any size, and strangers without end, cost no more than [`MOST_ROWS`] rows.

mod book;
mod head;
mod natural;
mod notices;
mod pace;
mod row;
mod take;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use head::{Goal, Head};
pub use natural::natural;
pub use notices::{Message, Notice};
pub use row::{Row, Stage, Tone};

use crate::bench::{Event, Observer, Orders};
use book::Book;
use notices::Notices;
use pace::Pace;

/// Rows that are kept; of those beyond them the oldest that is done, or else the oldest, goes.
pub const MOST_ROWS: usize = 4096;

/// What stands on the bench. Written by the bench's threads, read by whoever draws.
pub struct Panel {
    state: Mutex<State>,
    changed: Condvar,
    /// What the operator asks for, and whoever draws hands on.
    orders: Arc<Orders>,
}

/// All of it, under one lock.
struct State {
    /// Grows with each change.
    version: u64,
    head: Head,
    book: Book,
    notices: Notices,
    pace: Pace,
}

/// What has changed since a version.
#[derive(Clone, Debug)]
pub struct Changes {
    /// To ask with the next time.
    pub version: u64,
    /// Counts, phase and pace.
    pub head: Head,
    /// The rows that have changed.
    pub rows: Vec<Row>,
    /// The rows that are no more.
    pub gone: Vec<u64>,
    /// Boards that need somebody, newest first: all of them, whenever one has changed.
    pub notices: Option<Vec<Notice>>,
    /// The messages that are new, oldest first.
    pub messages: Vec<Message>,
}

impl Panel {
    /// An empty bench for a batch of that name.
    pub fn new(batch: &str, orders: Arc<Orders>) -> Self {
        Self {
            state: Mutex::new(State {
                version: 1,
                head: Head::new(batch),
                book: Book::default(),
                notices: Notices::default(),
                pace: Pace::default(),
            }),
            changed: Condvar::new(),
            orders,
        }
    }

    /// What the operator asks for goes through these.
    pub fn orders(&self) -> &Arc<Orders> {
        &self.orders
    }

    /// What is being done now, in words; `goal` says what makes a board ready.
    pub fn phase(&self, goal: Goal, words: &str) {
        self.change(|state| {
            if state.head.goal != goal {
                state.book.touch(state.version);
                state.pace.begin();
            }
            state.head.phase(goal, words);
        });
    }

    /// What is being done now, in words, while what makes a board ready stays.
    pub fn now(&self, words: &str) {
        self.change(|state| words.clone_into(&mut state.head.phase));
    }

    /// For how many boards it is done, and for how many it is to be.
    pub fn progress(&self, done: u64, target: Option<u64>) {
        self.change(|state| {
            state.head.done = done;
            state.head.target = target;
        });
    }

    /// A line worth reading that is about no row.
    pub fn message(&self, text: &str) {
        self.change(|state| state.notices.say(state.version, text));
    }

    /// It is over: nothing will change any more.
    pub fn end(&self, words: &str) {
        self.change(|state| {
            state.head.ended = true;
            words.clone_into(&mut state.head.phase);
        });
    }

    /// What has changed since `version`; everything since version 0.
    pub fn changes(&self, version: u64) -> Changes {
        let mut state = self.lock();
        let state = &mut *state;
        state.head.count(&state.book, &state.notices);
        state.head.pace = state.pace.per_minute();
        let now = now_ms();
        let (goal, head) = (state.head.goal, state.head.clone());
        Changes {
            version: state.version,
            rows: state.book.since(version, goal),
            gone: state.book.gone_since(version),
            notices: state.notices.since(version),
            messages: state.notices.messages_since(version),
            head: head.at(now),
        }
    }

    /// Waits until something has changed since `version`, but not for longer than `most`. `true`: something has.
    pub fn wait(&self, version: u64, most: Duration) -> bool {
        let state = self.lock();
        let waited = self
            .changed
            .wait_timeout_while(state, most, |state| state.version <= version);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.version > version
    }

    /// The place of a port, where it is one.
    pub fn slot(&self, link: &str) -> Option<String> {
        self.lock().book.place(link).map(str::to_owned)
    }

    /// One row.
    pub fn row(&self, id: u64) -> Option<Row> {
        let state = self.lock();
        state.book.row(id, state.head.goal)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        state.version += 1;
        change(&mut state);
        drop(state);
        self.changed.notify_all();
    }
}

impl Observer for Panel {
    fn event(&self, event: &Event<'_>) {
        // What boards print is for the log.
        if !matches!(event, Event::Log { .. }) {
            self.change(|state| state.take(event, now_ms()));
        }
    }
}

/// Milliseconds since 1970, UTC.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests;
