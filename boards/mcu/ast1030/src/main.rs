//! Nameplate on the Aspeed AST1030: a management controller with a Cortex-M4F, as on the AST1030-EVB.
//!
//! The cable is UART5, the chip's console, 115,200 baud, 8N1. Key, certificates and provisioning page are in the SPI NOR at
//! chip select 0 of the flash controller. Run in QEMU's `ast1030-evb`; not yet run on hardware.
#![no_std]
#![no_main]

mod flash;
mod mpu;
mod randomness;
mod registers;
mod uart;

use cortex_m_rt::entry;
use nameplate_mcu::{Board, Parts};

use crate::flash::Flash;
use crate::randomness::Generator;
use crate::uart::Uart;

/// The last six erase blocks of a flash of 4 MB. A build that keeps its boot image in the same flash begins it at 0.
const CHAIN_SLOTS: u32 = 0x3F_A000;
const KEY_BLOCK: u32 = 0x3F_E000;
const PROVISIONING_PAGE: u32 = 0x3F_F000;

#[entry]
fn main() -> ! {
    let Some(mut core) = cortex_m::Peripherals::take() else {
        halt()
    };
    mpu::enable(&mut core.MPU);
    let mut uart = Uart::new();
    let mut board = Board::new(Parts {
        randomness: Generator::new(),
        flash: Flash::new(),
        key_block: KEY_BLOCK,
        chain_slots: CHAIN_SLOTS,
        page: PROVISIONING_PAGE,
        firmware: concat!("nameplate-ast1030 ", env!("CARGO_PKG_VERSION")),
        light: |_| false,
        #[cfg(feature = "test-faults")]
        counter: counter(&mut core.SYST),
    });
    // A UART never ends.
    let _ = board.serve(&mut uart);
    halt()
}

/// The core's tick counter, 24 bits, counting down at 200 MHz: it comes round in 84 ms.
#[cfg(feature = "test-faults")]
fn counter(ticks: &mut cortex_m::peripheral::SYST) -> nameplate_mcu::Counter {
    use cortex_m::peripheral::SYST;
    const MASK: u32 = 0x00FF_FFFF;
    ticks.set_clock_source(cortex_m::peripheral::syst::SystClkSource::Core);
    ticks.set_reload(MASK);
    ticks.clear_current();
    ticks.enable_counter();
    nameplate_mcu::Counter {
        read: || MASK - SYST::get_current(),
        mask: MASK,
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
