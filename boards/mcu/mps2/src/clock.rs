//! The CMSDK APB dual timer: one half counts the time, the other ends a sleep; nothing ticks. Cortex-M System Design Kit,
//! technical reference manual (Arm DDI 0479).

use core::num::NonZeroU32;

use crate::registers::{Line, Registers};

/// The half that runs for ever.
const TIME: usize = 0x00;
/// The half that ends a sleep.
const ALARM: usize = 0x20;

const LOAD: usize = 0x0;
const VALUE: usize = 0x4;
const CONTROL: usize = 0x8;
const CLEAR: usize = 0xC;

const ONE_SHOT: u32 = 1 << 0;
const WIDE: u32 = 1 << 1;
const INTERRUPT: u32 = 1 << 5;
const FROM_LOAD: u32 = 1 << 6;
const ENABLE: u32 = 1 << 7;

pub struct Clock {
    registers: Registers,
    line: Line,
    per_millisecond: NonZeroU32,
    /// The count that `milliseconds` belong to.
    counted: u32,
    milliseconds: u64,
}

impl Clock {
    /// `hertz`: the peripheral clock.
    pub fn new(registers: Registers, line: Line, hertz: u32) -> Self {
        registers.write(TIME + CONTROL, ENABLE | WIDE);
        Self {
            registers,
            line,
            per_millisecond: NonZeroU32::new(hertz / 1000).unwrap_or(NonZeroU32::MIN),
            counted: count(registers),
            milliseconds: 0,
        }
    }

    /// Milliseconds since the start. Must be asked at least every two minutes: the counter wraps after 171 s at 25 MHz.
    pub fn now(&mut self) -> u64 {
        let passed = count(self.registers).wrapping_sub(self.counted);
        let milliseconds = passed / self.per_millisecond;
        let whole = milliseconds.wrapping_mul(self.per_millisecond.get());
        self.counted = self.counted.wrapping_add(whole);
        self.milliseconds = self.milliseconds.saturating_add(u64::from(milliseconds));
        self.milliseconds
    }

    /// Sleeps until an enabled line is pending, at most so many milliseconds.
    pub fn sleep(&mut self, at_most: u64) {
        let Ok(at_most) = u32::try_from(at_most) else {
            return;
        };
        let set = ONE_SHOT | WIDE | FROM_LOAD;
        self.registers.write(ALARM + CONTROL, set);
        let load = at_most.saturating_mul(self.per_millisecond.get()).max(1);
        self.registers.write(ALARM + LOAD, load);
        self.registers
            .write(ALARM + CONTROL, set | INTERRUPT | ENABLE);
        self.line.enable();
        cortex_m::asm::wfi();
        self.registers.write(ALARM + CONTROL, set);
        self.registers.write(ALARM + CLEAR, 1);
        self.line.clear();
    }
}

/// The timer counts down.
fn count(registers: Registers) -> u32 {
    !registers.read(TIME + VALUE)
}

/// The core's tick counter for measuring: 24 bits at the core clock, which counts down.
#[cfg(feature = "test-faults")]
pub fn counter() -> nameplate_mcu::Counter {
    use cortex_m::peripheral::SYST;
    use cortex_m::peripheral::syst::SystClkSource;
    const MASK: u32 = 0x00FF_FFFF;
    // SAFETY: nobody else uses the tick counter.
    let mut tick = unsafe { cortex_m::Peripherals::steal() }.SYST;
    tick.set_clock_source(SystClkSource::Core);
    tick.set_reload(MASK);
    tick.clear_current();
    tick.enable_counter();
    nameplate_mcu::Counter {
        read: || MASK - SYST::get_current(),
        mask: MASK,
    }
}
