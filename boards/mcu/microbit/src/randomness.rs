//! The chip's generator of random numbers, which draws from thermal noise.

use nameplate_agent::{Randomness, RandomnessFault};
use nrf51_pac::RNG;

/// How often the generator is asked for one byte before it is called broken. With bias correction a byte takes 677 µs on
/// average (nRF51822 product specification, section 8.14): some thousand rounds of the loop. Far more are allowed, since an
/// emulator's generator can be late when its machine is busy; on the chip they take about 10 s.
const PATIENCE: u32 = 20_000_000;

pub struct Generator(RNG);

impl Generator {
    pub fn new(rng: RNG) -> Self {
        rng.config.write(|w| w.dercen().enabled());
        Self(rng)
    }

    fn byte(&mut self) -> Result<u8, RandomnessFault> {
        for _ in 0..PATIENCE {
            if self.0.events_valrdy.read().bits() != 0 {
                self.0.events_valrdy.reset();
                return Ok(self.0.value.read().value().bits());
            }
        }
        Err(RandomnessFault)
    }
}

impl Randomness for Generator {
    /// Nordic gives no figure. What comes through the bias correction is close to 8 bits; 4 is a careful claim.
    const MIN_ENTROPY_BITS: u8 = 4;

    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        // SAFETY: 1 is what the reference manual gives for every task.
        self.0.tasks_start.write(|w| unsafe { w.bits(1) });
        let filled = samples
            .iter_mut()
            .try_for_each(|sample| self.byte().map(|byte| *sample = byte));
        // SAFETY: as above.
        self.0.tasks_stop.write(|w| unsafe { w.bits(1) });
        filled
    }
}
