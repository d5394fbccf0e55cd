//! A board made of memory, the same on every run: what tests and benchmarks hold in place of hardware.
//!
//! Its randomness repeats, so its keys are known to everybody. That is why it stands behind a feature.

use core::cell::RefCell;

use heapless::Vec;
use nameplate_wire::{Mac, limits};

use crate::{
    CertificateStore, Chain, ChainPlace, Identity, KeyStore, LONGEST_CHAIN, Name,
    PRIVATE_KEY_BYTES, Randomness, RandomnessFault, StoreFault,
};

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
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
pub struct Memory {
    /// The key.
    pub key: Option<[u8; PRIVATE_KEY_BYTES]>,
    /// How often a key was stored.
    pub stored: usize,
    /// Reading the key fails.
    pub read_fault: bool,
    /// Reading the chain and the lock fails.
    pub chain_read_fault: bool,
    /// Writing fails.
    pub write_fault: bool,
    /// Writing is reported as done and forgotten.
    pub forgets: bool,
    /// The current certificate chain, and its bytes.
    pub current: Option<(Chain, ChainBytes)>,
    /// The bytes of the one that is gathered.
    pub staged: ChainBytes,
    /// Provisioning is over.
    pub locked: bool,
}

/// The bytes of a chain.
pub type ChainBytes = Vec<u8, { limits::CHAIN }>;

/// A key and certificate store in memory that a test can look into and break.
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

impl Memory {
    fn writable(&mut self) -> Result<&mut Self, StoreFault> {
        (!self.write_fault).then_some(self).ok_or(StoreFault)
    }
}

impl CertificateStore for MemoryStore<'_> {
    const CHAIN: u16 = LONGEST_CHAIN;

    fn current(&mut self) -> Result<Option<Chain>, StoreFault> {
        let memory = self.0.borrow();
        if memory.chain_read_fault {
            return Err(StoreFault);
        }
        Ok(memory.current.as_ref().map(|(chain, _)| *chain))
    }

    fn read(&mut self, place: ChainPlace, offset: u16, bytes: &mut [u8]) -> Result<(), StoreFault> {
        let memory = self.0.borrow();
        let held = match (place, &memory.current) {
            (ChainPlace::Staged, _) => &memory.staged,
            (ChainPlace::Current, Some((_, held))) => held,
            (ChainPlace::Current, None) => return Err(StoreFault),
        };
        let from = held.get(offset.into()..).ok_or(StoreFault)?;
        bytes.copy_from_slice(from.get(..bytes.len()).ok_or(StoreFault)?);
        Ok(())
    }

    fn stage(&mut self, offset: u16, bytes: &[u8], _last: bool) -> Result<(), StoreFault> {
        let mut memory = self.0.borrow_mut();
        let staged = &mut memory.writable()?.staged;
        if offset == 0 {
            staged.clear();
        }
        if staged.len() != usize::from(offset) {
            return Err(StoreFault);
        }
        staged.extend_from_slice(bytes).map_err(|_| StoreFault)
    }

    fn commit(&mut self, chain: &Chain) -> Result<(), StoreFault> {
        let mut memory = self.0.borrow_mut();
        let memory = memory.writable()?;
        if !memory.forgets {
            memory.current = Some((*chain, memory.staged.clone()));
        }
        Ok(())
    }

    fn forget(&mut self) -> Result<(), StoreFault> {
        let mut memory = self.0.borrow_mut();
        if memory.current.is_none() && memory.staged.is_empty() {
            return Ok(());
        }
        let memory = memory.writable()?;
        memory.current = None;
        memory.staged.clear();
        Ok(())
    }

    fn is_locked(&mut self) -> Result<bool, StoreFault> {
        let memory = self.0.borrow();
        (!memory.chain_read_fault)
            .then_some(memory.locked)
            .ok_or(StoreFault)
    }

    fn lock(&mut self) -> Result<(), StoreFault> {
        let mut memory = self.0.borrow_mut();
        let memory = memory.writable()?;
        memory.locked = !memory.forgets;
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
