//! From reset to `main`, and the end of everything.
//!
//! Code and constants are locked against writing before the stack is used (physical memory protection, RISC-V privileged
//! architecture 1.12, section 3.7): the stack stands right above them, so a stack that overflows faults on its first write
//! there and nothing is overwritten. The fault's handler uses no stack.

use core::arch::{asm, global_asm};

// 0x9D: locked, naturally aligned power of two, may be executed and read.
global_asm!(
    r#"
    .section .init, "ax"
    .globl _start
_start:
    csrw mie, zero
    csrr t0, mhartid
    bnez t0, _halt
    la t0, _fault
    csrw mtvec, t0
    la t0, _locked_range
    csrw pmpaddr0, t0
    li t0, 0x9D
    csrw pmpcfg0, t0
    la t0, _bss_start
    la t1, _bss_end
1:  bgeu t0, t1, 2f
    sw zero, 0(t0)
    addi t0, t0, 4
    j 1b
2:  la t0, _stack_end
    la sp, _stack_start
    li t1, 0xCCCCCCCC
3:  sw t1, 0(t0)
    addi t0, t0, 4
    bltu t0, sp, 3b
    call {main}
_halt:
    wfi
    j _halt
    "#,
    main = sym enter,
);

#[cfg(not(feature = "test-faults"))]
global_asm!(
    r#"
    .section .init, "ax"
    .balign 4
_fault:
    j _halt
    "#
);

// A test sees the fault as the emulator's exit code: the cause (7: a write that is not allowed).
#[cfg(feature = "test-faults")]
global_asm!(
    r#"
    .section .init, "ax"
    .balign 4
_fault:
    csrr t0, mcause
    slli t0, t0, 16
    li t1, 0x3333
    or t0, t0, t1
    li t1, 0x100000
    sw t0, 0(t1)
    j _halt
    "#
);

extern "C" fn enter() -> ! {
    crate::main()
}

/// Sleeps for ever: interrupts are never taken here.
pub fn halt() -> ! {
    loop {
        // SAFETY: waits, and changes nothing.
        unsafe { asm!("wfi", options(nomem, nostack)) };
    }
}

/// The emulator's exit code of a panic, in builds for tests.
#[cfg(feature = "test-faults")]
pub const PANICKED: u32 = 101;

/// Ends the emulator with an exit code.
#[cfg(feature = "test-faults")]
pub fn end(code: u32) -> ! {
    use crate::register::Register;
    // SAFETY: the machine's test finisher; writing it ends the emulator.
    const FINISHER: Register<u32> = unsafe { Register::at(0x10_0000) };
    FINISHER.write((code << 16) | 0x3333);
    halt()
}

/// Instructions so far, with `-icount shift=0`.
#[cfg(feature = "test-faults")]
pub fn instructions() -> u32 {
    let count;
    // SAFETY: reads a counter.
    unsafe { asm!("csrr {}, minstret", out(reg) count, options(nomem, nostack)) };
    count
}
