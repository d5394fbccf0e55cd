//! Boards of real firmware in emulators, for `nameplate demo --emulated` and for tests.
//!
//! An [`Emulator`] is one board: it has a cable or dials the bench, its MAC and name come from a provisioning page in its
//! flash, as a factory would have written it, and the flash is a file in the board's folder that lasts. Power can be cut at
//! any moment and come back.
//!
//! What differs from kind to kind stands in `machine`; nothing here knows how a board works inside.

pub(super) mod bench;
mod emulator;
mod error;
mod flash;
mod installed;
mod kind;
mod machine;
mod page;
mod power;
mod qmp;
mod tied;

use std::net::Ipv4Addr;

pub use emulator::{Emulator, Options};
pub use error::Error;
pub use flash::{FILE as FLASH_FILE, Layout};
pub use installed::Installed;
pub use kind::{Kind, Link, List, ListFault, MOST, Wanted};
pub use machine::UART_LOG;
pub use page::{Bench, PAGE, Page, PageFault, Point, pin};
pub use qmp::{Qmp, QmpError};

/// How a guest on an emulator's network reaches 127.0.0.1 of this machine.
pub const HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
