//! The provisioning page: what a factory writes into each board beside the firmware.
//!
//! Lines of text, so that any production tool can write it and anybody can read it in a flash dump. `PROVISIONING.md` in
//! `boards/mcu` is the description for people who write pages.

#[cfg(feature = "network")]
mod bench;

use core::fmt;

use embedded_storage::nor_flash::ReadNorFlash;
use nameplate_agent::Name;
use nameplate_wire::frame::checksum;
use nameplate_wire::{Mac, ascii, words};
use zeroize::Zeroizing;

#[cfg(feature = "network")]
pub use bench::Bench;

/// Greatest size of a page, in bytes; what follows its last line does not matter.
pub const PAGE: usize = 1024;

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
    /// The bench to dial. A firmware without a network does not look at what those lines say.
    #[cfg(feature = "network")]
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
    #[inline(never)]
    pub fn parse(bytes: &[u8]) -> Result<Self, PageFault> {
        let lines = checked(bytes)?;
        let mut found = Found::new();
        // Bytes, not `str`: searching in that may panic, as far as the compiler can tell.
        let mut rest = Some(lines);
        while let Some(line) = ascii::piece(&mut rest, b'\n') {
            found.take(line).ok_or(PageFault::Line)?;
        }
        found.page()
    }
}

/// The lines between the first and the last, once the checksum is found to be right; without the end of the last of them.
#[inline(never)]
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

/// What lines can say, in a list; and the places in it.
#[cfg(not(feature = "test-faults"))]
const KEYS: &str = "mac name bench pin next-pin token";
#[cfg(feature = "test-faults")]
const KEYS: &str = "mac name bench pin next-pin token test";
const MAC: usize = 0;
const NAME: usize = 1;
/// The first that a bench is described by, and the last.
const BENCH: usize = 2;
const TOKEN: usize = 5;
#[cfg(feature = "test-faults")]
const TEST: usize = 6;

/// What the lines gave so far.
struct Found {
    /// A bit for each key that was there.
    keys: u8,
    mac: Mac,
    name: Name,
    #[cfg(feature = "network")]
    bench: Bench,
    #[cfg(feature = "test-faults")]
    test: Option<Test>,
}

impl Found {
    fn new() -> Self {
        Self {
            keys: 0,
            mac: Mac([0; 6]),
            name: Name::new(),
            #[cfg(feature = "network")]
            bench: Bench::NONE,
            #[cfg(feature = "test-faults")]
            test: None,
        }
    }

    /// Takes a line; `None` where it is not understood, says something a second time, or what it says can't be.
    fn take(&mut self, line: &[u8]) -> Option<()> {
        let mut rest = Some(line);
        let key = words::place(KEYS, ascii::piece(&mut rest, b' ')?)?;
        let value = core::str::from_utf8(rest?).ok()?;
        if value.is_empty() || has_controls(value.as_bytes()) || self.has(key) {
            return None;
        }
        self.keys |= bit(key);
        match key {
            MAC => self.mac = Mac::parse(value).ok()?,
            NAME => self.name.push_str(value).ok()?,
            #[cfg(feature = "network")]
            BENCH..=TOKEN => self.bench.take(key, value)?,
            #[cfg(not(feature = "network"))]
            BENCH..=TOKEN => {}
            #[cfg(feature = "test-faults")]
            TEST => self.test = Some(test(value)?),
            _ => return None,
        }
        Some(())
    }

    fn has(&self, key: usize) -> bool {
        self.keys & bit(key) != 0
    }

    fn page(self) -> Result<Page, PageFault> {
        #[cfg(feature = "network")]
        let bench = bench::is_there(|key| self.has(key)).ok_or(PageFault::Line)?;
        if !self.has(MAC) || !self.has(NAME) {
            return Err(PageFault::Incomplete);
        }
        Ok(Page {
            mac: self.mac,
            name: self.name,
            #[cfg(feature = "network")]
            bench: bench.then_some(self.bench),
            #[cfg(feature = "test-faults")]
            test: self.test,
        })
    }
}

/// The bit of a key, which is below 8.
const fn bit(key: usize) -> u8 {
    1 << (key & 7)
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

/// Whether there is a control character in this UTF-8: those of ASCII, and U+0080 to U+009F.
fn has_controls(text: &[u8]) -> bool {
    let behind_ascii = |pair: &[u8]| matches!(pair, [0xC2, 0x80..=0x9F]);
    text.iter().any(u8::is_ascii_control) || text.windows(2).any(behind_ascii)
}

#[cfg(test)]
mod tests;
