//! The board's one private key in one erase block of NOR flash, safe against power lost at any moment.
//!
//! The block holds, in units of the flash's write size (4 to 32 bytes, each written once between two erases):
//!
//! ```text
//! record      "NPK1", key (32 bytes), CRC-32 of both, 0xFF up to whole units
//! committed   the record is whole: from here on there is a key
//! wiped       no, there is none: the block is being erased; means nothing once the key is settled
//! settled     a start has found the key and goes on with it for ever; twice
//! forgotten   the key is being erased, as somebody asked
//! ```
//!
//! A mark is a unit of zeros, so that every one of its bits was programmed. Power lost while a unit is programmed leaves it
//! somewhere between, and it may read one way now and another way later. So nothing is decided by such a unit twice: what
//! [`KeyFlash::load`] finds, it makes firm (it writes `settled`, or wipes the block) before anybody acts on it. There are two
//! of `settled` so that power may be lost there, too.
//!
//! The same holds for an erase that lost its power: the block may look untouched, blank, or like noise, and change its looks.
//! So a mark is written before every erase, and nothing is written to a block that was not erased since the board started.
//! Taken for impossible is that such a block reads as before in all places but that of the mark.
//!
//! What is left: power lost in the very write of `forgotten` may leave a key that a later start finds forgotten. The one who
//! asked was not told that it was done.
//!
//! Wear: a key costs one erase when it is made and one when it is forgotten; starting, asking and proving cost none. Flash
//! that bears 10,000 erases bears 5,000 keys. Nothing moves, since nothing else is kept here.

use embedded_storage::nor_flash::NorFlash;
use nameplate_agent::{CertificateStore, KeyStore, PRIVATE_KEY_BYTES, StoreFault};
use nameplate_wire::frame::checksum;
use zeroize::Zeroizing;

const MAGIC: [u8; 4] = *b"NPK1";

/// Where in the record the checksum stands, and where the record ends.
const SUM: usize = MAGIC.len() + PRIVATE_KEY_BYTES;
const RECORD: usize = SUM + 4;

/// Greatest write size that is served, in bytes: a flash word of an STM32H7.
const GREATEST_UNIT: usize = 32;

/// The record in whole units, at most.
const GREATEST_RECORD: usize = RECORD.next_multiple_of(GREATEST_UNIT);

/// Bytes read at once when a block is looked through.
const CHUNK: usize = 32;

/// A key store in the erase block that begins at an offset of a flash.
#[derive(Debug)]
pub struct KeyFlash<F> {
    flash: F,
    block: u32,
}

/// How a unit reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Blank,
    Set,
    /// Between, or not to be read: power was lost while it was programmed or erased.
    Torn,
}

/// What a block holds.
enum Held {
    /// Nothing that was ever a key.
    Nothing,
    /// A key that is not wanted, or part of one: to be erased before anything else.
    Leftovers,
    /// A key, and which of its `settled` are written.
    Key([bool; 2]),
    /// What was a key once, and can't be read any more.
    Broken,
}

impl<F: NorFlash> KeyFlash<F> {
    const UNIT: usize = {
        assert!(
            F::WRITE_SIZE <= GREATEST_UNIT && GREATEST_UNIT.is_multiple_of(F::WRITE_SIZE),
            "the key store serves write sizes of 1, 2, 4, 8, 16 and 32 bytes"
        );
        assert!(
            CHUNK.is_multiple_of(F::READ_SIZE) && F::READ_SIZE <= 4,
            "the key store serves read sizes of 1, 2 and 4 bytes"
        );
        if F::WRITE_SIZE < 4 { 4 } else { F::WRITE_SIZE }
    };
    const COMMITTED: usize = RECORD.next_multiple_of(Self::UNIT);
    const WIPED: usize = Self::COMMITTED + Self::UNIT;
    const SETTLED: [usize; 2] = [Self::WIPED + Self::UNIT, Self::WIPED + 2 * Self::UNIT];
    const FORGOTTEN: usize = Self::WIPED + 3 * Self::UNIT;
    const USED: usize = Self::FORGOTTEN + Self::UNIT;

    /// A store in the erase block at `block`, in bytes from the beginning of the flash. Nobody else may write there.
    pub const fn new(flash: F, block: u32) -> Self {
        const { assert!(Self::USED <= F::ERASE_SIZE, "an erase block is too small") }
        Self { flash, block }
    }

    /// What the block holds; a key is put into `key`. The caller has the place, so that no copy is left behind on the way.
    fn held(&mut self, key: &mut [u8; PRIVATE_KEY_BYTES]) -> Result<Held, StoreFault> {
        if self.is_blank()? {
            return Ok(Held::Nothing);
        }
        let settled = Self::SETTLED.map(|place| self.mark(place) == Mark::Set);
        let is_key = settled.contains(&true)
            || (self.mark(Self::COMMITTED) == Mark::Set && self.mark(Self::WIPED) == Mark::Blank);
        if !is_key || self.mark(Self::FORGOTTEN) != Mark::Blank {
            return Ok(Held::Leftovers);
        }
        Ok(if self.record(key)? {
            Held::Key(settled)
        } else {
            Held::Broken
        })
    }

    /// Writes what is missing of `settled`. One of them does: the other may be a flash word in which power was lost. And where
    /// it was lost in both, `committed` has outlived it twice.
    fn settle(&mut self, [first, second]: [bool; 2]) {
        if second {
            return;
        }
        if !first {
            let _ = self.set(Self::SETTLED[0]);
        }
        let _ = self.set(Self::SETTLED[1]);
    }

    /// Puts the key in the record into `key`, if that is whole; `false` where it is not, and then `key` does not matter.
    fn record(&mut self, key: &mut [u8; PRIVATE_KEY_BYTES]) -> Result<bool, StoreFault> {
        let mut record = Zeroizing::new([0; RECORD]);
        self.flash
            .read(self.block, &mut record[..])
            .map_err(|_| StoreFault)?;
        let (body, sum) = record.split_at(SUM);
        let (magic, found) = body.split_at(MAGIC.len());
        key.copy_from_slice(found);
        Ok(magic == MAGIC && sum == checksum(body).to_le_bytes())
    }

    /// A unit that can't be read is torn: flash with error correction reports what power left half-programmed.
    fn mark(&mut self, place: usize) -> Mark {
        let mut bytes = [0; GREATEST_UNIT];
        let Some(unit) = bytes.get_mut(..Self::UNIT) else {
            return Mark::Torn;
        };
        if self.flash.read(self.at(place), unit).is_err() {
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

    fn set(&mut self, place: usize) -> Result<(), StoreFault> {
        let zeros = [0; GREATEST_UNIT];
        let unit = zeros.get(..Self::UNIT).unwrap_or_default();
        self.program(place, unit)?;
        match self.mark(place) {
            Mark::Set => Ok(()),
            Mark::Blank | Mark::Torn => Err(StoreFault),
        }
    }

    /// Erases the block and looks whether it is blank. From the `mark` on nothing in it counts, however long the erase takes.
    fn wipe(&mut self, mark: usize) -> Result<(), StoreFault> {
        // A flash word in which power was lost can't be written again; it is erased all the same.
        let _ = self.set(mark);
        self.erase_block()?;
        self.is_blank()?.then_some(()).ok_or(StoreFault)
    }

    /// One of the two steps that change the flash: what is before it is done, what is after it has not begun. Apart, so that
    /// tests can cut the power of a running board at each.
    #[inline(never)]
    fn program(&mut self, place: usize, unit: &[u8]) -> Result<(), StoreFault> {
        let at = self.at(place);
        self.flash.write(at, unit).map_err(|_| StoreFault)
    }

    /// The other one.
    #[inline(never)]
    fn erase_block(&mut self) -> Result<(), StoreFault> {
        let size = u32::try_from(F::ERASE_SIZE).map_err(|_| StoreFault)?;
        self.flash
            .erase(self.block, self.block.saturating_add(size))
            .map_err(|_| StoreFault)
    }

    /// Whether nothing is written where this store writes.
    fn is_blank(&mut self) -> Result<bool, StoreFault> {
        let mut chunk = Zeroizing::new([0; CHUNK]);
        for place in (0..Self::USED).step_by(CHUNK) {
            let length = Self::USED.saturating_sub(place).min(CHUNK);
            let chunk = chunk.get_mut(..length).ok_or(StoreFault)?;
            let at = self.at(place);
            self.flash.read(at, chunk).map_err(|_| StoreFault)?;
            if chunk.iter().any(|byte| *byte != 0xFF) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn at(&self, place: usize) -> u32 {
        // At most a few hundred.
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        self.block.saturating_add(place)
    }

    fn write_record(&mut self, key: &[u8; PRIVATE_KEY_BYTES]) -> Result<(), StoreFault> {
        let mut record = Zeroizing::new([0xFF; GREATEST_RECORD]);
        let (body, rest) = record.split_at_mut(SUM);
        let (magic, place) = body.split_at_mut(MAGIC.len());
        magic.copy_from_slice(&MAGIC);
        place.copy_from_slice(key);
        let sum = checksum(body).to_le_bytes();
        rest.get_mut(..sum.len())
            .ok_or(StoreFault)?
            .copy_from_slice(&sum);
        let record = record.get(..Self::COMMITTED).ok_or(StoreFault)?;
        for (number, unit) in record.chunks(Self::UNIT).enumerate() {
            self.program(number.saturating_mul(Self::UNIT), unit)?;
        }
        let mut written = Zeroizing::new([0; PRIVATE_KEY_BYTES]);
        let kept = self.record(&mut written)? && *written == *key;
        kept.then_some(()).ok_or(StoreFault)
    }
}

impl<F: NorFlash> KeyStore for KeyFlash<F> {
    fn load(&mut self, key: &mut [u8; PRIVATE_KEY_BYTES]) -> Result<bool, StoreFault> {
        match self.held(key)? {
            Held::Nothing => Ok(false),
            Held::Leftovers => self.wipe(Self::WIPED).map(|()| false),
            Held::Broken => Err(StoreFault),
            Held::Key(settled) => {
                self.settle(settled);
                Ok(true)
            }
        }
    }

    fn store(&mut self, key: &[u8; PRIVATE_KEY_BYTES]) -> Result<(), StoreFault> {
        // One key for ever, until it is erased.
        let mut held = Zeroizing::new([0; PRIVATE_KEY_BYTES]);
        if let Held::Key(_) | Held::Broken = self.held(&mut held)? {
            return Err(StoreFault);
        }
        // Also what looks blank: an erase that lost its power can look so, and not last.
        self.wipe(Self::WIPED)?;
        self.write_record(key)?;
        self.set(Self::COMMITTED)
    }

    fn erase(&mut self) -> Result<(), StoreFault> {
        let mut held = Zeroizing::new([0; PRIVATE_KEY_BYTES]);
        match self.held(&mut held)? {
            Held::Nothing => Ok(()),
            Held::Leftovers | Held::Key(_) | Held::Broken => self.wipe(Self::FORGOTTEN),
        }
    }
}

/// This board keeps no certificates yet.
impl<F: NorFlash> CertificateStore for KeyFlash<F> {}

#[cfg(test)]
mod tests;
