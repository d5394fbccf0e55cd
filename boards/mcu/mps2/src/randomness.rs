//! The host's generator, for tests: an MPS2 has none.

use nameplate_agent::{Randomness, RandomnessFault};

use crate::host_file::{HostFile, Mode};

pub struct HostGenerator(HostFile);

impl HostGenerator {
    pub fn new() -> Self {
        Self(HostFile::open(c"/dev/urandom", Mode::Read))
    }
}

impl Randomness for HostGenerator {
    /// An operating system's generator.
    const MIN_ENTROPY_BITS: u8 = 8;

    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        self.0.read(samples).map_err(|_| RandomnessFault)
    }
}
