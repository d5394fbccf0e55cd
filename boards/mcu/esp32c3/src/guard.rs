//! Stops a stack that grows too far.
//!
//! esp-hal puts the stack above the variables and watches one word of it, over which a great frame could step. So the chip's
//! debug assistant watches the stack pointer itself (ESP32-C3 technical reference manual, chapter "Debug Assistant"): with
//! the last 4 KB still free, the board halts. The physical memory protection would be the better fence, but the second-stage
//! bootloader has used and locked it.

use esp_hal::assist_debug::DebugAssist;
use esp_hal::handler;
use esp_hal::interrupt::Priority;
use esp_hal::peripherals::ASSIST_DEBUG;

/// More than the greatest frame of any function, in bytes.
const SPARE: usize = 4096;

unsafe extern "C" {
    static _stack_start: u8;
    static _stack_end: u8;
}

/// Watches the stack pointer from here on.
pub fn guard_stack(assistant: ASSIST_DEBUG<'static>) {
    let lowest = (&raw const _stack_end).addr().saturating_add(SPARE);
    let highest = (&raw const _stack_start).addr();
    let (Ok(lowest), Ok(highest)) = (u32::try_from(lowest), u32::try_from(highest)) else {
        return;
    };
    let mut assistant = DebugAssist::new(assistant);
    assistant.set_interrupt_handler(overflow);
    assistant.enable_sp_monitor(lowest, highest);
}

#[handler(priority = Priority::max())]
fn overflow() {
    crate::halt();
}
