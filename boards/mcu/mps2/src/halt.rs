//! Where the board stops.

use core::arch::naked_asm;
use core::panic::PanicInfo;

/// Sleeps for ever.
pub fn halt() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}

/// Every fault ends here. Without a stack: there may be none left.
#[unsafe(naked)]
#[unsafe(no_mangle)]
#[unsafe(link_section = ".HardFault.user")]
extern "C" fn HardFault() -> ! {
    naked_asm!("2: wfi", "b 2b")
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    halt()
}
