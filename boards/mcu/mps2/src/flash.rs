//! A file `flash.bin` in the emulator's working directory as NOR flash, for tests: what is on an MPS2 is gone with the power.
//!
//! The host makes the file, 24 KB of 0xFF and a provisioning page. As in real flash a write only clears bits, an erase sets
//! a whole block, and both are done in steps between which power can be lost: a word, and a part of a block.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

use crate::host_file::{HostFault, HostFile, Mode};

/// Where the key is kept.
pub const KEY_BLOCK: u32 = 0;
/// Where the factory wrote which board this is.
pub const PROVISIONING_PAGE: u32 = 4096;
/// Where the two slots for certificate chains are, of two blocks each.
pub const CHAIN_SLOTS: u32 = 8192;

const SIZE: usize = 24576;
const BLOCK: usize = 4096;
const WORD: usize = 4;

/// What is erased at once, in bytes.
const STEP: usize = 256;

pub struct HostFlash(HostFile);

impl HostFlash {
    pub fn new() -> Self {
        Self(HostFile::open(c"flash.bin", Mode::ReadAndWrite))
    }

    fn get(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), HostFault> {
        self.0.seek(offset)?;
        self.0.read(bytes)
    }

    fn put(&mut self, offset: u32, bytes: &[u8]) -> Result<(), HostFault> {
        self.0.seek(offset)?;
        self.0.write(bytes)
    }

    fn program(&mut self, offset: u32, word: [u8; WORD]) -> Result<(), HostFault> {
        let mut held = [0; WORD];
        self.get(offset, &mut held)?;
        let programmed = u32::from_le_bytes(held) & u32::from_le_bytes(word);
        self.put(offset, &programmed.to_le_bytes())
    }
}

impl ErrorType for HostFlash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for HostFlash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len())?;
        self.get(offset, bytes)
            .map_err(|_| NorFlashErrorKind::Other)
    }

    fn capacity(&self) -> usize {
        SIZE
    }
}

impl NorFlash for HostFlash {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = BLOCK;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to)?;
        for offset in (from..to).step_by(STEP) {
            self.put(offset, &[0xFF; STEP])
                .map_err(|_| NorFlashErrorKind::Other)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        let (words, _) = bytes.as_chunks::<WORD>();
        for (place, word) in (offset..).step_by(WORD).zip(words) {
            self.program(place, *word)
                .map_err(|_| NorFlashErrorKind::Other)?;
        }
        Ok(())
    }
}
