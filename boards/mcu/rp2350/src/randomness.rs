//! The chip's generator: samples of a ring oscillator (RP2350 datasheet, section 12.12).
//!
//! Its own tests and its balancer are bypassed, as in the chip's boot ROM and in Raspberry Pi's SDK: with them, boards were
//! seen to stop for ever (embassy issues 4521 and 6756), and `embassy_rp::trng` waits for ever then. The agent tests the
//! samples itself and hashes 1024 of them into a seed.

use embassy_rp::Peri;
use embassy_rp::pac::TRNG;
use embassy_rp::peripherals;
use nameplate_agent::{Randomness, RandomnessFault};

/// System clocks (150 MHz) from one sampled bit to the next: 6.7 µs, hundreds of turns of the oscillator. At the SDK's
/// setting of 0, bits that follow each other are plainly alike.
const SAMPLE_PERIOD: u32 = 1000;

/// Bytes that the generator gives at once: 192 bits, every 1.3 ms.
const BLOCK: usize = 24;

/// How often the generator is asked whether a block is there before it is called broken: more than 30 ms.
const PATIENCE: u32 = 1_000_000;

pub struct Generator(());

impl Generator {
    pub fn new(_: Peri<'static, peripherals::TRNG>) -> Self {
        TRNG.rnd_source_enable().write(|w| w.set_rnd_src_en(false));
        // The boot ROM used it before.
        TRNG.trng_sw_reset().write(|w| w.set_trng_sw_reset(true));
        // The reset takes a moment; a read is long enough.
        let _ = TRNG.trng_sw_reset().read();
        TRNG.rng_imr().write(|w| {
            w.set_ehr_valid_int_mask(true);
            w.set_autocorr_err_int_mask(true);
            w.set_crngt_err_int_mask(true);
            w.set_vn_err_int_mask(true);
        });
        // The shortest ring, which is the fastest.
        TRNG.trng_config().write(|w| w.set_rnd_src_sel(0));
        TRNG.sample_cnt1().write_value(SAMPLE_PERIOD);
        TRNG.trng_debug_control().write(|w| {
            w.set_auto_correlate_bypass(true);
            w.set_trng_crngt_bypass(true);
            w.set_vnc_bypass(true);
        });
        Self(())
    }

    fn block() -> Result<[u8; BLOCK], RandomnessFault> {
        if !(0..PATIENCE).any(|_| TRNG.trng_valid().read().ehr_valid()) {
            return Err(RandomnessFault);
        }
        // Reading the last of them begins the next block.
        let words = [
            TRNG.ehr_data0().read(),
            TRNG.ehr_data1().read(),
            TRNG.ehr_data2().read(),
            TRNG.ehr_data3().read(),
            TRNG.ehr_data4().read(),
            TRNG.ehr_data5().read(),
        ];
        let mut block = [0; BLOCK];
        for (place, word) in block.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        Ok(block)
    }
}

impl Randomness for Generator {
    /// Raspberry Pi gives no figure for single samples. A seed is made of 1024 of them, so that a quarter of a bit in each
    /// is already enough.
    const MIN_ENTROPY_BITS: u8 = 1;

    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        // Only while the source is off does this forget what was collected before.
        TRNG.rst_bits_counter()
            .write(|w| w.set_rst_bits_counter(true));
        TRNG.rnd_source_enable().write(|w| w.set_rnd_src_en(true));
        let filled = samples.chunks_mut(BLOCK).try_for_each(|part| {
            let block = Self::block()?;
            for (sample, byte) in part.iter_mut().zip(block) {
                *sample = byte;
            }
            Ok(())
        });
        TRNG.rnd_source_enable().write(|w| w.set_rnd_src_en(false));
        filled
    }
}
