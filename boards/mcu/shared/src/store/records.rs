//! A record in erase blocks of NOR flash that is there as a whole or not at all, whenever power is lost.
//!
//! A block with a record holds, in units of the flash's write size (4 to 32 bytes, each written once between two erases):
//!
//! ```text
//! record      head (4 bytes), body (32 bytes), CRC-32 of both, 0xFF up to whole units
//! committed   the record is whole: from here on it counts
//! wiped       no, it does not: the block is being erased; means nothing once the record is settled
//! settled     a start has found the record and goes on with it for ever; twice
//! forgotten   the record is being erased, as somebody asked
//! more        three marks for whoever keeps the record
//! ```
//!
//! A mark is a unit of zeros, so that every one of its bits was programmed. Power lost while a unit is programmed leaves it
//! somewhere between, and it may read one way now and another way later. So nothing is decided by such a unit twice: what
//! [`Records::held`] finds is made firm (`settled` is written, or the block wiped) before anybody acts on it. There are two
//! of `settled` so that power may be lost there, too.
//!
//! The same holds for an erase that lost its power: the block may look untouched, blank, or like noise, and change its looks.
//! So a mark is written before every erase, and nothing is written to a block that was not erased since the board started.
//! Taken for impossible is that such a block reads as before in all places but that of the mark.
//!
//! What is left: power lost in the very write of `forgotten` may leave a record that a later start finds forgotten. The one who
//! asked was not told that it was done.
//!
//! Knows nothing of what a record is for.

use embedded_storage::nor_flash::NorFlash;
use nameplate_agent::StoreFault;
use nameplate_wire::frame::checksum;
use zeroize::Zeroizing;

/// What says of which kind a record is.
pub(super) type Head = [u8; 4];

/// What it holds.
pub(super) type Body = [u8; 32];

/// Where in the record the checksum stands, and where the record ends.
const SUM: usize = size_of::<Head>() + size_of::<Body>();
const RECORD: usize = SUM + 4;

/// Greatest write size that is served, in bytes: a flash word of an STM32H7. Any other divides it.
pub(super) const GREATEST_UNIT: usize = 32;

/// The record in whole units, at most.
const GREATEST_RECORD: usize = RECORD.next_multiple_of(GREATEST_UNIT);

/// Bytes read at once when a block is looked through.
const CHUNK: usize = 32;

/// The marks of a block, by their places behind the record.
pub(super) const COMMITTED: usize = 0;
pub(super) const WIPED: usize = 1;
pub(super) const SETTLED: [usize; 2] = [2, 3];
pub(super) const FORGOTTEN: usize = 4;
pub(super) const MORE: [usize; 3] = [5, 6, 7];
const MARKS: usize = 8;

/// A flash with records in some of its blocks. A block is named by where it begins, in bytes from the beginning of the flash.
#[derive(Debug)]
pub(super) struct Records<F> {
    pub(super) flash: F,
}

/// So many bytes as a distance in the flash, which is counted in 32 bits.
#[expect(
    clippy::cast_possible_truncation,
    reason = "no more than the size of a slot"
)]
pub(super) const fn places(bytes: usize) -> u32 {
    bytes as u32
}

/// How a unit reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Blank,
    Set,
    /// Between, or not to be read: power was lost while it was programmed or erased.
    Torn,
}

/// What a block holds.
pub(super) enum Held {
    /// Nothing that was ever a record.
    Nothing,
    /// A record that is not wanted, or part of one: to be erased before anything else.
    Leftovers,
    /// A record with this head, and which of its `settled` are written.
    Record(Head, [bool; 2]),
    /// What was a record once, and can't be read any more.
    Broken,
}

impl<F: NorFlash> Records<F> {
    pub(super) const UNIT: usize = {
        assert!(
            F::WRITE_SIZE <= GREATEST_UNIT && GREATEST_UNIT.is_multiple_of(F::WRITE_SIZE),
            "records are kept in flash with write sizes of 1, 2, 4, 8, 16 and 32 bytes"
        );
        assert!(
            CHUNK.is_multiple_of(F::READ_SIZE) && F::READ_SIZE <= 4,
            "records are kept in flash with read sizes of 1, 2 and 4 bytes"
        );
        if F::WRITE_SIZE < 4 { 4 } else { F::WRITE_SIZE }
    };
    const FIRST_MARK: usize = RECORD.next_multiple_of(Self::UNIT);
    /// How much of a block a record and its marks take, in bytes.
    pub(super) const USED: usize = Self::FIRST_MARK + MARKS * Self::UNIT;

    pub(super) const fn new(flash: F) -> Self {
        const { assert!(Self::USED <= F::ERASE_SIZE, "an erase block is too small") }
        Self { flash }
    }

    /// What the block holds; the body of a record is put into `body`. The caller has the place, so that no copy is left
    /// behind on the way.
    pub(super) fn held(&mut self, block: u32, body: &mut Body) -> Result<Held, StoreFault> {
        if self.is_blank(block)? {
            return Ok(Held::Nothing);
        }
        let settled = SETTLED.map(|mark| self.mark(block, mark) == Mark::Set);
        let counts = settled.contains(&true)
            || (self.mark(block, COMMITTED) == Mark::Set && self.mark(block, WIPED) == Mark::Blank);
        if !counts || self.mark(block, FORGOTTEN) != Mark::Blank {
            return Ok(Held::Leftovers);
        }
        let head = self.record(block, body)?;
        Ok(head.map_or(Held::Broken, |head| Held::Record(head, settled)))
    }

    /// Writes what is missing of `settled`. One of them does: the other may be a flash word in which power was lost. And where
    /// it was lost in both, `committed` has outlived it twice.
    pub(super) fn settle(&mut self, block: u32, [first, second]: [bool; 2]) {
        if second {
            return;
        }
        if !first {
            let _ = self.set(block, SETTLED[0]);
        }
        let _ = self.set(block, SETTLED[1]);
    }

    /// Puts the body of the record into `body` and gives its head, if it is whole; where it is not, the body does not matter.
    fn record(&mut self, block: u32, body: &mut Body) -> Result<Option<Head>, StoreFault> {
        let mut record = Zeroizing::new([0; RECORD]);
        self.read(block, &mut record[..])?;
        let (summed, sum) = record.split_at(SUM);
        let Some((head, found)) = summed.split_first_chunk() else {
            return Ok(None);
        };
        body.copy_from_slice(found);
        Ok((sum == checksum(summed).to_le_bytes()).then_some(*head))
    }

    /// A unit that can't be read is torn: flash with error correction reports what power left half-programmed.
    pub(super) fn mark(&mut self, block: u32, mark: usize) -> Mark {
        let mut bytes = [0; GREATEST_UNIT];
        let Some(unit) = bytes.get_mut(..Self::UNIT) else {
            return Mark::Torn;
        };
        if self.read(Self::place(block, mark), unit).is_err() {
            return Mark::Torn;
        }
        if unit.iter().all(|byte| *byte == 0) {
            Mark::Set
        } else if unit.iter().all(|byte| *byte == 0xFF) {
            Mark::Blank
        } else {
            Mark::Torn
        }
    }

    pub(super) fn set(&mut self, block: u32, mark: usize) -> Result<(), StoreFault> {
        let zeros = [0; GREATEST_UNIT];
        let unit = zeros.get(..Self::UNIT).unwrap_or_default();
        self.program(Self::place(block, mark), unit)?;
        match self.mark(block, mark) {
            Mark::Set => Ok(()),
            Mark::Blank | Mark::Torn => Err(StoreFault),
        }
    }

    /// Erases `size` bytes from the block's beginning, and looks whether its record is blank. From the `mark` on nothing in it
    /// counts, however long the erase takes.
    pub(super) fn wipe(&mut self, block: u32, size: u32, mark: usize) -> Result<(), StoreFault> {
        // A flash word in which power was lost can't be written again; it is erased all the same.
        let _ = self.set(block, mark);
        self.erase_block(block, size)?;
        self.is_blank(block)?.then_some(()).ok_or(StoreFault)
    }

    /// One of the two steps that change the flash: what is before it is done, what is after it has not begun. Apart, so that
    /// tests can cut the power of a running board at each.
    #[inline(never)]
    pub(super) fn program(&mut self, at: u32, units: &[u8]) -> Result<(), StoreFault> {
        self.flash.write(at, units).map_err(|_| StoreFault)
    }

    /// The other one.
    #[inline(never)]
    fn erase_block(&mut self, block: u32, size: u32) -> Result<(), StoreFault> {
        self.flash
            .erase(block, block.saturating_add(size))
            .map_err(|_| StoreFault)
    }

    /// Reads bytes whose place and number the flash can read.
    #[inline(never)]
    pub(super) fn read(&mut self, at: u32, bytes: &mut [u8]) -> Result<(), StoreFault> {
        self.flash.read(at, bytes).map_err(|_| StoreFault)
    }

    /// Whether nothing is written where a record and its marks stand.
    fn is_blank(&mut self, block: u32) -> Result<bool, StoreFault> {
        let mut chunk = Zeroizing::new([0; CHUNK]);
        let mut at = block;
        for place in (0..Self::USED).step_by(CHUNK) {
            let length = Self::USED.saturating_sub(place).min(CHUNK);
            let chunk = chunk.get_mut(..length).ok_or(StoreFault)?;
            self.read(at, chunk)?;
            if chunk.iter().any(|byte| *byte != 0xFF) {
                return Ok(false);
            }
            at = at.saturating_add(places(CHUNK));
        }
        Ok(true)
    }

    /// Where a mark stands.
    fn place(block: u32, mark: usize) -> u32 {
        let place = mark
            .saturating_mul(Self::UNIT)
            .saturating_add(Self::FIRST_MARK);
        block.saturating_add(places(place))
    }

    /// Writes a record into a block that is blank. It does not count before [`COMMITTED`] is set.
    pub(super) fn write(&mut self, block: u32, head: Head, body: &Body) -> Result<(), StoreFault> {
        let mut record = Zeroizing::new([0xFF; GREATEST_RECORD]);
        let (summed, rest) = record.split_at_mut(SUM);
        let (head_place, body_place) = summed.split_at_mut(head.len());
        head_place.copy_from_slice(&head);
        body_place.copy_from_slice(body);
        let sum = checksum(summed).to_le_bytes();
        rest.get_mut(..sum.len())
            .ok_or(StoreFault)?
            .copy_from_slice(&sum);
        let record = record.get(..Self::FIRST_MARK).ok_or(StoreFault)?;
        let mut at = block;
        for unit in record.chunks(Self::UNIT) {
            self.program(at, unit)?;
            at = at.saturating_add(places(Self::UNIT));
        }
        let mut written = Zeroizing::new([0; size_of::<Body>()]);
        let kept = self.record(block, &mut written)? == Some(head) && *written == *body;
        kept.then_some(()).ok_or(StoreFault)
    }
}
