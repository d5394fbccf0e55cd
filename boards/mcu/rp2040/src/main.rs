//! Nameplate on the Raspberry Pi Pico (RP2040, Cortex-M0+). Run in the emulator beside this crate; not yet run on hardware.
//!
//! - The cable is UART0 on GP0 (TX, pin 1) and GP1 (RX, pin 2), 115,200 baud, 8N1, 3.3 V: a Debug Probe's UART socket, or any
//!   USB-serial adapter for 3.3 V.
//! - Firmware: `picotool load -x -t elf rp2040`, or a debug probe.
//! - The page stands at 0x101FF000: `picotool load -t bin -o 0x101ff000 page`. The key has the sector before it,
//!   the certificate chain the four before that.
//! - The light is GP25. On a Pico W the light hangs on the radio chip, and nothing is seen.
//!
//! What its generator is worth stands in [`randomness`]: read that before keys of this board guard anything.
#![no_std]
#![no_main]

mod guard;
mod randomness;
mod uart;

use cortex_m::singleton;
use cortex_m_rt::entry;
use embassy_rp::flash::{Blocking, Flash};
use embassy_rp::gpio::{Level, Output};
use nameplate_mcu::{Board, Parts, Signal};

use crate::randomness::Generator;
use crate::uart::{BUFFER, Cable};

/// Bytes of flash on a Pico.
const FLASH: usize = 2 * 1024 * 1024;

/// The last six sectors of the flash, see `memory.x`.
const CHAIN_SLOTS: u32 = 0x1F_A000;
const KEY_SECTOR: u32 = 0x1F_E000;
const PROVISIONING_SECTOR: u32 = 0x1F_F000;

#[entry]
fn main() -> ! {
    guard::install();
    let parts = embassy_rp::init(embassy_rp::config::Config::default());
    let mut light = Output::new(parts.PIN_25, Level::Low);
    let (Some(sent), Some(received)) = (
        singleton!(: [u8; BUFFER] = [0; BUFFER]),
        singleton!(: [u8; BUFFER] = [0; BUFFER]),
    ) else {
        halt()
    };
    let mut cable = Cable::new(parts.UART0, parts.PIN_0, parts.PIN_1, sent, received);
    let mut board = Board::new(Parts {
        randomness: Generator,
        flash: Flash::<_, Blocking, FLASH>::new_blocking(parts.FLASH),
        key_block: KEY_SECTOR,
        chain_slots: CHAIN_SLOTS,
        page: PROVISIONING_SECTOR,
        firmware: concat!("nameplate-rp2040 ", env!("CARGO_PKG_VERSION")),
        light: move |signal| {
            light.set_level(Level::from(signal != Signal::Identify(0)));
            true
        },
        // The core's own counter has 24 bits and comes round every 134 ms.
        #[cfg(feature = "test-faults")]
        counter: nameplate_mcu::Counter {
            read: || embassy_rp::pac::TIMER.timerawl().read(),
            mask: u32::MAX,
        },
    });
    // A UART never ends.
    let _ = board.serve(&mut cable);
    halt()
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

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    halt()
}
