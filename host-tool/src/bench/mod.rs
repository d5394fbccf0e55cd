//! A bench full of boards: many serial ports and many connections at once, new ones as they come, until it is over.
//!
//! A thread a port or connection speaks to its board. What is done with each is a `Work`'s: this knows nothing of
//! certificates or of what a batch is. One board's trouble never holds up another.

mod attend;
mod board;
mod door;
mod end;
mod error;
mod event;
mod first_record;
mod guest;
mod limits;
mod lobby;
mod orders;
mod port_noise;
mod ports;
mod room;
mod run;
mod slot;
mod slots;
mod strangers;
mod tally;
mod watch;
mod work;

pub(crate) use attend::show_itself;
#[doc(hidden)]
pub use board::lets_in;
pub(crate) use board::{Trouble, board_error, fresh_nonce, hello};
pub use error::BenchError;
pub use event::{Event, Observer};
pub use limits::raise_open_files;
pub use orders::{Order, Orders, Target};
pub(crate) use run::Opened;
pub use run::{Bench, Ended, Until};
pub use slots::Slots;
pub use tally::{Refused, Tally};
pub(crate) use work::{Met, Who, Work};
