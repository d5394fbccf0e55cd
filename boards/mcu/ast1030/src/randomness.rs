//! The chip's generator of random numbers, made of ring oscillators, in the system control unit.
//!
//! Aspeed's own drivers (Linux `aspeed-trng`, Zephyr `entropy_aspeed_trng`) take it from SCU530 and SCU534. QEMU's model
//! does not have these: its generator is one data register at SCU540. One image serves both, and tells them apart by the
//! chip's id, which is the same in every QEMU and in no chip. A chip is never asked at SCU540.

use nameplate_agent::{Randomness, RandomnessFault};

use crate::registers::{CHIP_ID, QEMU_RNG_DATA, RNG_CONTROL, RNG_DATA};

/// SCU530. The mode is the one that Aspeed's drivers choose.
const DISABLE: u32 = 1;
const MODE: u32 = 0x18 << 1;
const READY: u32 = 1 << 31;

/// What QEMU gives as the id of an AST1030.
const QEMU: [u32; 2] = [0xDEAD_BEEF, 0x0BAD_CAFE];

/// How often a word is asked for before the generator is called broken. A chip has one within microseconds.
const PATIENCE: u32 = 1_000_000;

pub struct Generator {
    emulated: bool,
}

impl Generator {
    pub fn new() -> Self {
        let emulated = CHIP_ID.map(|id| id.read()) == QEMU;
        if !emulated {
            RNG_CONTROL.write((RNG_CONTROL.read() & !DISABLE) | MODE);
        }
        Self { emulated }
    }

    fn word(&self) -> Result<u32, RandomnessFault> {
        if self.emulated {
            return Ok(QEMU_RNG_DATA.read());
        }
        for _ in 0..PATIENCE {
            if RNG_CONTROL.read() & READY != 0 {
                return Ok(RNG_DATA.read());
            }
        }
        Err(RandomnessFault)
    }
}

impl Randomness for Generator {
    /// Aspeed gives no figure for the chip; its Linux driver claims 900 of 1024 parts, and 4 of 8 bits is a careful claim.
    const MIN_ENTROPY_BITS: u8 = 4;

    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        for chunk in samples.chunks_mut(4) {
            for (sample, byte) in chunk.iter_mut().zip(self.word()?.to_le_bytes()) {
                *sample = byte;
            }
        }
        Ok(())
    }
}
