//! The kernel's generator as the board's noise source.

use nameplate_agent::{Randomness, RandomnessFault};
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

/// `getrandom` (Linux): conditioned, and blocks until the kernel has gathered enough after start-up.
#[derive(Clone, Copy, Debug)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    /// Its output is conditioned to full entropy.
    const MIN_ENTROPY_BITS: u8 = 8;

    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        let mut filled = 0;
        while let Some(rest) = samples.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match getrandom(rest, GetRandomFlags::empty()) {
                Ok(count @ 1..) => filled += count,
                Err(Errno::INTR) => {}
                Ok(0) | Err(_) => return Err(RandomnessFault),
            }
        }
        Ok(())
    }
}

/// A number for jitter; not for keys. 0 where there is no randomness: waiting without jitter is still right.
pub(crate) fn jitter() -> u32 {
    let mut bytes = [0; 4];
    let _ = SystemRandomness.fill(&mut bytes);
    u32::from_le_bytes(bytes)
}
