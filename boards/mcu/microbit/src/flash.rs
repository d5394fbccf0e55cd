//! The chip's flash, through its non-volatile memory controller.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use nrf51_pac::NVMC;

const SIZE: usize = 256 * 1024;
const PAGE: usize = 1024;

pub struct Flash(NVMC);

impl Flash {
    pub fn new(nvmc: NVMC) -> Self {
        Self(nvmc)
    }

    fn wait(&self) {
        while self.0.ready.read().ready().is_busy() {}
    }
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len())?;
        for (place, byte) in bytes.iter_mut().enumerate() {
            // SAFETY: checked above: inside the flash, which can be read byte by byte from address 0 on.
            *byte = unsafe { (offset as *const u8).add(place).read_volatile() };
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        SIZE
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to)?;
        self.0.config.write(|w| w.wen().een());
        for page in (from..to).step_by(PAGE) {
            // SAFETY: a page of the flash, checked above. Whose it is is the caller's business: the last are the board's own.
            self.0.erasepage().write(|w| unsafe { w.bits(page) });
            self.wait();
        }
        self.0.config.write(|w| w.wen().ren());
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        self.0.config.write(|w| w.wen().wen());
        let (words, _) = bytes.as_chunks::<4>();
        for (place, word) in words.iter().enumerate() {
            // SAFETY: inside the flash and aligned, checked above; the controller takes the write as one word to program.
            unsafe {
                (offset as *mut u32)
                    .add(place)
                    .write_volatile(u32::from_le_bytes(*word));
            }
            self.wait();
        }
        self.0.config.write(|w| w.wen().ren());
        Ok(())
    }
}
