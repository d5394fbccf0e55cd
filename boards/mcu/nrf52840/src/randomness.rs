//! The chip's generator of random numbers, which draws from thermal noise (nRF52840 product specification, section 6.19).

use embassy_nrf::pac::RNG;
use embassy_nrf::{Peri, peripherals};
use nameplate_agent::{Randomness, RandomnessFault};

/// How often the generator is asked for one byte before it is called broken. With bias correction a byte takes 120 µs on
/// average (6.19.4); one round of the loop takes more than 0.1 µs.
const PATIENCE: u32 = 1_000_000;

pub struct Generator(());

impl Generator {
    pub fn new(_: Peri<'static, peripherals::RNG>) -> Self {
        RNG.config().write(|w| w.set_dercen(true));
        Self(())
    }

    fn byte() -> Result<u8, RandomnessFault> {
        if !(0..PATIENCE).any(|_| RNG.events_valrdy().read() != 0) {
            return Err(RandomnessFault);
        }
        RNG.events_valrdy().write_value(0);
        Ok(RNG.value().read().value())
    }
}

impl Randomness for Generator {
    /// Nordic gives no figure. What comes through the bias correction is close to 8 bits; 4 is a careful claim.
    const MIN_ENTROPY_BITS: u8 = 4;

    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        // What is there from before is not fresh.
        RNG.events_valrdy().write_value(0);
        RNG.tasks_start().write_value(1);
        let filled = samples
            .iter_mut()
            .try_for_each(|sample| Self::byte().map(|byte| *sample = byte));
        RNG.tasks_stop().write_value(1);
        filled
    }
}
