//! The chip's generator of random numbers, which draws from ring oscillators (RM0433, section 34).
//!
//! Through the registers: `embassy_stm32::rng` begins anew for ever where the hardware reports faults.

use embassy_stm32::pac::RNG;
use embassy_stm32::{Peri, peripherals, rcc};
use nameplate_agent::{Randomness, RandomnessFault};

/// How often the generator is asked for one word before it is called broken. A word takes 40 of its own clocks (48 MHz), less
/// than 1 µs; a round of the loop takes more than 10 ns.
const PATIENCE: u32 = 100_000;

pub struct Generator(());

impl Generator {
    pub fn new(_: Peri<'static, peripherals::RNG>) -> Self {
        rcc::enable_and_reset::<peripherals::RNG>();
        RNG.cr().write(|w| w.set_rngen(true));
        Self(())
    }

    fn word() -> Result<u32, RandomnessFault> {
        for _ in 0..PATIENCE {
            let status = RNG.sr().read();
            if status.seis() || status.ceis() {
                return Err(RandomnessFault);
            }
            if status.drdy() {
                let word = RNG.dr().read();
                // What the manual asks: 0 may be read where a fault came between the two reads.
                return if word == 0 {
                    Err(RandomnessFault)
                } else {
                    Ok(word)
                };
            }
        }
        Err(RandomnessFault)
    }

    /// What the manual asks after a fault of the noise: clear it, and begin with twelve words that are thrown away.
    fn begin_anew() -> Result<(), RandomnessFault> {
        RNG.cr().write(|w| w.set_rngen(false));
        RNG.sr().write(|w| {
            w.set_seis(false);
            w.set_ceis(false);
        });
        RNG.cr().write(|w| w.set_rngen(true));
        (0..12).try_for_each(|_| Self::word().map(|_| ()))
    }

    fn fill_words(samples: &mut [u8]) -> Result<(), RandomnessFault> {
        for part in samples.chunks_mut(4) {
            for (sample, byte) in part.iter_mut().zip(Self::word()?.to_le_bytes()) {
                *sample = byte;
            }
        }
        Ok(())
    }
}

impl Randomness for Generator {
    /// ST gives no figure for this generator; 4 is a careful claim.
    const MIN_ENTROPY_BITS: u8 = 4;

    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        // The first words after a start are better thrown away, too; and one fault is borne.
        Self::fill_words(samples).or_else(|RandomnessFault| {
            Self::begin_anew()?;
            Self::fill_words(samples)
        })
    }
}
