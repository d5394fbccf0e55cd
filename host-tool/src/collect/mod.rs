//! Collecting a bench full of boards: many serial ports and many connections at once.
//!
//! A thread a port or connection speaks to its board; as many verifiers as cores check what came; one writer commits boards
//! in groups; only then is a board told that it is recorded. One board's trouble never holds up another.

mod bench;
mod board;
mod door;
mod end;
mod event;
mod limits;
mod ports;
mod tally;
mod verifiers;
mod watch;

pub use bench::{Bench, CollectError, Ended, Until, collect};
pub use event::{Event, Observer};
pub use limits::raise_open_files;
pub use tally::{Refused, Tally};
