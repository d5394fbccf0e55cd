//! The certificate chain in two slots: one holds the current chain, the other takes the next.
//!
//! A slot is as many erase blocks as a chain needs. In front stands a record, whose body is the chain's SHA-256 and whose head
//! holds its number and its length; behind it stand the certificates. A chain is gathered in a slot that was erased for it, and
//! then its record is committed: that is the one step in which it becomes current. The chain from before keeps its record, with
//! the number before, until its slot is needed; of two chains that with the later number is current.

use embedded_storage::nor_flash::NorFlash;
use nameplate_agent::{CertificateStore, Chain, ChainPlace, LONGEST_CHAIN, StoreFault};
use nameplate_wire::{Fixed, limits};

use super::records::{
    Body, COMMITTED, FORGOTTEN, GREATEST_UNIT, Held, Mark, Records, WIPED, places,
};
use super::{FlashStore, LOCKED};

/// The first byte of a chain's head; its number and its length follow.
const CHAIN: u8 = b'C';

/// Where the slots are, and what is known of them.
#[derive(Debug)]
pub(super) struct Slots {
    both: [u32; 2],
    /// That of the current chain, as it was found last.
    current: Option<u32>,
    /// That in which a chain is gathered.
    staged: Option<u32>,
}

/// A chain that was found in a slot.
#[derive(Clone, Copy)]
struct Found {
    slot: u32,
    number: u8,
    chain: Chain,
}

impl Found {
    /// Whether it came after another. There are never more than two, so numbers may begin again.
    fn is_after(&self, other: &Self) -> bool {
        self.number.wrapping_sub(other.number) < 0x80
    }
}

impl Slots {
    pub(super) const fn new(chains: u32, size: u32) -> Self {
        Self {
            both: [chains, chains.saturating_add(size)],
            current: None,
            staged: None,
        }
    }
}

impl<F: NorFlash> FlashStore<F> {
    /// Where in a slot the certificates begin.
    const DATA: usize = Records::<F>::USED.next_multiple_of(GREATEST_UNIT);

    /// Size of a slot, in bytes.
    pub const SLOT: u32 = places((Self::DATA + limits::CHAIN).next_multiple_of(F::ERASE_SIZE));

    /// The current chain. What power left undecided is decided.
    #[inline(never)]
    fn find(&mut self) -> Result<Option<Found>, StoreFault> {
        let mut latest: Option<Found> = None;
        for slot in self.slots.both {
            let mut sha256: Body = [0; 32];
            match self.records.held(slot, &mut sha256)? {
                Held::Leftovers => self.records.wipe(slot, Self::SLOT, WIPED)?,
                Held::Record([CHAIN, number, high, low], settled) => {
                    let chain = Chain {
                        length: u16::from_be_bytes([high, low]).min(LONGEST_CHAIN),
                        sha256: Fixed(sha256),
                    };
                    let found = Found {
                        slot,
                        number,
                        chain,
                    };
                    self.records.settle(slot, settled);
                    if latest.is_none_or(|latest| found.is_after(&latest)) {
                        latest = Some(found);
                    }
                }
                Held::Nothing | Held::Broken | Held::Record(..) => {}
            }
        }
        self.slots.current = latest.map(|found| found.slot);
        Ok(latest)
    }

    /// Erases a slot, unless nothing is there and that is enough.
    fn clear(&mut self, slot: u32, is_blank_enough: bool) -> Result<(), StoreFault> {
        let mut sha256: Body = [0; 32];
        let mark = match self.records.held(slot, &mut sha256)? {
            Held::Nothing if is_blank_enough => return Ok(()),
            Held::Nothing | Held::Leftovers => WIPED,
            Held::Record(..) | Held::Broken => FORGOTTEN,
        };
        self.records.wipe(slot, Self::SLOT, mark)
    }

    /// The slot that does not hold the current chain.
    fn other_slot(&mut self) -> Result<u32, StoreFault> {
        let current = self.find()?.map(|found| found.slot);
        let [first, second] = self.slots.both;
        Ok(if current == Some(first) {
            second
        } else {
            first
        })
    }

    /// Writes the marks of the lock. One of them does: the others may be flash words in which power was lost.
    fn set_locks(&mut self) {
        for mark in LOCKED {
            let _ = self.records.set(self.key, mark);
        }
    }

    /// Makes room for a chain. What looks blank is erased, too: an erase that lost its power can look so, and not last.
    fn begin(&mut self) -> Result<(), StoreFault> {
        self.slots.staged = None;
        let slot = self.other_slot()?;
        self.clear(slot, false)?;
        self.tail = [0xFF; GREATEST_UNIT];
        self.slots.staged = Some(slot);
        Ok(())
    }
}

impl<F: NorFlash> CertificateStore for FlashStore<F> {
    const CHAIN: u16 = LONGEST_CHAIN;

    fn current(&mut self) -> Result<Option<Chain>, StoreFault> {
        Ok(self.find()?.map(|found| found.chain))
    }

    /// Of the current chain, what [`Self::current`] found last.
    fn read(&mut self, place: ChainPlace, offset: u16, bytes: &mut [u8]) -> Result<(), StoreFault> {
        const WORD: u32 = 4;
        let slot = match place {
            ChainPlace::Current => self.slots.current,
            ChainPlace::Staged => self.slots.staged,
        };
        let mut at = slot.ok_or(StoreFault)?;
        at = at.saturating_add(places(Self::DATA));
        at = at.saturating_add(offset.into());
        // Some flash can be read in whole words only.
        let mut word = [0; WORD as usize];
        let mut held = None;
        for byte in bytes {
            let inside = at % WORD;
            let begin = at.saturating_sub(inside);
            if held != Some(begin) {
                self.records.read(begin, &mut word)?;
                held = Some(begin);
            }
            *byte = *word.get(inside as usize).ok_or(StoreFault)?;
            at = at.saturating_add(1);
        }
        Ok(())
    }

    fn stage(&mut self, offset: u16, bytes: &[u8], last: bool) -> Result<(), StoreFault> {
        if offset == 0 {
            self.begin()?;
        }
        let slot = self.slots.staged.ok_or(StoreFault)?;
        let mut place = usize::from(offset);
        let mut rest = bytes.iter();
        while let Some(byte) = rest.next() {
            let inside = place % GREATEST_UNIT;
            *self.tail.get_mut(inside).ok_or(StoreFault)? = *byte;
            let is_end = last && rest.as_slice().is_empty();
            if inside == GREATEST_UNIT - 1 || is_end {
                let at = place.saturating_sub(inside).saturating_add(Self::DATA);
                let at = slot.saturating_add(places(at));
                self.records.program(at, &self.tail)?;
                self.tail = [0xFF; GREATEST_UNIT];
            }
            place = place.saturating_add(1);
        }
        Ok(())
    }

    fn commit(&mut self, chain: &Chain) -> Result<(), StoreFault> {
        let slot = self.slots.staged.take().ok_or(StoreFault)?;
        let before = self.find()?;
        let number = before.map_or(0, |before| before.number.wrapping_add(1));
        let [high, low] = chain.length.to_be_bytes();
        let head = [CHAIN, number, high, low];
        self.records.write(slot, head, &chain.sha256.0)?;
        self.records.set(slot, COMMITTED)
    }

    fn forget(&mut self) -> Result<(), StoreFault> {
        self.slots.staged = None;
        // The older one first: it must not come back when the other is gone.
        let older = self.other_slot()?;
        self.clear(older, true)?;
        for slot in self.slots.both {
            self.clear(slot, true)?;
        }
        self.slots.current = None;
        Ok(())
    }

    fn is_locked(&mut self) -> Result<bool, StoreFault> {
        let marks = LOCKED.map(|mark| self.records.mark(self.key, mark));
        let is_locked = marks != [Mark::Blank; LOCKED.len()];
        if is_locked && marks != [Mark::Set; LOCKED.len()] {
            // Power was lost in one of them. Before anybody is told, the others say it for good.
            self.set_locks();
        }
        Ok(is_locked)
    }

    fn lock(&mut self) -> Result<(), StoreFault> {
        self.set_locks();
        self.is_locked()?.then_some(()).ok_or(StoreFault)
    }
}
