//! The store against flash that loses its power in the middle of any operation, and then reads as it likes.

mod chain;
mod flash;
mod key;
mod provisioning;

use nameplate_agent::{KeyStore, StoreFault};

use super::FlashStore;
use flash::{CHAINS, Flash, KEY};

const SECRET: [u8; 32] = [0xA5; 32];
const OTHER: [u8; 32] = [0x3C; 32];

type Store<const UNIT: usize> = FlashStore<Flash<UNIT>>;

fn store<const UNIT: usize>(seed: u64) -> Store<UNIT> {
    FlashStore::new(Flash::new(seed), KEY, CHAINS)
}

/// A start of the board: what stood in its RAM is gone, and a block that was erased by half has one mood until the next.
fn restart<const UNIT: usize>(store: &mut Store<UNIT>) {
    let mut flash = store.records.flash.clone();
    flash.power = None;
    flash.mood = flash.dice.roll();
    *store = FlashStore::new(flash, KEY, CHAINS);
}

/// What a board finds that has just started.
fn load<const UNIT: usize>(store: &mut Store<UNIT>) -> Result<Option<[u8; 32]>, StoreFault> {
    store.records.flash.mood = store.records.flash.dice.roll();
    let mut key = [0; 32];
    Ok(store.load(&mut key)?.then_some(key))
}

/// Does `work` with power for so many operations; whether it was told that all was done.
fn with_power<const UNIT: usize>(
    store: &mut Store<UNIT>,
    operations: u32,
    work: impl FnOnce(&mut Store<UNIT>) -> Result<(), StoreFault>,
) -> bool {
    store.records.flash.power = Some(operations);
    let done = work(store).is_ok();
    // Without power nobody is told anything.
    store.records.flash.power.take() != Some(0) && done
}
