//! Where a new board begins: copy this folder, and fill in what is marked YOURS. `README.md` beside it goes through it.
//!
//! As it stands it builds and is of no use: its generator reports a fault, its flash can't be read, and its cable stays
//! silent. Nothing here pretends to work.
#![no_std]
#![no_main]

use core::convert::Infallible;

use cortex_m_rt::entry;
use embedded_io::{Read, Write};
use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};
use nameplate_agent::{Randomness, RandomnessFault};
use nameplate_mcu::{Board, Parts, Signal};

/// YOURS: where the erase blocks begin that `memory.x` leaves free, in bytes from the beginning of the flash: two slots for
/// certificate chains, of `FlashStore::<Flash>::SLOT` bytes each, the key, the page.
const CHAIN_SLOTS: u32 = 0x3_A000;
const KEY_BLOCK: u32 = 0x3_E000;
const PROVISIONING_PAGE: u32 = 0x3_F000;

#[entry]
fn main() -> ! {
    // YOURS: clocks, pins, peripherals.
    let mut cable = Cable;
    let mut board = Board::new(Parts {
        randomness: Generator,
        flash: Flash,
        key_block: KEY_BLOCK,
        chain_slots: CHAIN_SLOTS,
        page: PROVISIONING_PAGE,
        firmware: concat!("nameplate-template ", env!("CARGO_PKG_VERSION")),
        light,
    });
    // A UART never ends.
    let _ = board.serve(&mut cable);
    halt()
}

/// YOURS: the light. `false` where the board has none: the operator is told so.
fn light(signal: Signal) -> bool {
    match signal {
        Signal::Identify(_seconds) => false,
        Signal::Recorded => false,
    }
}

/// YOURS: the chip's true random number generator. Never a counter, a clock, or a generator that was seeded by one.
struct Generator;

impl Randomness for Generator {
    // YOURS: what the maker claims for 8 bits of it, with the page of the manual; 1 where nothing is claimed.
    const MIN_ENTROPY_BITS: u8 = 1;

    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        // For each sample: wait, for a bounded time, until the generator is ready; look at its fault flags; read it.
        let _ = samples;
        Err(RandomnessFault)
    }
}

/// YOURS: the flash, or the HAL's own type, which often implements these traits already.
struct Flash;

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, _offset: u32, _bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        Err(NorFlashErrorKind::Other)
    }

    fn capacity(&self) -> usize {
        256 * 1024
    }
}

impl NorFlash for Flash {
    /// What the chip programs at once, 1 to 32 bytes.
    const WRITE_SIZE: usize = 4;
    /// What it erases at once.
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, _from: u32, _to: u32) -> Result<(), NorFlashErrorKind> {
        Err(NorFlashErrorKind::Other)
    }

    fn write(&mut self, _offset: u32, _bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        Err(NorFlashErrorKind::Other)
    }
}

/// YOURS: the UART or the USB port that leads to the bench: 115,200 baud, 8N1. The board's own log may go over it as well,
/// as long as it never holds the byte 0x1E.
struct Cable;

impl embedded_io::ErrorType for Cable {
    type Error = Infallible;
}

impl Read for Cable {
    /// Waits for at least one byte, asleep: enable the receive interrupt and keep interrupts masked; a pending one ends `wfi`.
    fn read(&mut self, _bytes: &mut [u8]) -> Result<usize, Infallible> {
        loop {
            cortex_m::asm::wfi();
        }
    }
}

impl Write for Cable {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn halt() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}

/// Every fault ends here. It uses no stack, since there may be none left.
// SAFETY: the symbol is cortex-m-rt's for this handler; the core enters it with nothing on its stack that is needed.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn HardFault() -> ! {
    core::arch::naked_asm!("1: wfi", "b 1b")
}

/// The linked image is checked: nothing that comes over the wire leads here.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    halt()
}
