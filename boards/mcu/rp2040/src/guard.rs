//! The stack's guard: whatever is below the RAM can't be reached.
//!
//! Below the RAM is the address space of the flash controller, and the datasheet does not say that each of its unused
//! addresses faults (sections 2.2 and 2.6.3); so the memory protection unit does it. `embassy_rp::install_core0_stack_guard`
//! would guard the lowest 32 bytes of the stack, which one large frame steps over; this guards 64 MB, and none of the RAM.

/// 0x1C00_0000 to 0x2000_0000, above the flash controller's registers (0x1800_0000) and up to the RAM.
const BASE: u32 = 0x1C00_0000;
/// Base-2 logarithm of the size in bytes.
const SIZE: u32 = 26;

/// Installs the guard; the core's own default map stays in force for the rest (ARMv6-M reference manual, section B3.5).
pub fn install() {
    const REGION_0: u32 = 1 << 4;
    const NEVER_RUN: u32 = 1 << 28;
    const ENABLE: u32 = 1;
    const DEFAULT_MAP: u32 = 1 << 2;
    let Some(core) = cortex_m::Peripherals::take() else {
        return;
    };
    // SAFETY: one region without any permission, of the manual's form; nothing of this image is in it.
    unsafe {
        core.MPU.rbar.write(BASE | REGION_0);
        core.MPU.rasr.write(NEVER_RUN | (SIZE - 1) << 1 | ENABLE);
        core.MPU.ctrl.write(DEFAULT_MAP | ENABLE);
    }
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
}
