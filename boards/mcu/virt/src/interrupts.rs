//! Sleeping until a device or the clock has something: the platform's interrupt controller and the core's timer.
//!
//! No interrupt is ever taken. They stay disabled as a whole, and one that is enabled by itself and pending ends `wfi`
//! (RISC-V privileged architecture 1.12, section 3.3.3).

use core::arch::asm;

use crate::register::Register;

/// Ticks of the machine's clock in a millisecond: 10 MHz.
const TICKS: u64 = 10_000;

/// Bits of the CSR `mie`.
const TIMER: usize = 1 << 7;
const EXTERNAL: usize = 1 << 11;

// SAFETY (all): registers of the core-local interruptor (SiFive's CLINT) and of the platform-level interrupt controller, for
// hart 0 in machine mode. They change no memory.
const TIME_LOW: Register<u32> = unsafe { Register::at(0x0200_BFF8) };
const TIME_HIGH: Register<u32> = unsafe { Register::at(0x0200_BFFC) };
const COMPARE_LOW: Register<u32> = unsafe { Register::at(0x0200_4000) };
const COMPARE_HIGH: Register<u32> = unsafe { Register::at(0x0200_4004) };
const ENABLED: Register<u32> = unsafe { Register::at(0x0C00_2000) };
const THRESHOLD: Register<u32> = unsafe { Register::at(0x0C20_0000) };
const CLAIM: Register<u32> = unsafe { Register::at(0x0C20_0004) };

/// Lets a device's interrupt, 1 to 31, end [`wait`].
pub fn enable(number: u8) {
    let number = usize::from(number & 31);
    // SAFETY: the priority of one of the controller's first 32 sources.
    let priority = unsafe { Register::<u32>::at(0x0C00_0000 + 4 * number) };
    priority.write(1);
    THRESHOLD.write(0);
    ENABLED.write(ENABLED.read() | (1 << number));
    // SAFETY: interrupts stay disabled as a whole; this only lets one end `wfi`.
    unsafe { asm!("csrs mie, {}", in(reg) EXTERNAL, options(nomem, nostack)) };
}

/// Sleeps until a device has something. Look at the device before and after: what it has must be taken from it, or it will
/// not be told again.
pub fn wait() {
    // SAFETY: waits, and changes nothing.
    unsafe { asm!("wfi", options(nomem, nostack)) };
    // Claimed and completed at once, so that the next one counts.
    loop {
        match CLAIM.read() {
            0 => break,
            source => CLAIM.write(source),
        }
    }
}

/// As [`wait`], for so many milliseconds at most.
pub fn wait_at_most(milliseconds: u64) {
    let until = ticks().saturating_add(milliseconds.saturating_mul(TICKS));
    let [a, b, c, d, e, f, g, h] = until.to_le_bytes();
    // In this order it is never too early in between.
    COMPARE_HIGH.write(u32::MAX);
    COMPARE_LOW.write(u32::from_le_bytes([a, b, c, d]));
    COMPARE_HIGH.write(u32::from_le_bytes([e, f, g, h]));
    // SAFETY: as in `enable`.
    unsafe { asm!("csrs mie, {}", in(reg) TIMER, options(nomem, nostack)) };
    wait();
    // SAFETY: as in `enable`.
    unsafe { asm!("csrc mie, {}", in(reg) TIMER, options(nomem, nostack)) };
}

/// Milliseconds since the machine was started.
pub fn now() -> u64 {
    ticks() / TICKS
}

fn ticks() -> u64 {
    loop {
        let high = TIME_HIGH.read();
        let low = TIME_LOW.read();
        if high == TIME_HIGH.read() {
            return (u64::from(high) << 32) | u64::from(low);
        }
    }
}
