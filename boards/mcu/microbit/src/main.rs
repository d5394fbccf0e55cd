//! Nameplate on the BBC micro:bit: the smallest board, with a Cortex-M0 and 16 KB of RAM.
//!
//! The cable is UART0 on the pins that lead to the board's USB interface chip, 115,200 baud, 8N1.
#![no_std]
#![no_main]

mod flash;
mod randomness;
mod uart;

use cortex_m_rt::entry;
use nameplate_mcu::{Board, Parts, Signal};
use nrf51_pac::Peripherals;

use crate::flash::Flash;
use crate::randomness::Generator;
use crate::uart::Uart;

/// The last twelve pages of the flash, see `memory.x`.
const CHAIN_SLOTS: u32 = 0x3_D000;
const KEY_PAGE: u32 = 0x3_F800;
const PROVISIONING_PAGE: u32 = 0x3_FC00;

#[entry]
fn main() -> ! {
    let Some(parts) = Peripherals::take() else {
        halt()
    };
    let mut light = Light(parts.GPIO);
    light.show(false);
    let mut uart = Uart::new(parts.UART0);
    let mut board = Board::new(Parts {
        randomness: Generator::new(parts.RNG),
        flash: Flash::new(parts.NVMC),
        key_block: KEY_PAGE,
        chain_slots: CHAIN_SLOTS,
        page: PROVISIONING_PAGE,
        firmware: concat!("nameplate-microbit ", env!("CARGO_PKG_VERSION")),
        light: move |signal| {
            light.show(signal != Signal::Identify(0));
            true
        },
        #[cfg(feature = "test-faults")]
        counter: counter(),
    });
    // A UART never ends.
    let _ = board.serve(&mut uart);
    halt()
}

/// The core's tick counter, 24 bits, counting down at 16 MHz.
#[cfg(feature = "test-faults")]
fn counter() -> nameplate_mcu::Counter {
    use cortex_m::peripheral::SYST;
    use cortex_m::peripheral::syst::SystClkSource;
    const MASK: u32 = 0x00FF_FFFF;
    if let Some(mut core) = cortex_m::Peripherals::take() {
        core.SYST.set_clock_source(SystClkSource::Core);
        core.SYST.set_reload(MASK);
        core.SYST.clear_current();
        core.SYST.enable_counter();
    }
    nameplate_mcu::Counter {
        read: || MASK - SYST::get_current(),
        mask: MASK,
    }
}

/// The middle of the matrix of lights: row 2 driven high (P0.14), column 3 low (P0.06).
struct Light(nrf51_pac::GPIO);

impl Light {
    fn show(&mut self, on: bool) {
        const ROW: u32 = 1 << 14;
        // SAFETY: every bit of OUTSET and OUTCLR is a pin, and these two pins lead to the lights alone.
        unsafe {
            self.0.dirset.write(|w| w.bits(ROW));
            if on {
                self.0.outset.write(|w| w.bits(ROW));
            } else {
                self.0.outclr.write(|w| w.bits(ROW));
            }
        }
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

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    halt()
}
