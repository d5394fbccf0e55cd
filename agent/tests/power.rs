//! Power lost at every single write of the store, in turn, through a whole key, chain and lock; and again in what comes next.
//!
//! Here the store keeps its promises and the agent is under test: that it writes in an order in which every state between is
//! one of before or after. That stores keep them is tested where they are.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::cell::{Cell, RefCell};

use common::ca::Ca;
use common::{
    MAC, NAME, ask, asked_hello, csr_of, csr_request, install, lock, randomness, read, sha256,
};
use nameplate_agent::double::{FixedIdentity, Memory, MemoryStore};
use nameplate_agent::{Agent, CertificateStore, Chain, ChainPlace, KeyStore, StoreFault};
use nameplate_wire::{ErrorNumber, Reply, limits};

/// How far the write came in which power was lost.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reached {
    Nothing,
    Half,
    All,
}

/// The power of one run.
#[derive(Debug)]
struct Power {
    /// Writes until it goes; 0 once it has gone.
    left: Cell<u32>,
    reached: Reached,
}

impl Power {
    fn on(&self) -> Result<(), StoreFault> {
        (self.left.get() > 0).then_some(()).ok_or(StoreFault)
    }

    /// Does a write, or as much of it as the power lasts for. One that is to be done in one step is not done by half.
    fn write(
        &self,
        whole: impl FnOnce() -> Result<(), StoreFault>,
        half: impl FnOnce() -> Result<(), StoreFault>,
    ) -> Result<(), StoreFault> {
        self.on()?;
        self.left.set(self.left.get() - 1);
        if self.on().is_ok() {
            return whole();
        }
        match self.reached {
            Reached::Nothing => {}
            Reached::Half => half()?,
            Reached::All => whole()?,
        }
        Err(StoreFault)
    }
}

/// A store that loses its power, and then does nothing more.
struct Cut<'a> {
    store: RefCell<MemoryStore<'a>>,
    power: &'a Power,
}

impl<'a> Cut<'a> {
    fn step(
        &self,
        step: impl FnOnce(&mut MemoryStore<'a>) -> Result<(), StoreFault>,
    ) -> Result<(), StoreFault> {
        self.power
            .write(|| step(&mut self.store.borrow_mut()), || Ok(()))
    }
}

impl KeyStore for Cut<'_> {
    fn load(&mut self, key: &mut [u8; 32]) -> Result<bool, StoreFault> {
        self.power.on()?;
        self.store.get_mut().load(key)
    }

    fn store(&mut self, key: &[u8; 32]) -> Result<(), StoreFault> {
        self.step(|store| store.store(key))
    }

    fn erase(&mut self) -> Result<(), StoreFault> {
        self.step(KeyStore::erase)
    }
}

impl CertificateStore for Cut<'_> {
    const CHAIN: u16 = MemoryStore::CHAIN;

    fn current(&mut self) -> Result<Option<Chain>, StoreFault> {
        self.power.on()?;
        self.store.get_mut().current()
    }

    fn read(&mut self, place: ChainPlace, offset: u16, bytes: &mut [u8]) -> Result<(), StoreFault> {
        self.power.on()?;
        self.store.get_mut().read(place, offset, bytes)
    }

    fn stage(&mut self, offset: u16, bytes: &[u8], last: bool) -> Result<(), StoreFault> {
        let half = &bytes[..bytes.len() / 2];
        let stage = |bytes| self.store.borrow_mut().stage(offset, bytes, last);
        self.power.write(|| stage(bytes), || stage(half))
    }

    fn commit(&mut self, chain: &Chain) -> Result<(), StoreFault> {
        self.step(|store| store.commit(chain))
    }

    fn forget(&mut self) -> Result<(), StoreFault> {
        self.step(CertificateStore::forget)
    }

    fn is_locked(&mut self) -> Result<bool, StoreFault> {
        self.power.on()?;
        self.store.get_mut().is_locked()
    }

    fn lock(&mut self) -> Result<(), StoreFault> {
        self.step(CertificateStore::lock)
    }
}

/// What the host knows: the CA, and the chain that it got for the board's request.
struct Host {
    ca: Ca,
    csr: Option<Vec<u8>>,
    chain: Option<Vec<u8>>,
}

impl Host {
    fn new() -> Self {
        Self {
            ca: Ca::new(),
            csr: None,
            chain: None,
        }
    }

    /// Takes the board from wherever it stands to its end; the number that stopped that, if one did.
    fn deliver(&mut self, memory: &RefCell<Memory>, power: &Power) -> Result<(), ErrorNumber> {
        let store = Cut {
            store: RefCell::new(MemoryStore(memory)),
            power,
        };
        let mut agent = Agent::new(randomness(), store, FixedIdentity::new(MAC, NAME));
        if self.csr.is_none() {
            let answer = ask(&mut agent, &csr_request(1, NAME));
            told(&answer)?;
            let csr = csr_of(&answer).0;
            self.chain = Some(self.ca.chain_of(&csr, limits::CHAIN));
            self.csr = Some(csr);
        }
        let chain = self.chain.as_ref().unwrap();
        let hello = ask(&mut agent, &common::hello());
        told(&hello)?;
        let hello = asked_hello(&mut agent);
        if hello.chain != Some(sha256(chain)) {
            install(&mut agent, chain, 1024)?;
        }
        told(&ask(&mut agent, &lock(NAME)))?;
        Ok(())
    }

    /// What a board says after a restart must be of before or after, and nothing between.
    fn judge(&self, memory: &RefCell<Memory>, before: &Memory) {
        let mut agent = common::board(memory);
        let hello = asked_hello(&mut agent);
        let old = before.current.as_ref().map(|(chain, _)| chain.sha256);
        let new = self.chain.as_ref().map(|chain| sha256(chain));
        assert!(hello.chain == old || hello.chain == new, "{hello:?}");
        assert!(
            hello.chain.is_none() || hello.key,
            "a chain without its key"
        );
        assert!(!hello.locked || (hello.chain == new && new.is_some()));
        let memory = memory.borrow();
        assert_eq!(hello.key, memory.key.is_some());
        assert!(before.key.is_none() || memory.key == before.key);
        assert_eq!(hello.chain.is_some(), memory.current.is_some());
    }
}

fn told(answer: &[u8]) -> Result<(), ErrorNumber> {
    match read(answer) {
        Reply::Error(error) => Err(ErrorNumber::from_number(error.code).unwrap()),
        _ => Ok(()),
    }
}

fn power(writes: u32, reached: Reached) -> Power {
    Power {
        left: Cell::new(writes),
        reached,
    }
}

const REACHED: [Reached; 3] = [Reached::Nothing, Reached::Half, Reached::All];

/// Cuts the power at every write from `before` on, and then at every write of the next try; how many writes there were.
fn sweep(before: &Memory, host: impl Fn() -> Host) -> u32 {
    let keys_before = before.stored;
    for first in 1.. {
        let mut was_cut = false;
        for reached in REACHED {
            for second in 1.. {
                let memory = RefCell::new(before.clone());
                let mut host = host();
                let cut = power(first, reached);
                let _ = host.deliver(&memory, &cut);
                was_cut |= cut.on().is_err();
                host.judge(&memory, before);
                let cut = power(second, reached);
                let _ = host.deliver(&memory, &cut);
                let cut_again = cut.on().is_err();
                host.judge(&memory, before);
                host.deliver(&memory, &power(1000, reached)).unwrap();
                let hello = asked_hello(&mut common::board(&memory));
                assert!(hello.locked, "{first} {reached:?} {second}");
                assert_eq!(hello.chain, host.chain.as_ref().map(|chain| sha256(chain)));
                assert_eq!(memory.borrow().stored, 1.max(keys_before), "made once");
                if !cut_again {
                    break;
                }
            }
        }
        if !was_cut {
            return first - 1;
        }
    }
    unreachable!("some run ends before its power")
}

#[test]
fn a_first_delivery_survives_power_cuts_at_every_write() {
    let writes = sweep(&Memory::default(), Host::new);
    // Forget, key, four pieces, commit, lock.
    assert_eq!(writes, 8);
}

#[test]
fn a_second_delivery_survives_power_cuts_at_every_write() {
    let memory = RefCell::new(Memory::default());
    let mut agent = common::board(&memory);
    let (csr, _) = csr_of(&ask(&mut agent, &csr_request(1, NAME)));
    install(&mut agent, &Ca::new().chain(&csr), 1024).unwrap();
    let before = memory.borrow().clone();
    assert_eq!(sweep(&before, Host::new), 6);
}

#[test]
fn power_lost_while_a_board_is_erased_leaves_no_chain_without_its_key() {
    let memory = RefCell::new(Memory::default());
    let mut agent = common::board(&memory);
    let (csr, _) = csr_of(&ask(&mut agent, &csr_request(1, NAME)));
    install(&mut agent, &Ca::new().chain(&csr), 1024).unwrap();
    let before = memory.borrow().clone();
    for writes in 1..=2 {
        for reached in REACHED {
            let memory = RefCell::new(before.clone());
            let cut = power(writes, reached);
            let store = Cut {
                store: RefCell::new(MemoryStore(&memory)),
                power: &cut,
            };
            let mut agent = Agent::new(randomness(), store, FixedIdentity::new(MAC, NAME));
            told(&ask(&mut agent, &common::erase(NAME))).unwrap_err();
            let hello = asked_hello(&mut common::board(&memory));
            assert!(hello.key || hello.chain.is_none());
            let mut board = common::board(&memory);
            told(&ask(&mut board, &common::erase(NAME))).unwrap();
            let hello = asked_hello(&mut board);
            assert_eq!((hello.key, hello.chain), (false, None));
        }
    }
}
