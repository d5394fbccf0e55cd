//! What tests ask of a board through its provisioning page. Never part of a release.

use embedded_io::Write;
use nameplate_agent::{Randomness, RandomnessFault};

use crate::{Page, PageFault, Test};

#[cfg(all(target_os = "none", not(debug_assertions)))]
compile_error!(
    "`test-faults` makes boards that obey tests: it is refused where debug assertions are off"
);

/// Bytes of the generator that are shown.
const SHOWN: usize = 128;

/// Counts what a board did, for [`Test::Measure`].
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    /// Reads it. It counts up and begins again at 0 after `mask`.
    pub read: fn() -> u32,
    /// Its greatest value: all bits that it has.
    pub mask: u32,
}

/// Whether a page asks for a test.
pub(crate) fn asked(page: &Result<Page, PageFault>, test: Test) -> bool {
    page.as_ref().is_ok_and(|page| page.test == Some(test))
}

/// The generator's first bytes, where the page asks for them.
pub(crate) struct Shown(Option<Result<[u8; SHOWN], RandomnessFault>>);

impl Shown {
    pub(crate) fn draw(page: &Result<Page, PageFault>, source: &mut impl Randomness) -> Self {
        Self(asked(page, Test::Randomness).then(|| {
            let mut samples = [0; SHOWN];
            source.fill(&mut samples).map(|()| samples)
        }))
    }

    /// Prints them as a line of the board's log: `randomness <hex>`.
    pub(crate) fn print<W: Write>(&self, link: &mut W) -> Result<(), W::Error> {
        match &self.0 {
            None => return Ok(()),
            Some(Err(RandomnessFault)) => link.write_all(b"randomness failed")?,
            Some(Ok(samples)) => {
                link.write_all(b"randomness ")?;
                write_hex(samples, link)?;
            }
        }
        link.write_all(b"\n")?;
        link.flush()
    }
}

#[expect(unconditional_recursion, reason = "that is what it is for")]
/// Uses up the stack, and whatever is below it if nothing stops that.
#[inline(never)]
pub(crate) fn overflow(depth: u32) -> u32 {
    let frame = core::hint::black_box([depth; 16]);
    overflow(depth.wrapping_add(1)).wrapping_add(core::hint::black_box(frame)[7])
}

/// A panic that a byte of the wire leads to: what `tests/scripts/check_image.py` has to find in every image for tests.
/// Never inlined, so that nothing else is taken for it.
#[inline(never)]
pub(crate) fn panic_on_wire(seconds: u8) {
    #[expect(clippy::indexing_slicing, reason = "that is what it is for")]
    core::hint::black_box(core::hint::black_box([0])[usize::from(seconds)]);
}

pub(crate) fn write_hex<W: Write>(bytes: &[u8], link: &mut W) -> Result<(), W::Error> {
    for byte in bytes {
        link.write_all(&hex(*byte))?;
    }
    Ok(())
}

fn hex(byte: u8) -> [u8; 2] {
    let digit = |nibble: u8| {
        *b"0123456789abcdef"
            .get(usize::from(nibble))
            .unwrap_or(&b'0')
    };
    [digit(byte >> 4), digit(byte & 0xF)]
}
