//! The stack's guard: nothing below the DTCM can be reached.

use cortex_m::peripheral::MPU;

/// 0x1C00_0000 to 0x2000_0000: the chip's boot loader, and addresses of nothing (RM0433, section 2.3).
const BASE: u32 = 0x1C00_0000;
/// Base-2 logarithm of the size in bytes.
const SIZE: u32 = 26;

/// Makes that region a fault to touch; the core's own default map stays in force for the rest (Armv7-M Architecture Reference
/// Manual, section B3.5).
pub fn install(mpu: &MPU) {
    const NEVER_RUN: u32 = 1 << 28;
    const ENABLE: u32 = 1;
    const DEFAULT_MAP: u32 = 1 << 2;
    // SAFETY: one region without any permission, of the manual's form; nothing of this image is in it.
    unsafe {
        mpu.rnr.write(0);
        mpu.rbar.write(BASE);
        mpu.rasr.write(NEVER_RUN | (SIZE - 1) << 1 | ENABLE);
        mpu.ctrl.write(DEFAULT_MAP | ENABLE);
    }
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
}
