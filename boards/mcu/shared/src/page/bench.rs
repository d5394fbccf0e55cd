//! The page's lines about the bench, for boards that reach it over a network.

use core::fmt;
use core::net::{Ipv4Addr, SocketAddrV4};

use nameplate_wire::{address, ascii, limits};

use super::{BENCH, TOKEN};

const PIN: usize = 3;
const NEXT_PIN: usize = 4;

/// Length of an uncompressed P-256 point (SEC 1 section 2.3.3), in bytes.
const POINT: usize = 65;

/// Where the bench is, and how the board knows it.
#[derive(Clone)]
pub struct Bench {
    /// Where it listens.
    pub address: SocketAddrV4,
    /// The key it has: an uncompressed P-256 point, not checked yet.
    pub pin: [u8; POINT],
    /// The key it is going to have.
    pub next_pin: Option<[u8; POINT]>,
    /// What lets this board join.
    pub token: Option<heapless::String<{ limits::TOKEN }>>,
}

impl Bench {
    /// Before any line was read.
    pub(super) const NONE: Self = Self {
        address: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0),
        pin: [0; POINT],
        next_pin: None,
        token: None,
    };

    /// Takes what a line says; `None` where it can't be.
    pub(super) fn take(&mut self, key: usize, value: &str) -> Option<()> {
        match key {
            BENCH => self.address = address::socket_v4(value)?,
            PIN => ascii::unhex(value.as_bytes(), &mut self.pin)?,
            NEXT_PIN => {
                let pin = self.next_pin.insert([0; POINT]);
                ascii::unhex(value.as_bytes(), pin)?;
            }
            TOKEN => {
                let token = self.token.insert(heapless::String::new());
                token.push_str(value).ok()?;
            }
            _ => return None,
        }
        Some(())
    }
}

/// Whether a page with these lines names a bench; `None` for a bench that the board could not know, or a key of no bench.
pub(super) fn is_there(has: impl Fn(usize) -> bool) -> Option<bool> {
    let whole = has(BENCH) && has(PIN);
    let none = !(BENCH..=TOKEN).any(has);
    (whole || none).then_some(whole)
}

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bench({})", self.address)
    }
}
