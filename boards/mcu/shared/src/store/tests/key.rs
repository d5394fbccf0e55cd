//! The key against power that is lost at any moment, twice.

use proptest::prelude::*;

use super::flash::KEY as KEY_BLOCK;
use super::{OTHER, SECRET, Store, load, store, with_power};
use nameplate_agent::{KeyStore, StoreFault};

fn whole_life<const UNIT: usize>() {
    let mut store = store::<UNIT>(1);
    assert_eq!(load(&mut store), Ok(None));
    assert_eq!(store.erase(), Ok(()));
    assert_eq!(
        store.records.flash.erases, 0,
        "nothing to forget costs nothing"
    );
    assert_eq!(store.store(&SECRET), Ok(()));
    assert_eq!(load(&mut store), Ok(Some(SECRET)));
    assert_eq!(store.store(&OTHER), Err(StoreFault), "one key for ever");
    let before = store.records.flash.bits.clone();
    for _ in 0..3 {
        assert_eq!(load(&mut store), Ok(Some(SECRET)));
    }
    assert_eq!(
        store.records.flash.bits, before,
        "a settled key costs no more writes"
    );
    assert_eq!(store.erase(), Ok(()));
    assert!(
        !store
            .records
            .flash
            .bits
            .windows(8)
            .any(|window| window == &SECRET[..8])
    );
    assert_eq!(load(&mut store), Ok(None));
    assert_eq!(store.store(&OTHER), Ok(()));
    assert_eq!(load(&mut store), Ok(Some(OTHER)));
    assert_eq!(store.records.flash.erases, 3);
}

#[test]
fn a_key_is_stored_kept_and_forgotten() {
    whole_life::<1>();
    whole_life::<4>();
    whole_life::<8>();
    whole_life::<16>();
    whole_life::<32>();
}

/// What a board does that is asked for a request: load, or make, and load what was made.
fn make<const UNIT: usize>(store: &mut Store<UNIT>) -> Result<(), StoreFault> {
    if load(store)?.is_none() {
        store.store(&SECRET)?;
    }
    match load(store)? {
        Some(_) => Ok(()),
        None => Err(StoreFault),
    }
}

/// Power is lost at every operation of making a key, and again at every operation of what comes next. There is no key or
/// the whole one, and what one start found no later start finds otherwise.
fn cut_while_made<const UNIT: usize>(seed: u64) {
    let operations = 64 / u32::try_from(UNIT).unwrap() + 8;
    for first in 1..operations {
        for second in 1..operations {
            let mut store = store::<UNIT>(seed ^ u64::from(first * 1000 + second));
            if with_power(&mut store, first, make) {
                assert_eq!(load(&mut store), Ok(Some(SECRET)));
                continue;
            }
            let told = with_power(&mut store, second, |store| load(store).map(|_| ()));
            let found = load(&mut store).unwrap();
            assert!(matches!(found, None | Some(SECRET)), "a mixture");
            for _ in 0..8 {
                assert_eq!(load(&mut store), Ok(found), "{first} {second} {told}");
            }
            // Another key can be made exactly where there is none.
            assert_eq!(store.store(&OTHER).is_ok(), found.is_none());
            let now = found.unwrap_or(OTHER);
            for _ in 0..8 {
                assert_eq!(load(&mut store), Ok(Some(now)), "{first} {second}");
            }
        }
    }
}

#[test]
fn power_lost_while_a_key_is_made_leaves_none_or_one() {
    for seed in 0..20 {
        cut_while_made::<1>(seed);
        cut_while_made::<4>(seed);
        cut_while_made::<16>(seed);
        cut_while_made::<32>(seed);
    }
}

/// Power is lost at every operation of forgetting a key: it is there or it is not, and a board that was told that it is gone
/// does not have it.
fn cut_while_forgotten<const UNIT: usize>(seed: u64) {
    for operations in 1..6 {
        let mut store = store::<UNIT>(seed ^ u64::from(operations));
        make(&mut store).unwrap();
        let done = with_power(&mut store, operations, KeyStore::erase);
        let found = load(&mut store).unwrap();
        assert!(found.is_none() || (!done && found == Some(SECRET)));
        for _ in 0..8 {
            let later = load(&mut store).unwrap();
            // Power lost in the mark itself: it may be forgotten later, as was asked.
            assert!(later == found || (later.is_none() && operations == 1));
        }
        assert_eq!(store.erase(), Ok(()));
        assert_eq!(store.store(&OTHER), Ok(()));
        assert_eq!(load(&mut store), Ok(Some(OTHER)));
    }
}

#[test]
fn power_lost_while_a_key_is_forgotten_leaves_it_or_none() {
    for seed in 0..200 {
        cut_while_forgotten::<4>(seed);
        cut_while_forgotten::<32>(seed);
    }
}

#[test]
fn a_key_that_was_damaged_later_is_a_fault_and_not_a_new_key() {
    let mut store = store::<4>(1);
    make(&mut store).unwrap();
    store.records.flash.bits[KEY_BLOCK as usize + 20] ^= 0x04;
    assert_eq!(load(&mut store), Err(StoreFault));
    assert_eq!(store.store(&OTHER), Err(StoreFault));
    // A person can decide to forget it.
    assert_eq!(store.erase(), Ok(()));
    assert_eq!(store.store(&OTHER), Ok(()));
}

proptest! {
    #[test]
    fn whatever_stands_in_the_block_is_no_key_and_no_panic(bytes in proptest::collection::vec(any::<u8>(), 512)) {
        let mut store = store::<4>(1);
        store.records.flash.bits[KEY_BLOCK as usize..KEY_BLOCK as usize + 512].copy_from_slice(&bytes);
        prop_assert!(matches!(load(&mut store), Ok(None) | Err(StoreFault)));
        prop_assert_eq!(store.erase(), Ok(()));
        prop_assert_eq!(store.store(&SECRET), Ok(()));
        prop_assert_eq!(load(&mut store), Ok(Some(SECRET)));
    }
}
