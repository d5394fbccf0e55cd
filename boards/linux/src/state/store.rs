//! The key file and the chain file as the one store that the agent wants. No more than that they share a directory.

use std::rc::Rc;

use nameplate_agent::{
    CertificateStore, Chain, ChainPlace, KeyStore, PRIVATE_KEY_BYTES, StoreFault,
};

use super::{ChainFile, KeyFile, StateDir};
use crate::Error;

/// All that a board keeps in its state directory.
#[derive(Debug)]
pub struct Store {
    key: KeyFile,
    chain: ChainFile,
}

impl Store {
    /// The store in this directory. Removes what an earlier process left half-done.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn new(state: StateDir) -> Result<Self, Error> {
        let state = Rc::new(state);
        Ok(Self {
            key: KeyFile::new(Rc::clone(&state))?,
            chain: ChainFile::new(state)?,
        })
    }
}

impl KeyStore for Store {
    fn load(&mut self, key: &mut [u8; PRIVATE_KEY_BYTES]) -> Result<bool, StoreFault> {
        self.key.load(key)
    }

    fn store(&mut self, key: &[u8; PRIVATE_KEY_BYTES]) -> Result<(), StoreFault> {
        self.key.store(key)
    }

    fn erase(&mut self) -> Result<(), StoreFault> {
        self.key.erase()
    }
}

impl CertificateStore for Store {
    const CHAIN: u16 = ChainFile::CHAIN;

    fn current(&mut self) -> Result<Option<Chain>, StoreFault> {
        self.chain.current()
    }

    fn read(&mut self, place: ChainPlace, offset: u16, bytes: &mut [u8]) -> Result<(), StoreFault> {
        self.chain.read(place, offset, bytes)
    }

    fn stage(&mut self, offset: u16, bytes: &[u8], last: bool) -> Result<(), StoreFault> {
        self.chain.stage(offset, bytes, last)
    }

    fn commit(&mut self, chain: &Chain) -> Result<(), StoreFault> {
        self.chain.commit(chain)
    }

    fn forget(&mut self) -> Result<(), StoreFault> {
        self.chain.forget()
    }

    fn is_locked(&mut self) -> Result<bool, StoreFault> {
        self.chain.is_locked()
    }

    fn lock(&mut self) -> Result<(), StoreFault> {
        self.chain.lock()
    }
}
