//! The provisioning page: what a factory writes into each board beside the firmware.
//!
//! Lines of text, so that any production tool can write it and anybody can read it in a flash dump. `PROVISIONING.md` in
//! `boards/mcu` is the description for people who write pages.

use core::fmt;
use core::net::SocketAddrV4;

use embedded_storage::nor_flash::ReadNorFlash;
use nameplate_agent::Name;
use nameplate_wire::frame::checksum;
use nameplate_wire::{Mac, address, ascii, limits};
use zeroize::Zeroizing;

/// Greatest size of a page, in bytes; what follows its last line does not matter.
pub const PAGE: usize = 1024;

/// Length of an uncompressed P-256 point (SEC 1 section 2.3.3), in bytes.
const POINT: usize = 65;

/// Why a page says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFault {
    /// The flash can't be read.
    Flash,
    /// It does not begin with `nameplate 1`: the board was never given a page.
    Missing,
    /// There is no `check` line, or its checksum is another one: the page is damaged.
    Damaged,
    /// A line that is not understood or holds what it must not.
    Line,
    /// The MAC or the name is missing.
    Incomplete,
}

impl fmt::Display for PageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flash => "the flash can't be read",
            Self::Missing => "there is no provisioning page",
            Self::Damaged => "the provisioning page is damaged",
            Self::Line => "a line of the provisioning page is not understood",
            Self::Incomplete => "the provisioning page gives no MAC or no name",
        })
    }
}

impl core::error::Error for PageFault {}

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

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bench({})", self.address)
    }
}

/// What a test asks of a board that was built for tests.
#[cfg(feature = "test-faults")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// Print 128 bytes of the generator.
    Randomness,
    /// The generator gives one value for ever.
    Stuck,
    /// `identify` uses up all stack.
    Overflow,
    /// Print what each answer took.
    Measure,
    /// `identify` panics, unless it is for 0 seconds.
    Panic,
}

/// What a page says.
#[derive(Clone, Debug)]
pub struct Page {
    /// The board's MAC.
    pub mac: Mac,
    /// The board's name.
    pub name: Name,
    /// The bench to dial, for boards that reach it over a network.
    pub bench: Option<Bench>,
    /// What a test asks.
    #[cfg(feature = "test-faults")]
    pub test: Option<Test>,
}

impl Page {
    /// Reads the page at `offset` of the flash.
    ///
    /// # Errors
    /// [`PageFault`], for whatever the flash holds.
    #[inline(never)]
    pub fn read(flash: &mut impl ReadNorFlash, offset: u32) -> Result<Self, PageFault> {
        // It holds the join token.
        let mut bytes = Zeroizing::new([0; PAGE]);
        flash
            .read(offset, &mut bytes[..])
            .map_err(|_| PageFault::Flash)?;
        Self::parse(&bytes[..])
    }

    /// Reads a page from its bytes.
    ///
    /// # Errors
    /// [`PageFault`].
    pub fn parse(bytes: &[u8]) -> Result<Self, PageFault> {
        let lines = checked(bytes)?;
        let mut found = Found::default();
        // Bytes, not `str`: searching in that may panic, as far as the compiler can tell.
        for line in lines.split(|byte| *byte == b'\n') {
            found.take(line).ok_or(PageFault::Line)?;
        }
        found.page()
    }
}

/// The lines between the first and the last, once the checksum is found to be right; without the end of the last of them.
fn checked(bytes: &[u8]) -> Result<&[u8], PageFault> {
    const FIRST: &[u8] = b"nameplate 1\n";
    const LAST: &[u8] = b"\ncheck ";
    let rest = bytes.strip_prefix(FIRST).ok_or(PageFault::Missing)?;
    let length = rest
        .windows(LAST.len())
        .position(|window| window == LAST)
        .ok_or(PageFault::Damaged)?;
    let (lines, last) = rest.split_at_checked(length).ok_or(PageFault::Damaged)?;
    let covered = FIRST.len().saturating_add(length).saturating_add(1);
    let sum = bytes.get(..covered).map(checksum);
    let mut found = [0; 4];
    let digits = last
        .get(7..15)
        .and_then(|digits| ascii::unhex(digits, &mut found));
    let ended = last.get(15) == Some(&b'\n');
    if !ended || digits.is_none() || sum != Some(u32::from_be_bytes(found)) {
        return Err(PageFault::Damaged);
    }
    Ok(lines)
}

/// What the lines gave so far.
#[derive(Default)]
struct Found {
    mac: Option<Mac>,
    name: Option<Name>,
    address: Option<SocketAddrV4>,
    pin: Option<[u8; POINT]>,
    next_pin: Option<[u8; POINT]>,
    token: Option<heapless::String<{ limits::TOKEN }>>,
    #[cfg(feature = "test-faults")]
    test: Option<Test>,
}

impl Found {
    /// Takes a line; `None` where it is not understood, says something a second time, or what it says can't be.
    fn take(&mut self, line: &[u8]) -> Option<()> {
        let space = line.iter().position(|byte| *byte == b' ')?;
        let (key, value) = (line.get(..space)?, line.get(space.checked_add(1)?..)?);
        let value = core::str::from_utf8(value).ok()?;
        if value.is_empty() || has_controls(value.as_bytes()) {
            return None;
        }
        match key {
            b"mac" => once(&mut self.mac, Mac::parse(value).ok()?),
            b"name" => text(&mut self.name, value),
            b"bench" => once(&mut self.address, address::socket_v4(value)?),
            b"pin" => point(&mut self.pin, value),
            b"next-pin" => point(&mut self.next_pin, value),
            b"token" => text(&mut self.token, value),
            #[cfg(feature = "test-faults")]
            b"test" => once(&mut self.test, test(value)?),
            _ => None,
        }
    }

    fn page(self) -> Result<Page, PageFault> {
        let bench = match (self.address, self.pin) {
            (None, None) if self.next_pin.is_none() && self.token.is_none() => None,
            (Some(address), Some(pin)) => Some(Bench {
                address,
                pin,
                next_pin: self.next_pin,
                token: self.token,
            }),
            // A bench that the board could not know, or a key of no bench.
            _ => return Err(PageFault::Line),
        };
        match (self.mac, self.name) {
            (Some(mac), Some(name)) => Ok(Page {
                mac,
                name,
                bench,
                #[cfg(feature = "test-faults")]
                test: self.test,
            }),
            _ => Err(PageFault::Incomplete),
        }
    }
}

#[cfg(feature = "test-faults")]
fn test(value: &str) -> Option<Test> {
    Some(match value {
        "randomness" => Test::Randomness,
        "stuck" => Test::Stuck,
        "overflow" => Test::Overflow,
        "measure" => Test::Measure,
        "panic" => Test::Panic,
        _ => return None,
    })
}

fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn text<const N: usize>(place: &mut Option<heapless::String<N>>, value: &str) -> Option<()> {
    once(place, heapless::String::new())?;
    place.as_mut()?.push_str(value).ok()
}

fn point(place: &mut Option<[u8; POINT]>, digits: &str) -> Option<()> {
    once(place, [0; POINT])?;
    ascii::unhex(digits.as_bytes(), place.as_mut()?)
}

/// Whether there is a control character in this UTF-8: those of ASCII, and U+0080 to U+009F.
fn has_controls(text: &[u8]) -> bool {
    let behind_ascii = |pair: &[u8]| matches!(pair, [0xC2, 0x80..=0x9F]);
    text.iter().any(u8::is_ascii_control) || text.windows(2).any(behind_ascii)
}

#[cfg(test)]
mod tests;
