//! The chip's flash (RM0433, chapter 4): flash words of 32 bytes, each with a code that corrects one wrong bit and finds two.
//!
//! Through the registers. `embassy_stm32::flash` clears errors in the status register, which can't be written on this chip, so
//! that one bad read would make every later write look failed; and it reads without a net: a flash word in which power was
//! lost makes the core fault. Here such a word reads as noise, which is what it is.

use cortex_m::peripheral::SCB;
use embassy_stm32::pac::FLASH;
use embassy_stm32::pac::flash::{Bank, regs};
use embassy_stm32::{Peri, peripherals};
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

const BASE: u32 = 0x0800_0000;
const SIZE: usize = 2 * 1024 * 1024;
const BANK: u32 = 1024 * 1024;
const SECTOR: u32 = 128 * 1024;
const WORD: usize = 32;

/// What a flash word that can't be read is given as: neither erased nor written with zeros, and no checksum fits it.
const NOISE: u8 = 0xA5;

pub struct Flash {
    core: SCB,
}

impl Flash {
    pub fn new(_: Peri<'static, peripherals::FLASH>, core: SCB) -> Self {
        Self { core }
    }

    /// One flash word at an offset that is a multiple of 32, inside the flash.
    ///
    /// With FAULTMASK set and BFHFNMIGN on, a bus error of a load is ignored (Armv7-M Architecture Reference Manual, section
    /// B3.2.8), and the flash tells in DBECCERR that there was one.
    fn word(&mut self, offset: u32) -> [u8; WORD] {
        const IGNORE: u32 = 1 << 8;
        const BUS_FAULTS: u32 = 0xFF << 8;
        let (bank, _) = place(offset);
        bank.ccr().write(|w| w.set_clr_dbeccerr(true));
        let mut bytes = [0; WORD];
        // SAFETY: what is changed of the core is put back below. Read are 32 aligned bytes of the flash.
        unsafe {
            core::arch::asm!("cpsid f", options(nostack));
            self.core.ccr.modify(|ccr| ccr | IGNORE);
            cortex_m::asm::dsb();
            cortex_m::asm::isb();
            let words = (BASE | offset) as *const u32;
            for (at, part) in bytes.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                *part = words.add(at).read_volatile().to_le_bytes();
            }
            cortex_m::asm::dsb();
            self.core.cfsr.write(BUS_FAULTS);
            self.core.ccr.modify(|ccr| ccr & !IGNORE);
            cortex_m::asm::dsb();
            cortex_m::asm::isb();
            core::arch::asm!("cpsie f", options(nostack));
        }
        if bank.sr().read().dbeccerr() {
            bank.ccr().write(|w| w.set_clr_dbeccerr(true));
            bytes = [NOISE; WORD];
        }
        bytes
    }
}

/// The bank of an offset, and the sector in it.
fn place(offset: u32) -> (Bank, u8) {
    let bank = FLASH.bank(usize::from(offset >= BANK));
    // At most 7.
    let sector = u8::try_from(offset % BANK / SECTOR).unwrap_or(0);
    (bank, sector)
}

/// Does something with a bank unlocked, and waits for its end.
fn unlocked(bank: Bank, work: impl FnOnce()) -> Result<(), NorFlashErrorKind> {
    wait(bank);
    clear(bank);
    if bank.cr().read().lock() {
        bank.keyr().write_value(0x4567_0123);
        bank.keyr().write_value(0xCDEF_89AB);
    }
    work();
    cortex_m::asm::dsb();
    wait(bank);
    let status = bank.sr().read();
    // Back to what it is after reset, with 64 bits programmed at a time.
    bank.cr().write(|w| {
        w.set_psize(3);
        w.set_lock(true);
    });
    clear(bank);
    // Not those of reading: they come from the core's own guesses, too.
    if status.wrperr() || status.pgserr() || status.strberr() || status.incerr() || status.operr() {
        return Err(NorFlashErrorKind::Other);
    }
    Ok(())
}

fn wait(bank: Bank) {
    loop {
        let status = bank.sr().read();
        if !(status.bsy() || status.qw() || status.wbne()) {
            return;
        }
    }
}

/// Forgets all errors, and the end of the last operation.
fn clear(bank: Bank) {
    // Every bit that FLASH_CCR has.
    const ALL: u32 = 0x1FEF_0000;
    bank.ccr().write_value(regs::Ccr(ALL));
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len())?;
        let mut rest = bytes;
        let mut at = offset;
        while !rest.is_empty() {
            let inside = at % 32;
            let word = self.word(at.saturating_sub(inside));
            let word = word.get(inside as usize..).unwrap_or_default();
            let count = word.len().min(rest.len());
            let (part, more) = rest
                .split_at_mut_checked(count)
                .ok_or(NorFlashErrorKind::Other)?;
            part.copy_from_slice(word.get(..count).ok_or(NorFlashErrorKind::Other)?);
            rest = more;
            at = at.saturating_add(32).saturating_sub(inside);
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        SIZE
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = SECTOR as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to)?;
        (from..to).step_by(SECTOR as usize).try_for_each(|offset| {
            let (bank, sector) = place(offset);
            unlocked(bank, || {
                let mut control = regs::Cr(0);
                control.set_psize(3);
                control.set_ser(true);
                control.set_snb(sector);
                bank.cr().write_value(control);
                control.set_start(true);
                bank.cr().write_value(control);
            })
        })
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        let (words, _) = bytes.as_chunks::<WORD>();
        (offset..)
            .step_by(WORD)
            .zip(words)
            .try_for_each(|(offset, word)| {
                let (bank, _) = place(offset);
                unlocked(bank, || {
                    bank.cr().write(|w| {
                        w.set_psize(3);
                        w.set_pg(true);
                    });
                    cortex_m::asm::dsb();
                    cortex_m::asm::isb();
                    let place = (BASE | offset) as *mut u32;
                    for (at, part) in word.as_chunks::<4>().0.iter().enumerate() {
                        // SAFETY: inside the flash and aligned, checked above; the controller gathers eight such writes to a
                        // flash word and programs it.
                        unsafe { place.add(at).write_volatile(u32::from_le_bytes(*part)) };
                    }
                })
            })
    }
}
