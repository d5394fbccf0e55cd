//! The memory protection unit (ARMv7-M reference manual, section B3.5): what the firmware has, and nothing else.
//!
//! Below the stack there is more SRAM, which would take what a stack that grows too far writes. So only what is named here
//! can be reached; beside it are the core's own registers, which no region hides.

use cortex_m::peripheral::MPU;

/// RASR: execute never; access read-write and read-only; normal memory (write-back) and device memory.
const NEVER_RUN: u32 = 1 << 28;
const READ_WRITE: u32 = 0b011 << 24;
const READ_ONLY: u32 = 0b110 << 24;
const NORMAL: u32 = 0b000_011 << 16;
const DEVICE: u32 = 0b000_101 << 16;

/// Each range: where it begins, a multiple of its size; the base-2 logarithm of its size in bytes; its attributes.
const REGIONS: [(u32, u32, u32); 4] = [
    // The image: 256 KB, `FLASH` in memory.x.
    (0x0000_0000, 18, READ_ONLY | NORMAL),
    // Stack and variables: 64 KB, `STACK` and `RAM` in memory.x. The 64 KB below are in no region.
    (0x0005_0000, 16, READ_WRITE | NORMAL | NEVER_RUN),
    // The chip's registers: 2 MB.
    (0x7E60_0000, 21, READ_WRITE | DEVICE | NEVER_RUN),
    // The flash controller's window: every access is a byte on the wire, in order.
    (0x8000_0000, 20, READ_WRITE | DEVICE | NEVER_RUN),
];

pub fn enable(mpu: &mut MPU) {
    const REGION_VALID: u32 = 1 << 4;
    const ENABLE: u32 = 1;
    for (number, (base, size, attributes)) in (0..).zip(REGIONS) {
        // SAFETY: the unit is still off; the values are of the manual's form, sections B3.5.8 and B3.5.9.
        unsafe {
            mpu.rbar.write(base | REGION_VALID | number);
            mpu.rasr.write(attributes | (size - 1) << 1 | ENABLE);
        }
    }
    // SAFETY: the regions hold everything that this image uses: its code, its memory as memory.x lays it out, its registers.
    unsafe { mpu.ctrl.write(ENABLE) };
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
}
