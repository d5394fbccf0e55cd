//! Nameplate on Arm's MPS2 with FPGA image AN386: a Cortex-M4 with Ethernet. In QEMU only (`mps2-an386`).
//!
//! The cable is UART 0, 115,200 baud, 8N1. Addresses and interrupts: Arm application note AN386 (DAI 0386).
#![no_std]
#![no_main]

// Not in `nameplate-mps2`, where debug assertions would add checks that no release has.
#[cfg(not(debug_assertions))]
compile_error!(
    "this board's keys come from the host of an emulator: it is refused where debug assertions are off"
);

use cortex_m::peripheral::MPU;
use cortex_m_rt::entry;
use nameplate_mps2::Machine;

const MACHINE: Machine = Machine {
    firmware: concat!("nameplate-an386 ", env!("CARGO_PKG_VERSION")),
    hertz: 25_000_000,
    uart: 0x4000_4000,
    uart_interrupt: 0,
    timer: 0x4000_2000,
    timer_interrupt: 10,
    ethernet: 0x4020_0000,
    ethernet_interrupt: 13,
    lights: 0x4002_8000,
};

#[entry]
fn main() -> ! {
    if let Some(core) = cortex_m::Peripherals::take() {
        guard_stack(&core.MPU);
    }
    // SAFETY: the map of AN386. Nothing else runs here.
    unsafe { nameplate_mps2::run(&MACHINE) }
}

/// Makes the 256 MB below the RAM a fault to touch, and with that a stack that grows out of it (see `memory.x`). What is there is
/// reserved, and the emulator answers instead of faulting: it reads as zero. Armv7-M Architecture Reference Manual, section B3.5.
fn guard_stack(mpu: &MPU) {
    const BASE: u32 = 0x1000_0000;
    /// 2^28 bytes that nobody may read, write or execute.
    const NO_ACCESS: u32 = 1 << 28 | 27 << 1 | 1;
    /// On; everywhere else as without it.
    const ON: u32 = 1 << 2 | 1;
    // SAFETY: the program, its data and all that it drives are elsewhere.
    unsafe {
        mpu.rnr.write(0);
        mpu.rbar.write(BASE);
        mpu.rasr.write(NO_ACCESS);
        mpu.ctrl.write(ON);
    }
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
}
