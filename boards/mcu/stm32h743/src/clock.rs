//! The time, from the core's tick counter, which also ends sleeps: one tick a millisecond.

use core::cell::Cell;

use cortex_m::interrupt::{self, Mutex};
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;

/// Core clocks in a tick, at 400 MHz.
const TICK: u32 = 400_000;

static TICKS: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

pub struct Clock(());

impl Clock {
    pub fn new(mut counter: SYST) -> Self {
        counter.set_clock_source(SystClkSource::Core);
        counter.set_reload(TICK - 1);
        counter.clear_current();
        counter.enable_interrupt();
        counter.enable_counter();
        Self(())
    }

    /// Milliseconds since the clock was made.
    pub fn now(&self) -> u64 {
        interrupt::free(|section| TICKS.borrow(section).get())
    }
}

#[exception]
fn SysTick() {
    interrupt::free(|section| {
        let ticks = TICKS.borrow(section);
        ticks.set(ticks.get().saturating_add(1));
    });
}
