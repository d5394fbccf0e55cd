//! Nameplate on Arm's MPS2 with FPGA image AN505: a Cortex-M33 with Ethernet. In QEMU only (`mps2-an505`).
//!
//! Everything runs in the secure state. The cable is UART 0, 115,200 baud, 8N1. Addresses and interrupts: Arm application note
//! AN505 (DAI 0505).
#![no_std]
#![no_main]

// Not in `nameplate-mps2`, where debug assertions would add checks that no release has.
#[cfg(not(debug_assertions))]
compile_error!(
    "this board's keys come from the host of an emulator: it is refused where debug assertions are off"
);

use cortex_m_rt::entry;
use nameplate_mps2::Machine;

const MACHINE: Machine = Machine {
    firmware: concat!("nameplate-an505 ", env!("CARGO_PKG_VERSION")),
    hertz: 20_000_000,
    uart: 0x5020_0000,
    uart_interrupt: 32,
    timer: 0x5000_2000,
    timer_interrupt: 5,
    ethernet: 0x5200_0000,
    ethernet_interrupt: 48,
    lights: 0x5030_2000,
};

// A stack that grows too far meets the limit that cortex-m-rt sets (its feature `set-msplim`), and faults.
#[entry]
fn main() -> ! {
    // SAFETY: the map of AN505, as the secure state sees it. Nothing else runs here.
    unsafe { nameplate_mps2::run(&MACHINE) }
}
