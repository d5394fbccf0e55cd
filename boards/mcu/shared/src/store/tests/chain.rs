//! The chain and the lock against power that is lost at any moment, twice.

use std::vec;
use std::vec::Vec;

use nameplate_agent::{CertificateStore, Chain, ChainPlace, StoreFault};
use nameplate_wire::Fixed;
use proptest::prelude::*;

use super::flash::{CHAINS, SLOT};
use super::{Store, restart, store, with_power};

/// A chain of one byte repeated; its digest is made up, since the store never looks at it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Made {
    byte: u8,
    length: u16,
}

const OLD: Made = Made {
    byte: 0x11,
    length: 100,
};
const NEW: Made = Made {
    byte: 0x22,
    length: 70,
};
const LONGEST: Made = Made {
    byte: 0x5A,
    length: 4096,
};

impl Made {
    fn chain(self) -> Chain {
        Chain {
            length: self.length,
            sha256: Fixed([self.byte; 32]),
        }
    }

    fn install<const UNIT: usize>(
        self,
        store: &mut Store<UNIT>,
        piece: usize,
    ) -> Result<(), StoreFault> {
        let bytes = vec![self.byte; self.length.into()];
        let mut offset = 0;
        for piece in bytes.chunks(piece) {
            let end = offset + u16::try_from(piece.len()).unwrap();
            store.stage(offset, piece, end == self.length)?;
            offset = end;
        }
        let mut staged = vec![0; bytes.len()];
        store.read(ChainPlace::Staged, 0, &mut staged)?;
        if staged != bytes {
            return Err(StoreFault);
        }
        store.commit(&self.chain())?;
        match current(store)? {
            Some(made) if made == self => Ok(()),
            _ => Err(StoreFault),
        }
    }
}

/// The current chain; a mixture fails the test.
fn current<const UNIT: usize>(store: &mut Store<UNIT>) -> Result<Option<Made>, StoreFault> {
    let Some(chain) = store.current()? else {
        return Ok(None);
    };
    let mut bytes = vec![0; chain.length.into()];
    store.read(ChainPlace::Current, 0, &mut bytes)?;
    let made = Made {
        byte: chain.sha256.0[0],
        length: chain.length,
    };
    assert_eq!(chain, made.chain(), "a mixture");
    assert!(bytes.iter().all(|byte| *byte == made.byte), "a mixture");
    Ok(Some(made))
}

fn whole_life<const UNIT: usize>() {
    assert_eq!(Store::<UNIT>::SLOT, SLOT);
    let mut store = store::<UNIT>(1);
    assert_eq!(current(&mut store), Ok(None));
    assert_eq!(store.forget(), Ok(()));
    assert_eq!(
        store.records.flash.erases, 0,
        "nothing to forget costs nothing"
    );
    assert_eq!(store.commit(&OLD.chain()), Err(StoreFault));
    assert_eq!(store.stage(32, &[0; 32], false), Err(StoreFault));
    for (made, piece) in [
        (OLD, 1024),
        (LONGEST, 1000),
        (NEW, 7),
        (OLD, 32),
        (LONGEST, 1),
    ] {
        let before = current(&mut store).unwrap();
        store.stage(0, &[0; 999], false).unwrap();
        restart(&mut store);
        assert_eq!(
            current(&mut store),
            Ok(before),
            "what was staged is forgotten"
        );
        made.install(&mut store, piece).unwrap();
        assert_eq!(current(&mut store), Ok(Some(made)));
        let bits = store.records.flash.bits.clone();
        restart(&mut store);
        assert_eq!(current(&mut store), Ok(Some(made)));
        assert_eq!(
            store.records.flash.bits, bits,
            "a settled chain costs no more writes"
        );
    }
    assert_eq!(store.forget(), Ok(()));
    assert_eq!(current(&mut store), Ok(None));
    restart(&mut store);
    assert_eq!(current(&mut store), Ok(None));
}

#[test]
fn chains_follow_each_other_and_are_forgotten() {
    whole_life::<1>();
    whole_life::<4>();
    whole_life::<8>();
    whole_life::<16>();
    whole_life::<32>();
}

#[test]
fn any_part_of_a_chain_is_read_whatever_the_flash_reads_at_once() {
    let mut store = store::<4>(1);
    let bytes: Vec<u8> = (0..=255).cycle().take(600).collect();
    store.stage(0, &bytes, true).unwrap();
    for offset in 0..40 {
        for length in 0..40 {
            let mut part = vec![0; length];
            store.read(ChainPlace::Staged, offset, &mut part).unwrap();
            let offset = usize::from(offset);
            assert_eq!(part, bytes[offset..offset + length]);
        }
    }
}

/// Numbers of chains begin again after 256 of them.
#[test]
fn the_latest_of_many_chains_is_the_current_one() {
    let mut store = store::<4>(1);
    for count in 0..600_u16 {
        let made = Made {
            byte: count.to_le_bytes()[0],
            length: 40,
        };
        made.install(&mut store, 40).unwrap();
        restart(&mut store);
        assert_eq!(current(&mut store), Ok(Some(made)), "{count}");
    }
}

/// How many operations that takes.
fn operations<const UNIT: usize>(
    before: &Store<UNIT>,
    work: fn(&mut Store<UNIT>) -> Result<(), StoreFault>,
) -> u32
where
    Store<UNIT>: Sized,
{
    let mut store = copy(before);
    store.records.flash.power = Some(u32::MAX);
    work(&mut store).unwrap();
    u32::MAX - store.records.flash.power.unwrap()
}

fn copy<const UNIT: usize>(of: &Store<UNIT>) -> Store<UNIT> {
    let mut copy = store::<UNIT>(0);
    copy.records.flash = of.records.flash.clone();
    copy
}

fn seeded<const UNIT: usize>(of: &Store<UNIT>, seed: u64) -> Store<UNIT> {
    let mut copy = copy(of);
    copy.records.flash.dice.0 ^= seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    copy
}

/// Power is lost at every operation of installing a chain over another, and again at every operation of what comes next: the
/// start that finds one of them, or another delivery. There is the old chain or the new one, no later start finds
/// otherwise, and the next delivery comes to its end.
fn cut_while_installed<const UNIT: usize>(seed: u64) {
    let mut before = store::<UNIT>(seed);
    OLD.install(&mut before, 1024).unwrap();
    let deliver = |store: &mut Store<UNIT>| NEW.install(store, 1024);
    let look = |store: &mut Store<UNIT>| store.current().map(|_| ());
    let all = operations(&before, deliver);
    for first in 1..=all {
        for (next, second) in (1..=6)
            .map(|second| (look as fn(&mut _) -> _, second))
            .chain(
                (1..=all)
                    .step_by(3)
                    .map(|second| (deliver as fn(&mut _) -> _, second)),
            )
        {
            let mut store = seeded(&before, u64::from(first * 1000 + second));
            assert!(!with_power(&mut store, first, deliver));
            restart(&mut store);
            with_power(&mut store, second, next);
            restart(&mut store);
            let found = current(&mut store).unwrap();
            assert!([Some(OLD), Some(NEW)].contains(&found), "{first} {second}");
            for _ in 0..4 {
                restart(&mut store);
                assert_eq!(current(&mut store), Ok(found), "{first} {second}");
            }
            deliver(&mut store).unwrap();
            for _ in 0..4 {
                restart(&mut store);
                assert_eq!(current(&mut store), Ok(Some(NEW)), "{first} {second}");
            }
        }
    }
}

#[test]
fn power_lost_while_a_chain_is_installed_leaves_the_old_or_the_new_one() {
    cut_while_installed::<1>(0);
    cut_while_installed::<16>(1);
    for seed in 2..5 {
        cut_while_installed::<4>(seed);
        cut_while_installed::<32>(seed);
    }
}

/// Power is lost at every operation of forgetting. The chain is there, or none is; one that was told to be gone stays gone.
fn cut_while_forgotten<const UNIT: usize>(seed: u64) {
    let mut before = store::<UNIT>(seed);
    OLD.install(&mut before, 1024).unwrap();
    NEW.install(&mut before, 1024).unwrap();
    let forget = |store: &mut Store<UNIT>| store.forget();
    let all = operations(&before, forget);
    for operations in 1..=all + 1 {
        let mut store = seeded(&before, operations.into());
        let done = with_power(&mut store, operations, forget);
        restart(&mut store);
        let found = current(&mut store).unwrap();
        assert!(
            found.is_none() || (!done && found == Some(NEW)),
            "{operations}"
        );
        store.forget().unwrap();
        for _ in 0..4 {
            restart(&mut store);
            assert_eq!(current(&mut store), Ok(None), "{operations}");
        }
        NEW.install(&mut store, 1024).unwrap();
    }
}

#[test]
fn power_lost_while_a_chain_is_forgotten_leaves_it_or_none() {
    for seed in 0..100 {
        cut_while_forgotten::<4>(seed);
        cut_while_forgotten::<32>(seed);
    }
}

/// A board that ever said it is locked says so for ever, and so does one that was told that it is.
fn cut_while_locked<const UNIT: usize>(seed: u64) {
    for first in 1..=4 {
        for second in 1..=3 {
            let mut store = store::<UNIT>(seed);
            let told = with_power(&mut store, first, CertificateStore::lock);
            restart(&mut store);
            let mut said = false;
            let had_power = with_power(&mut store, second, |store| {
                said = store.is_locked()?;
                Ok(())
            });
            said &= had_power;
            restart(&mut store);
            let locked = store.is_locked().unwrap();
            assert!(locked || !(told || said), "{first} {second}");
            for _ in 0..8 {
                restart(&mut store);
                let later = store.is_locked().unwrap();
                assert!(later || !locked);
            }
            store.lock().unwrap();
            for _ in 0..8 {
                restart(&mut store);
                assert_eq!(store.is_locked(), Ok(true));
            }
        }
    }
}

#[test]
fn power_lost_while_a_board_is_locked_leaves_it_locked_or_not() {
    for seed in 0..200 {
        cut_while_locked::<1>(seed);
        cut_while_locked::<4>(seed);
        cut_while_locked::<32>(seed);
    }
}

proptest! {
    #[test]
    fn whatever_stands_in_the_slots_is_no_panic_and_the_next_chain_takes_its_place(
        bytes in proptest::collection::vec(any::<u8>(), 600),
        place in 0..2 * SLOT - 600,
    ) {
        let mut store = store::<4>(1);
        let from = (CHAINS + place) as usize;
        store.records.flash.bits[from..from + 600].copy_from_slice(&bytes);
        prop_assert_eq!(current(&mut store), Ok(None));
        LONGEST.install(&mut store, 1024).unwrap();
        restart(&mut store);
        prop_assert_eq!(current(&mut store), Ok(Some(LONGEST)));
    }
}
