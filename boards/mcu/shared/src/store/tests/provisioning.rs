//! A whole key, chain and lock by the agent itself, with power lost at every single operation of the flash in turn.

#[path = "../../../../../../agent/tests/common/mod.rs"]
mod common;

use std::cell::RefCell;
use std::vec::Vec;

use common::ca::Ca;
use common::{MAC, NAME, ask, asked_hello, csr_of, csr_request, install, lock, read, sha256};
use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};
use nameplate_agent::Agent;
use nameplate_agent::double::{FixedIdentity, SeededRandomness};
use nameplate_wire::{ErrorNumber, Reply, limits};

use super::flash::{CHAINS, Flash, KEY};
use crate::FlashStore;

/// Flash that outlives the agent over it.
struct Soldered<'a, const UNIT: usize>(&'a RefCell<Flash<UNIT>>);

impl<const UNIT: usize> ErrorType for Soldered<'_, UNIT> {
    type Error = NorFlashErrorKind;
}

impl<const UNIT: usize> ReadNorFlash for Soldered<'_, UNIT> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.borrow_mut().read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.borrow().capacity()
    }
}

impl<const UNIT: usize> NorFlash for Soldered<'_, UNIT> {
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = Flash::<UNIT>::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        self.0.borrow_mut().erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0.borrow_mut().write(offset, bytes)
    }
}

type Board<'a, const UNIT: usize> =
    Agent<SeededRandomness, FlashStore<Soldered<'a, UNIT>>, FixedIdentity>;

/// A board that starts with power for so many operations. Its generator gives something new at every start: a key that is
/// made a second time is another one.
fn start<'a, const UNIT: usize>(
    flash: &'a RefCell<Flash<UNIT>>,
    power: Option<u32>,
    starts: &mut u64,
) -> Board<'a, UNIT> {
    let mut held = flash.borrow_mut();
    held.power = power;
    held.mood = held.dice.roll();
    drop(held);
    *starts += 1;
    let store = FlashStore::new(Soldered(flash), KEY, CHAINS);
    Agent::new(
        SeededRandomness(*starts),
        store,
        FixedIdentity::new(MAC, NAME),
    )
}

/// What the host was told, and the chain that it got for it.
#[derive(Default)]
struct Host {
    csr: Option<Vec<u8>>,
    chain: Option<Vec<u8>>,
}

impl Host {
    /// Takes the board from wherever it stands to its end.
    fn deliver<const UNIT: usize>(
        &mut self,
        board: &mut Board<'_, UNIT>,
        flash: &RefCell<Flash<UNIT>>,
        issue: &mut impl FnMut(&[u8]) -> Vec<u8>,
    ) -> Result<(), ErrorNumber> {
        let hello = told(&ask(board, &common::hello()), flash)?;
        let Reply::Hello(hello) = read(&hello) else {
            panic!("not an answer to hello")
        };
        if !hello.locked {
            let answer = told(&ask(board, &csr_request(1, NAME)), flash)?;
            let csr = csr_of(&answer).0;
            match &self.csr {
                Some(known) => assert_eq!(&csr, known, "the key was lost or made twice"),
                None => self.csr = Some(csr),
            }
        }
        let csr = self
            .csr
            .as_ref()
            .expect("a locked board has told its request");
        let chain = self.chain.get_or_insert_with(|| issue(csr));
        if hello.chain != Some(sha256(chain)) {
            install(board, chain, limits::INSTALL_PIECE)?;
        }
        told(&ask(board, &lock(NAME)), flash)?;
        Ok(())
    }
}

/// What a board said, if it had power then.
fn told<const UNIT: usize>(
    answer: &[u8],
    flash: &RefCell<Flash<UNIT>>,
) -> Result<Vec<u8>, ErrorNumber> {
    match read(answer) {
        Reply::Error(error) => Err(ErrorNumber::from_number(error.code).unwrap()),
        _ if flash.borrow().power == Some(0) => Err(ErrorNumber::StoreRead),
        _ => Ok(answer.to_vec()),
    }
}

fn cut_at_every_operation<const UNIT: usize>(length: usize, seed: u64) {
    let ca = Ca::new();
    // Most boards make the same key.
    let mut issued: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut issue = |csr: &[u8]| {
        if let Some((_, chain)) = issued.iter().find(|(known, _)| known == csr) {
            return chain.clone();
        }
        let chain = ca.chain_of(csr, length);
        issued.push((csr.to_vec(), chain.clone()));
        chain
    };
    for operations in 1.. {
        let flash = RefCell::new(Flash::<UNIT>::new(seed ^ operations << 20));
        let mut starts = 0;
        let mut host = Host::default();
        let mut board = start(&flash, u32::try_from(operations).ok(), &mut starts);
        let done = host.deliver(&mut board, &flash, &mut issue);
        let was_cut = flash.borrow().power == Some(0);
        assert_eq!(done.is_err(), was_cut, "{operations}: {done:?}");

        let mut board = start(&flash, None, &mut starts);
        let hello = asked_hello(&mut board);
        let expected = host.chain.as_ref().map(|chain| sha256(chain));
        assert!(
            hello.chain.is_none() || hello.chain == expected,
            "{operations}"
        );
        assert!(hello.key || (host.csr.is_none() && hello.chain.is_none()));
        assert!(!hello.locked || hello.chain.is_some());
        for _ in 0..2 {
            let again = asked_hello(&mut start(&flash, None, &mut starts));
            assert_eq!((again.key, again.chain), (hello.key, hello.chain));
            assert!(again.locked || !hello.locked, "{operations}");
        }

        let mut board = start(&flash, None, &mut starts);
        let done = host.deliver(&mut board, &flash, &mut issue);
        assert_eq!(done, Ok(()), "{operations}");
        let hello = asked_hello(&mut start(&flash, None, &mut starts));
        assert!(hello.key && hello.locked);
        assert_eq!(hello.chain, host.chain.as_ref().map(|chain| sha256(chain)));
        if !was_cut {
            std::println!("{} operations, each cut", operations - 1);
            return;
        }
    }
}

#[test]
fn power_lost_at_any_operation_is_made_up_for_by_the_next_delivery() {
    cut_at_every_operation::<4>(limits::CHAIN, 1);
    for seed in 2..5 {
        cut_at_every_operation::<32>(1400, seed);
    }
}
