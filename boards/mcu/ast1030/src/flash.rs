//! The SPI NOR at chip select 0, through the flash controller's user mode: its window is the bus, byte by byte.
//!
//! Commands with addresses of 3 bytes, which every SPI NOR of up to 16 MB has: read 03, page program 02, sector erase 20.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

use crate::registers::{FMC_CONFIGURATION, FMC_CONTROL, FMC_WINDOW};

const SIZE: usize = 4 * 1024 * 1024;
const SECTOR: usize = 4096;
/// What one page program takes; it must not cross a multiple of it.
const PAGE: u32 = 256;

const PAGE_PROGRAM: u8 = 0x02;
const READ: u8 = 0x03;
const READ_STATUS: u8 = 0x05;
const WRITE_ENABLE: u8 = 0x06;
const SECTOR_ERASE: u8 = 0x20;

/// The status register's bit 0: an erase or a program is under way.
const BUSY: u8 = 1;

/// How often the status is asked for before the flash is called broken: at least a second even at 50 MHz, where a question
/// takes 16 clocks. A sector erase takes up to 0.4 s, a page program up to 3 ms.
const PATIENCE: u32 = 4_000_000;

pub struct Flash(());

impl Flash {
    pub fn new() -> Self {
        const WRITABLE: u32 = 1 << 16;
        FMC_CONFIGURATION.write(FMC_CONFIGURATION.read() | WRITABLE);
        let mut flash = Self(());
        // A reset can come in the middle of an erase, which then goes on. One that never ends is found when it matters.
        let _ = flash.wait();
        flash
    }

    /// One command: the flash is selected, `bytes` are sent, `answer` is received, the flash is released.
    fn command(&mut self, bytes: &[&[u8]], answer: &mut [u8]) {
        // Control register: clock and timing stay as the boot ROM left them; one data line, user mode.
        const LINES_COMMAND_MODE: u32 = 0xF0FF_0007;
        const USER_MODE: u32 = 0b011;
        const RELEASED: u32 = 1 << 2;
        let before = FMC_CONTROL.read();
        let user = (before & !LINES_COMMAND_MODE) | USER_MODE;
        FMC_CONTROL.write(user | RELEASED);
        FMC_CONTROL.write(user);
        for byte in bytes.iter().copied().flatten() {
            FMC_WINDOW.write(*byte);
        }
        for place in answer {
            *place = FMC_WINDOW.read();
        }
        FMC_CONTROL.write(user | RELEASED);
        FMC_CONTROL.write(before);
    }

    fn change(&mut self, command: u8, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        self.command(&[&[WRITE_ENABLE]], &mut []);
        self.command(&[&[command], &address(offset), bytes], &mut []);
        self.wait()
    }

    fn wait(&mut self) -> Result<(), NorFlashErrorKind> {
        for _ in 0..PATIENCE {
            let mut status = [0];
            self.command(&[&[READ_STATUS]], &mut status);
            let [status] = status;
            if status & BUSY == 0 {
                return Ok(());
            }
        }
        Err(NorFlashErrorKind::Other)
    }
}

fn address(offset: u32) -> [u8; 3] {
    let [_, high, middle, low] = offset.to_be_bytes();
    [high, middle, low]
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len())?;
        self.command(&[&[READ], &address(offset)], bytes);
        Ok(())
    }

    fn capacity(&self) -> usize {
        SIZE
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to)?;
        for sector in (from..to).step_by(SECTOR) {
            self.change(SECTOR_ERASE, sector, &[])?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        let (mut offset, mut bytes) = (offset, bytes);
        while !bytes.is_empty() {
            let room = PAGE - offset % PAGE;
            let (now, rest) = bytes
                .split_at_checked(room as usize)
                .unwrap_or((bytes, &[]));
            self.change(PAGE_PROGRAM, offset, now)?;
            // Where it is too much, nothing is left to write: `check_write` saw to it.
            offset = offset.saturating_add(room);
            bytes = rest;
        }
        Ok(())
    }
}
