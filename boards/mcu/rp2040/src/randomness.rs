//! The chip's only source of noise: the state of its ring oscillator, one bit at a time (RP2040 datasheet, section 2.17.5).
//!
//! Raspberry Pi says there that it "does not meet the requirements of randomness for security systems because it can be
//! compromised". A ring oscillator can be made to follow a frequency that is fed into the board's supply. For boards that
//! make their keys on their maker's own bench that may be borne; where an attacker holds the board it is not. This is a board
//! to begin with, not one to ship.
//!
//! Between two reads that follow each other at once the oscillator drifts too little to tell anything new, so the bits are
//! taken 10 µs apart, as Raspberry Pi's own `pico_rand` takes them, and not back to back as `embassy_rp`'s `RoscRng`.

use cortex_m::asm::delay;
use embassy_rp::clocks::clk_sys_freq;
use embassy_rp::pac::ROSC;
use nameplate_agent::{Randomness, RandomnessFault};

/// How far apart the bits are taken, as a part of a second.
const BITS_PER_SECOND: u32 = 100_000;

pub struct Generator;

impl Randomness for Generator {
    /// Nobody gives a figure, and none was measured on a board: the least that can be claimed. It takes an eighth of a bit
    /// from each read of the oscillator; a seed, made of 8192 reads, is still whole with a quarter of that.
    const MIN_ENTROPY_BITS: u8 = 1;

    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        let status = ROSC.status().read();
        if !(status.enabled() && status.stable()) {
            return Err(RandomnessFault);
        }
        let pause = clk_sys_freq() / BITS_PER_SECOND;
        for sample in samples {
            *sample = (0..8).fold(0, |bits, _| {
                delay(pause);
                bits << 1 | u8::from(ROSC.randombit().read().randombit())
            });
        }
        Ok(())
    }
}
