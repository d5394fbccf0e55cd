//! A peripheral's registers, by their offset from its base address, and its line to the interrupt controller.

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;

/// Registers of 32 bits.
#[derive(Clone, Copy)]
pub struct Registers(usize);

impl Registers {
    /// The registers from `base` on.
    ///
    /// # Safety
    /// A peripheral must stand there that is driven through this value alone, and whose driver uses its offsets only.
    pub const unsafe fn new(base: usize) -> Self {
        Self(base)
    }

    pub fn read(self, offset: usize) -> u32 {
        // SAFETY: a register of a peripheral that nobody else drives, see `new`.
        unsafe { (self.0 as *const u32).byte_add(offset).read_volatile() }
    }

    pub fn write(self, offset: usize, value: u32) {
        // SAFETY: as above; no peripheral that this crate drives reaches into memory by itself.
        unsafe { (self.0 as *mut u32).byte_add(offset).write_volatile(value) }
    }
}

/// A line of the interrupt controller. Interrupts stay masked in the core: a pending one ends `wfi`, and no handler is needed.
#[derive(Clone, Copy)]
pub struct Line(u16);

// SAFETY: numbers of lines, each always the same.
unsafe impl InterruptNumber for Line {
    fn number(self) -> u16 {
        self.0
    }
}

impl Line {
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// Lets this line end `wfi`.
    pub fn enable(self) {
        // SAFETY: interrupts are masked in the core for as long as the board runs: no handler breaks into anything.
        unsafe { NVIC::unmask(self) }
    }

    /// Forgets what came so far. What raised the line must have been cleared before.
    pub fn clear(self) {
        NVIC::unpend(self);
    }
}
