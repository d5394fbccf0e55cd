//! The machine's second flash bank: two 16-bit chips side by side with Intel's command set (Common Flash Interface, Intel
//! application note 646). Every command goes to both, and both halves of a status word count.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

const BASE: usize = 0x2200_0000;
const SIZE: usize = 32 * 1024 * 1024;
/// One block of each chip.
const ERASE_SIZE: usize = 256 * 1024;

const READ_ARRAY: u32 = 0x00FF_00FF;
const CLEAR_STATUS: u32 = 0x0050_0050;
const PROGRAM: u32 = 0x0040_0040;
const ERASE: u32 = 0x0020_0020;
const CONFIRM: u32 = 0x00D0_00D0;

const READY: u32 = 0x0080_0080;
/// Erase failed, program failed, voltage too low, block locked.
const FAILED: u32 = 0x003A_003A;

/// Looks at the status before a chip is called broken: far more than the emulator needs.
const PATIENCE: u32 = 10_000_000;

pub struct Flash(());

impl Flash {
    pub fn new() -> Self {
        let flash = Self(());
        flash.write_word(0, READ_ARRAY);
        flash
    }

    /// Waits for the chips' work at `offset`, and makes them readable again.
    fn finish(&self, offset: u32) -> Result<(), NorFlashErrorKind> {
        let mut status = 0;
        for _ in 0..PATIENCE {
            status = self.read_word(offset);
            if status & READY == READY {
                break;
            }
        }
        self.write_word(offset, CLEAR_STATUS);
        self.write_word(offset, READ_ARRAY);
        if status & READY == READY && status & FAILED == 0 {
            Ok(())
        } else {
            Err(NorFlashErrorKind::Other)
        }
    }

    fn place(offset: u32) -> *mut u32 {
        // The offset stays inside the bank, whatever it is.
        (BASE + (offset as usize & (SIZE - 4))) as *mut u32
    }

    fn read_word(&self, offset: u32) -> u32 {
        // SAFETY: an aligned word of the bank.
        unsafe { Self::place(offset).read_volatile() }
    }

    fn write_word(&self, offset: u32, word: u32) {
        // SAFETY: an aligned word of the bank. What is written are commands and words to be programmed; no Rust value
        // lives there.
        unsafe { Self::place(offset).write_volatile(word) }
    }
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len())?;
        let (words, _) = bytes.as_chunks_mut::<4>();
        for (word, at) in words.iter_mut().zip((offset..).step_by(4)) {
            *word = self.read_word(at).to_le_bytes();
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        SIZE
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to)?;
        for block in (from..to).step_by(ERASE_SIZE) {
            self.write_word(block, ERASE);
            self.write_word(block, CONFIRM);
            self.finish(block)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        let (words, _) = bytes.as_chunks::<4>();
        for (word, at) in words.iter().zip((offset..).step_by(4)) {
            self.write_word(at, PROGRAM);
            self.write_word(at, u32::from_le_bytes(*word));
            self.finish(at)?;
        }
        Ok(())
    }
}
