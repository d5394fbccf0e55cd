//! All that a board keeps: its one private key, its certificate chain, and that provisioning is over, in blocks of NOR flash;
//! safe against power lost at any moment. How that is done stands in `records.rs`.
//!
//! The key is a record in an erase block of its own. A chain has two slots, of which one holds the current chain and the other
//! takes the next: see `chain.rs`. The lock is three marks beside the key, which is never erased any more from then on.
//!
//! Wear: a key costs one erase when it is made and one when it is forgotten, a chain one in each block of its slot; starting,
//! asking and proving cost none. Flash that bears 10,000 erases bears 5,000 keys. Nothing moves, since nothing else is kept
//! here.

mod chain;
mod records;

use embedded_storage::nor_flash::NorFlash;
use nameplate_agent::{KeyStore, PRIVATE_KEY_BYTES, StoreFault};
use zeroize::Zeroizing;

use chain::Slots;
use records::{COMMITTED, FORGOTTEN, GREATEST_UNIT, Head, Held, MORE, Records, WIPED, places};

const KEY: Head = *b"NPK1";

/// Provisioning is over: marks in the key's block, three so that power may be lost in two of them.
const LOCKED: [usize; 3] = MORE;

/// A key and certificate store in a flash.
#[derive(Debug)]
pub struct FlashStore<F> {
    records: Records<F>,
    key: u32,
    slots: Slots,
    /// Bytes of a chain that do not fill a unit yet.
    tail: [u8; GREATEST_UNIT],
}

impl<F: NorFlash> FlashStore<F> {
    /// A store with the key in the erase block at `key`, and the two slots for chains from `chains` on, both in bytes from
    /// the beginning of the flash. Nobody else may write there.
    pub const fn new(flash: F, key: u32, chains: u32) -> Self {
        Self {
            records: Records::new(flash),
            key,
            slots: Slots::new(chains, Self::SLOT),
            tail: [0xFF; GREATEST_UNIT],
        }
    }

    /// What the key's block holds; a key is put into `key`.
    fn held(&mut self, key: &mut [u8; PRIVATE_KEY_BYTES]) -> Result<Held, StoreFault> {
        Ok(match self.records.held(self.key, key)? {
            Held::Record(head, _) if head != KEY => Held::Broken,
            held => held,
        })
    }

    fn wipe(&mut self, mark: usize) -> Result<(), StoreFault> {
        self.records.wipe(self.key, places(F::ERASE_SIZE), mark)
    }
}

impl<F: NorFlash> KeyStore for FlashStore<F> {
    fn load(&mut self, key: &mut [u8; PRIVATE_KEY_BYTES]) -> Result<bool, StoreFault> {
        match self.held(key)? {
            Held::Nothing => Ok(false),
            Held::Leftovers => self.wipe(WIPED).map(|()| false),
            Held::Broken => Err(StoreFault),
            Held::Record(_, settled) => {
                self.records.settle(self.key, settled);
                Ok(true)
            }
        }
    }

    fn store(&mut self, key: &[u8; PRIVATE_KEY_BYTES]) -> Result<(), StoreFault> {
        // One key for ever, until it is erased.
        let mut held = Zeroizing::new([0; PRIVATE_KEY_BYTES]);
        if let Held::Record(..) | Held::Broken = self.held(&mut held)? {
            return Err(StoreFault);
        }
        // Also what looks blank: an erase that lost its power can look so, and not last.
        self.wipe(WIPED)?;
        self.records.write(self.key, KEY, key)?;
        self.records.set(self.key, COMMITTED)
    }

    fn erase(&mut self) -> Result<(), StoreFault> {
        let mut held = Zeroizing::new([0; PRIVATE_KEY_BYTES]);
        match self.held(&mut held)? {
            Held::Nothing => Ok(()),
            Held::Leftovers | Held::Record(..) | Held::Broken => self.wipe(FORGOTTEN),
        }
    }
}

#[cfg(test)]
mod tests;
