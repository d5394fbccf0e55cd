//! Flash that loses its power in the middle of any operation, and then reads as it likes.

use std::vec::Vec;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// Size of an erase block. The first is nobody's, the second the key's, and then there are the slots.
pub const BLOCK: u32 = 512;
pub const KEY: u32 = BLOCK;
pub const CHAINS: u32 = 2 * BLOCK;
pub const SLOT: u32 = 9 * BLOCK;
const SIZE: usize = (CHAINS + 2 * SLOT) as usize;

/// Whether these are the key's block, or one slot.
fn is_own(from: u32, to: u32) -> bool {
    (from, to) == (KEY, KEY + BLOCK)
        || (to - from == SLOT && [CHAINS, CHAINS + SLOT].contains(&from))
}

/// Numbers that look random and are the same on every run.
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        self.0.to_be_bytes()[2]
    }
}

/// Flash with units of `UNIT` bytes. A bit that lost its power while it changed is weak. Programmed halfway, each read gives
/// what it likes; erased halfway, the block has one mood from start to start.
#[derive(Clone, Debug)]
pub struct Flash<const UNIT: usize> {
    pub bits: Vec<u8>,
    weak: Vec<u8>,
    half_erased: Vec<u8>,
    pub mood: u8,
    /// Units programmed since the block was erased: flash words with error correction bear it once.
    programmed: Vec<bool>,
    pub erases: u32,
    /// Operations (a unit, or an erase) until the power goes, in the middle of the last one.
    pub power: Option<u32>,
    pub dice: Dice,
}

impl<const UNIT: usize> Flash<UNIT> {
    pub fn new(seed: u64) -> Self {
        Self {
            bits: std::vec![0xFF; SIZE],
            weak: std::vec![0; SIZE],
            half_erased: std::vec![0; SIZE],
            mood: 0,
            programmed: std::vec![false; SIZE / UNIT],
            erases: 0,
            power: None,
            dice: Dice(seed),
        }
    }

    /// Whether the operation that begins now is the one that the power does not last for.
    fn power_goes(&mut self) -> Result<bool, NorFlashErrorKind> {
        match &mut self.power {
            None => Ok(false),
            Some(0) => Err(NorFlashErrorKind::Other),
            Some(left) => {
                *left -= 1;
                Ok(*left == 0)
            }
        }
    }

    /// Which of the weak bits have changed, in a mood: none, all, or some.
    fn changed(&mut self, mood: u8) -> u8 {
        match mood % 3 {
            0 => 0,
            1 => 0xFF,
            _ => self.dice.roll(),
        }
    }

    /// Which bits of each byte a cut operation reached: often all of them, so that it may look finished; otherwise some.
    fn reached(&mut self) -> Option<u8> {
        (!self.dice.roll().is_multiple_of(4)).then_some(0xFF)
    }
}

impl<const UNIT: usize> ErrorType for Flash<UNIT> {
    type Error = NorFlashErrorKind;
}

impl<const UNIT: usize> ReadNorFlash for Flash<UNIT> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len())?;
        // All weak bits as they were, all as they were to be, or any mixture.
        let mood = self.dice.roll();
        for (place, byte) in (offset as usize..).zip(bytes) {
            let programmed = self.weak[place] & self.changed(mood);
            let erased = self.half_erased[place] & self.changed(self.mood);
            *byte = (self.bits[place] & !programmed) | erased;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        SIZE
    }
}

impl<const UNIT: usize> NorFlash for Flash<UNIT> {
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = BLOCK as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to)?;
        assert!(is_own(from, to), "only its own blocks");
        for block in (from..to).step_by(Self::ERASE_SIZE) {
            self.erases += 1;
            let cut = self.power_goes()?;
            let reached = self.reached();
            for place in block as usize..block as usize + Self::ERASE_SIZE {
                if cut {
                    let reached = reached.unwrap_or_else(|| self.dice.roll());
                    self.half_erased[place] |= (!self.bits[place] | self.weak[place]) & reached;
                } else {
                    (self.bits[place], self.weak[place]) = (0xFF, 0);
                    self.half_erased[place] = 0;
                    self.programmed[place / UNIT] = false;
                }
            }
            if cut {
                return Err(NorFlashErrorKind::Other);
            }
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        assert!(offset >= KEY, "only its own blocks");
        for (place, unit) in (offset as usize..).step_by(UNIT).zip(bytes.chunks(UNIT)) {
            let cut = self.power_goes()?;
            // From 8 bytes on a unit is a flash word with error correction.
            if std::mem::replace(&mut self.programmed[place / UNIT], true) && UNIT >= 8 {
                return Err(NorFlashErrorKind::Other);
            }
            let reached = self.reached();
            for (place, byte) in (place..).zip(unit) {
                if cut {
                    self.weak[place] |=
                        self.bits[place] & !byte & reached.unwrap_or_else(|| self.dice.roll());
                } else {
                    self.bits[place] &= byte;
                    self.weak[place] &= *byte;
                    self.half_erased[place] &= *byte;
                }
            }
            if cut {
                return Err(NorFlashErrorKind::Other);
            }
        }
        Ok(())
    }
}
