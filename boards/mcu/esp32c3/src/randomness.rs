//! The chip's generator of random numbers, fed by noise of the ADC.
//!
//! Without a source of noise it is a pseudo-random generator only, since Wi-Fi and Bluetooth are off here (ESP-IDF
//! programming guide, "Random Number Generation"). [`TrngSource`] sets up the ADC as `bootloader_random_enable` of ESP-IDF does,
//! and it stays on.

use esp_hal::delay::Delay;
use esp_hal::peripherals::{ADC1, RNG};
use esp_hal::rng::{Trng, TrngSource};
use nameplate_agent::{Randomness, RandomnessFault};

/// From one word to the next, in µs: as long as ESP-IDF's bootloader waits with this source, so that each word has fresh noise.
/// A seed takes 16 ms.
const PACE: u32 = 64;

pub struct Generator {
    generator: Trng,
    // Dropping it would end the noise.
    _source: TrngSource<'static>,
}

impl Generator {
    pub fn new(generator: RNG<'static>, adc: ADC1<'static>) -> Option<Self> {
        let source = TrngSource::new(generator, adc);
        Some(Self {
            generator: Trng::try_new().ok()?,
            _source: source,
        })
    }
}

impl Randomness for Generator {
    /// Espressif calls every word a true random number while a source is on, but gives no figure; 4 is a careful claim.
    const MIN_ENTROPY_BITS: u8 = 4;

    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        for word in samples.chunks_mut(4) {
            Delay::new().delay_micros(PACE);
            for (sample, byte) in word.iter_mut().zip(self.generator.random().to_le_bytes()) {
                *sample = byte;
            }
        }
        Ok(())
    }
}
