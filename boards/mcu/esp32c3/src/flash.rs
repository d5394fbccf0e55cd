//! The flash chip, through the boot ROM's functions.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use esp_storage::FlashStorage;
use zeroize::Zeroize;

/// The ROM moves whole words; unaligned buffers would go through 4 KB of esp-storage's on the stack, where the key would stay.
#[repr(align(4))]
struct Words([u8; 64]);

impl Drop for Words {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

pub struct Flash(FlashStorage<'static>);

impl Flash {
    pub fn new(flash: FlashStorage<'static>) -> Self {
        Self(flash)
    }
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = FlashStorage::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len())?;
        let mut words = Words([0; 64]);
        let mut at = offset;
        for part in bytes.chunks_mut(words.0.len()) {
            let words = words
                .0
                .get_mut(..part.len())
                .ok_or(NorFlashErrorKind::Other)?;
            self.0
                .read_nor(at, words)
                .map_err(|_| NorFlashErrorKind::Other)?;
            part.copy_from_slice(words);
            at = at.saturating_add(64);
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = FlashStorage::WRITE_SIZE;
    const ERASE_SIZE: usize = FlashStorage::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to)?;
        self.0.erase(from, to).map_err(|_| NorFlashErrorKind::Other)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        let mut words = Words([0; 64]);
        let mut at = offset;
        for part in bytes.chunks(words.0.len()) {
            let words = words
                .0
                .get_mut(..part.len())
                .ok_or(NorFlashErrorKind::Other)?;
            words.copy_from_slice(part);
            self.0
                .write_nor(at, words)
                .map_err(|_| NorFlashErrorKind::Other)?;
            at = at.saturating_add(64);
        }
        Ok(())
    }
}
