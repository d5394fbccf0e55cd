//! A board made of memory, the same on every run: what tests and benchmarks hold in place of hardware.
//!
//! Its randomness repeats, so its keys are known to everybody. That is why it stands behind a feature.

use core::cell::RefCell;

use nameplate_wire::Mac;

use crate::{Identity, KeyStore, Name, PRIVATE_KEY_BYTES, Randomness, RandomnessFault, StoreFault};

/// Pseudo-random samples from a seed (SplitMix64).
#[derive(Clone, Debug)]
pub struct SeededRandomness(pub u64);

impl Randomness for SeededRandomness {
    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        for sample in samples {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            let [first, ..] = (mixed ^ (mixed >> 31)).to_be_bytes();
            *sample = first;
        }
        Ok(())
    }
}

/// What a [`MemoryStore`] holds and counts; outlives the agent, as flash outlives a reset.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The key.
    pub key: Option<[u8; PRIVATE_KEY_BYTES]>,
    /// How often a key was stored.
    pub stored: usize,
    /// Reading fails.
    pub read_fault: bool,
    /// Writing fails.
    pub write_fault: bool,
    /// Writing is reported as done and forgotten.
    pub forgets: bool,
}

/// A key store in memory that a test can look into and break.
#[derive(Clone, Debug)]
pub struct MemoryStore<'a>(pub &'a RefCell<Memory>);

impl KeyStore for MemoryStore<'_> {
    fn load(&mut self, key: &mut [u8; PRIVATE_KEY_BYTES]) -> Result<bool, StoreFault> {
        let memory = self.0.borrow();
        if memory.read_fault {
            return Err(StoreFault);
        }
        if let Some(stored) = memory.key {
            *key = stored;
        }
        Ok(memory.key.is_some())
    }

    fn store(&mut self, key: &[u8; PRIVATE_KEY_BYTES]) -> Result<(), StoreFault> {
        let mut memory = self.0.borrow_mut();
        if memory.write_fault {
            return Err(StoreFault);
        }
        memory.stored = memory.stored.saturating_add(1);
        if !memory.forgets {
            memory.key = Some(*key);
        }
        Ok(())
    }

    fn erase(&mut self) -> Result<(), StoreFault> {
        let mut memory = self.0.borrow_mut();
        if memory.write_fault {
            return Err(StoreFault);
        }
        memory.key = None;
        Ok(())
    }
}

/// A board that is who it was told to be.
#[derive(Clone, Debug)]
pub struct FixedIdentity {
    /// Its MAC.
    pub mac: Option<Mac>,
    /// Its name.
    pub name: Option<Name>,
}

impl FixedIdentity {
    /// A board with this MAC and name; no name where it is too long.
    pub fn new(mac: [u8; 6], name: &str) -> Self {
        Self {
            mac: Some(Mac(mac)),
            name: Name::try_from(name).ok(),
        }
    }
}

impl Identity for FixedIdentity {
    fn mac(&mut self) -> Option<Mac> {
        self.mac
    }

    fn name(&mut self) -> Option<Name> {
        self.name.clone()
    }

    fn firmware(&self) -> &'static str {
        "double 0"
    }

    fn identify(&mut self, _seconds: u8) -> bool {
        true
    }
}
