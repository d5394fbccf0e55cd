//! Nameplate on the Raspberry Pi Pico 2 (RP2350 with its Cortex-M33 cores). **Not yet run on hardware**: compiled and
//! size-checked only.
//!
//! - The cable is UART0 on GP0 (TX, pin 1) and GP1 (RX, pin 2), 115,200 baud, 8N1, 3.3 V: a Debug Probe's UART socket, or any
//!   USB-serial adapter for 3.3 V.
//! - Firmware: `picotool load -x -t elf rp2350`, or a debug probe.
//! - The page stands at 0x101FD000: `picotool load -t bin -o 0x101fd000 page`. The key has the sector before it,
//!   the certificate chain the four before that.
//! - The light is GP25. On a Pico 2 W the light hangs on the radio chip, and nothing is seen.
//!
//! Not sure until somebody has tried: what the generator's samples are worth (see [`randomness`]).
#![no_std]
#![no_main]

mod randomness;
mod uart;

use cortex_m::singleton;
use cortex_m_rt::entry;
use embassy_rp::flash::{Blocking, Flash};
use embassy_rp::gpio::{Level, Output};
use nameplate_mcu::{Board, Parts, Signal};

use crate::randomness::Generator;
use crate::uart::{BUFFER, Cable};

/// Bytes of flash that are used: a Pico 2 has twice as much.
const FLASH: usize = 2 * 1024 * 1024;

/// Six sectors of 4 KB beyond the image, see `memory.x`. Not the last one, as on the RP2040: UF2 files for this chip hold a
/// block that can make the boot ROM erase the flash's last sector (the work-around for erratum RP2350-E10), which on boards
/// with 2 MB is at 0x1F_F000.
const CHAIN_SLOTS: u32 = 0x1F_8000;
const KEY_SECTOR: u32 = 0x1F_C000;
const PROVISIONING_SECTOR: u32 = 0x1F_D000;

#[entry]
fn main() -> ! {
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
        randomness: Generator::new(parts.TRNG),
        flash: Flash::<_, Blocking, FLASH>::new_blocking(parts.FLASH),
        key_block: KEY_SECTOR,
        chain_slots: CHAIN_SLOTS,
        page: PROVISIONING_SECTOR,
        firmware: concat!("nameplate-rp2350 ", env!("CARGO_PKG_VERSION")),
        light: move |signal| show(&mut light, signal),
    });
    // A UART never ends.
    let _ = board.serve(&mut cable);
    halt()
}

/// On its own, so that the check of the image tells the HAL's assertion about a pin's number from the agent's code.
#[inline(never)]
fn show(light: &mut Output<'_>, signal: Signal) -> bool {
    light.set_level(Level::from(signal != Signal::Identify(0)));
    true
}

fn halt() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}

/// Every fault ends here, also that of a stack that came to its limit. It uses no stack, since there may be none left.
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
