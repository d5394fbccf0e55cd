//! The key store against flash that loses its power in the middle of any operation, and then reads as it likes.

use std::vec::Vec;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use proptest::prelude::*;

use super::*;

const BLOCK: u32 = 512;
const SIZE: usize = 2048;
const KEY: [u8; 32] = [0xA5; 32];
const OTHER: [u8; 32] = [0x3C; 32];

/// Numbers that look random and are the same on every run.
#[derive(Clone, Debug)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        self.0.to_be_bytes()[2]
    }
}

/// Flash with units of `UNIT` bytes. A bit that lost its power while it changed is weak. Programmed halfway, each read gives
/// what it likes; erased halfway, the block has one mood from start to start.
#[derive(Clone, Debug)]
struct Flash<const UNIT: usize> {
    bits: Vec<u8>,
    weak: Vec<u8>,
    half_erased: Vec<u8>,
    mood: u8,
    /// Units programmed since the block was erased: flash words with error correction bear it once.
    programmed: Vec<bool>,
    erases: u32,
    /// Operations (a unit, or an erase) until the power goes, in the middle of the last one.
    power: Option<u32>,
    dice: Dice,
}

impl<const UNIT: usize> Flash<UNIT> {
    fn new(seed: u64) -> Self {
        Self {
            bits: std::vec![0xFF; SIZE],
            weak: std::vec![0; SIZE],
            half_erased: std::vec![0; SIZE],
            mood: 0,
            programmed: std::vec![false; SIZE / UNIT],
            erases: 0,
            power: None,
            dice: Dice(seed),
        }
    }

    /// Whether the operation that begins now is the one that the power does not last for.
    fn power_goes(&mut self) -> Result<bool, NorFlashErrorKind> {
        match &mut self.power {
            None => Ok(false),
            Some(0) => Err(NorFlashErrorKind::Other),
            Some(left) => {
                *left -= 1;
                Ok(*left == 0)
            }
        }
    }

    /// Which of the weak bits have changed, in a mood: none, all, or some.
    fn changed(&mut self, mood: u8) -> u8 {
        match mood % 3 {
            0 => 0,
            1 => 0xFF,
            _ => self.dice.roll(),
        }
    }

    /// Which bits of each byte a cut operation reached: often all of them, so that it may look finished; otherwise some.
    fn reached(&mut self) -> Option<u8> {
        (!self.dice.roll().is_multiple_of(4)).then_some(0xFF)
    }
}

impl<const UNIT: usize> ErrorType for Flash<UNIT> {
    type Error = NorFlashErrorKind;
}

impl<const UNIT: usize> ReadNorFlash for Flash<UNIT> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len())?;
        // All weak bits as they were, all as they were to be, or any mixture.
        let mood = self.dice.roll();
        for (place, byte) in (offset as usize..).zip(bytes) {
            let programmed = self.weak[place] & self.changed(mood);
            let erased = self.half_erased[place] & self.changed(self.mood);
            *byte = (self.bits[place] & !programmed) | erased;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        SIZE
    }
}

impl<const UNIT: usize> NorFlash for Flash<UNIT> {
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = 512;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to)?;
        assert_eq!((from, to), (BLOCK, BLOCK + 512), "only its own block");
        self.erases += 1;
        let cut = self.power_goes()?;
        let reached = self.reached();
        for place in from as usize..to as usize {
            if cut {
                let reached = reached.unwrap_or_else(|| self.dice.roll());
                self.half_erased[place] |= (!self.bits[place] | self.weak[place]) & reached;
            } else {
                (self.bits[place], self.weak[place]) = (0xFF, 0);
                self.half_erased[place] = 0;
                self.programmed[place / UNIT] = false;
            }
        }
        if cut {
            Err(NorFlashErrorKind::Other)
        } else {
            Ok(())
        }
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        for (place, unit) in (offset as usize..).step_by(UNIT).zip(bytes.chunks(UNIT)) {
            let cut = self.power_goes()?;
            // From 8 bytes on a unit is a flash word with error correction.
            if std::mem::replace(&mut self.programmed[place / UNIT], true) && UNIT >= 8 {
                return Err(NorFlashErrorKind::Other);
            }
            let reached = self.reached();
            for (place, byte) in (place..).zip(unit) {
                if cut {
                    self.weak[place] |=
                        self.bits[place] & !byte & reached.unwrap_or_else(|| self.dice.roll());
                } else {
                    self.bits[place] &= byte;
                    self.weak[place] &= *byte;
                    self.half_erased[place] &= *byte;
                }
            }
            if cut {
                return Err(NorFlashErrorKind::Other);
            }
        }
        Ok(())
    }
}

type Store<const UNIT: usize> = KeyFlash<Flash<UNIT>>;

fn store<const UNIT: usize>(seed: u64) -> Store<UNIT> {
    KeyFlash::new(Flash::new(seed), BLOCK)
}

/// What a board finds that has just started.
fn load<const UNIT: usize>(store: &mut Store<UNIT>) -> Result<Option<[u8; 32]>, StoreFault> {
    store.flash.mood = store.flash.dice.roll();
    let mut key = [0; 32];
    Ok(store.load(&mut key)?.then_some(key))
}

fn whole_life<const UNIT: usize>() {
    let mut store = store::<UNIT>(1);
    assert_eq!(load(&mut store), Ok(None));
    assert_eq!(store.erase(), Ok(()));
    assert_eq!(store.flash.erases, 0, "nothing to forget costs nothing");
    assert_eq!(store.store(&KEY), Ok(()));
    assert_eq!(load(&mut store), Ok(Some(KEY)));
    assert_eq!(store.store(&OTHER), Err(StoreFault), "one key for ever");
    let before = store.flash.bits.clone();
    for _ in 0..3 {
        assert_eq!(load(&mut store), Ok(Some(KEY)));
    }
    assert_eq!(
        store.flash.bits, before,
        "a settled key costs no more writes"
    );
    assert_eq!(store.erase(), Ok(()));
    assert!(
        !store
            .flash
            .bits
            .windows(8)
            .any(|window| window == &KEY[..8])
    );
    assert_eq!(load(&mut store), Ok(None));
    assert_eq!(store.store(&OTHER), Ok(()));
    assert_eq!(load(&mut store), Ok(Some(OTHER)));
    assert_eq!(store.flash.erases, 3);
}

#[test]
fn a_key_is_stored_kept_and_forgotten() {
    whole_life::<1>();
    whole_life::<4>();
    whole_life::<8>();
    whole_life::<16>();
    whole_life::<32>();
}

/// Does `work` with power for so many operations; whether it was told that all was done.
fn with_power<const UNIT: usize>(
    store: &mut Store<UNIT>,
    operations: u32,
    work: fn(&mut Store<UNIT>) -> Result<(), StoreFault>,
) -> bool {
    store.flash.power = Some(operations);
    let done = work(store).is_ok();
    // Without power nobody is told anything.
    store.flash.power.take() != Some(0) && done
}

/// What a board does that is asked for a request: load, or make, and load what was made.
fn make<const UNIT: usize>(store: &mut Store<UNIT>) -> Result<(), StoreFault> {
    if load(store)?.is_none() {
        store.store(&KEY)?;
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
                assert_eq!(load(&mut store), Ok(Some(KEY)));
                continue;
            }
            let told = with_power(&mut store, second, |store| load(store).map(|_| ()));
            let found = load(&mut store).unwrap();
            assert!(matches!(found, None | Some(KEY)), "a mixture");
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
        assert!(found.is_none() || (!done && found == Some(KEY)));
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
    store.flash.bits[BLOCK as usize + 20] ^= 0x04;
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
        store.flash.bits[BLOCK as usize..BLOCK as usize + 512].copy_from_slice(&bytes);
        prop_assert!(matches!(load(&mut store), Ok(None) | Err(StoreFault)));
        prop_assert_eq!(store.erase(), Ok(()));
        prop_assert_eq!(store.store(&KEY), Ok(()));
        prop_assert_eq!(load(&mut store), Ok(Some(KEY)));
    }
}
