//! What the agent needs of a board: the whole of a port to new hardware.

use heapless::String;
use nameplate_wire::{Fixed, Mac, limits};

use crate::PRIVATE_KEY_BYTES;

/// A board's name.
pub type Name = String<{ limits::NAME }>;

/// The noise source reported a fault of its own, or gave nothing in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomnessFault;

/// The key store or the certificate store could not be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreFault;

/// The board's noise source.
///
/// What it gives is health-tested by [`crate::Entropy`] before anything is made of it, and hashed: 1024 samples make one
/// seed of 32 bytes. It must be a real generator: never a fixed value, a counter or a clock.
pub trait Randomness {
    /// Min-entropy of one sample (8 bits) in whole bits, 1 to 8, as claimed for this source (NIST SP 800-90B section 3.1.3).
    ///
    /// It sets how strict the health tests are. A low claim is the safe one for the key, which has enough samples at 1
    /// bit each; a high claim finds a weak source sooner. The generators of microcontrollers with conditioning, and the
    /// operating system's, may claim 8.
    const MIN_ENTROPY_BITS: u8 = 4;

    /// Fills `samples` with fresh samples.
    ///
    /// # Errors
    /// [`RandomnessFault`] where the hardware reports a fault or nothing comes in time. Blocking for ever is a defect.
    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault>;
}

/// Where the one private key lasts over resets and power cycles.
pub trait KeyStore {
    /// Reads the key into `key`; `false` where there is none, and then `key` does not matter.
    ///
    /// # Errors
    /// [`StoreFault`] where the store can't be read, or holds something that is no whole key.
    fn load(&mut self, key: &mut [u8; PRIVATE_KEY_BYTES]) -> Result<bool, StoreFault>;

    /// Stores the key. When it returns `Ok` the key must be durable. Power lost at any moment must leave either no key or
    /// this whole key: write it beside, check it, then make it current in one step.
    ///
    /// # Errors
    /// [`StoreFault`] where it could not be stored; there is no key then.
    fn store(&mut self, key: &[u8; PRIVATE_KEY_BYTES]) -> Result<(), StoreFault>;

    /// Forgets the key, and overwrites it where the hardware can. Nothing to forget is no fault.
    ///
    /// # Errors
    /// [`StoreFault`] where the key may still be there.
    fn erase(&mut self) -> Result<(), StoreFault>;
}

/// A certificate chain, by what tells it from any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its length in bytes; never 0.
    pub length: u16,
    /// SHA-256 over all of it.
    pub sha256: Fixed<32>,
}

/// [`limits::CHAIN`] as the length of a chain: the most that a [`CertificateStore`] keeps.
#[expect(clippy::cast_possible_truncation, reason = "4096")]
pub const LONGEST_CHAIN: u16 = limits::CHAIN as u16;

/// One of the two places for a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainPlace {
    /// The chain that is the board's.
    Current,
    /// What is gathered to become it.
    Staged,
}

/// Where the board's certificate chain lasts over resets and power cycles, and that provisioning is over.
///
/// It has places for two chains, the current one and the one that is gathered, and nothing of either need stand in RAM. What
/// it is given was not looked at by it: the agent checks what was staged by reading it from there.
///
/// Everything is provided, for a board that keeps no certificates: its agent answers `install` and `lock` with 501. A board that
/// keeps them gives all of it.
pub trait CertificateStore {
    /// The longest chain that is kept, in bytes, up to [`LONGEST_CHAIN`]; 0 where none is.
    const CHAIN: u16 = 0;

    /// The current chain as it was committed, if there is one. Called at every `hello`; what a power cut left undecided is
    /// decided here, for good.
    ///
    /// # Errors
    /// [`StoreFault`] where the store can't be read. A record of a chain that is none is no fault: there is no chain then, and the
    /// next one takes its place.
    fn current(&mut self) -> Result<Option<Chain>, StoreFault> {
        Ok(None)
    }

    /// Reads bytes of a chain, from `offset` on. The agent reads the staged one only when all of it is there, and either only
    /// within its length.
    ///
    /// # Errors
    /// [`StoreFault`] where they can't be read, or nothing was ever there.
    fn read(&mut self, place: ChainPlace, offset: u16, bytes: &mut [u8]) -> Result<(), StoreFault> {
        let _ = (place, offset, bytes);
        Err(StoreFault)
    }

    /// Takes the next bytes of a chain. An `offset` of 0 begins a new one, and forgets what was staged before; otherwise it is
    /// where the bytes before ended. With the `last` of them all can be read; they need not be durable before [`Self::commit`].
    ///
    /// # Errors
    /// [`StoreFault`] where they could not be written. The agent then begins anew.
    fn stage(&mut self, offset: u16, bytes: &[u8], last: bool) -> Result<(), StoreFault> {
        let _ = (offset, bytes, last);
        Err(StoreFault)
    }

    /// Makes what was staged the current chain, in one step. When it returns `Ok` the chain must be durable. Power lost at any
    /// moment must leave the chain from before or this one, and as [`Self::current`] first finds it, it must stay.
    ///
    /// # Errors
    /// [`StoreFault`] where it could not be done; the chain from before is current then.
    fn commit(&mut self, chain: &Chain) -> Result<(), StoreFault> {
        let _ = chain;
        Err(StoreFault)
    }

    /// Forgets both chains. Nothing to forget is no fault, and must cost no wear.
    ///
    /// # Errors
    /// [`StoreFault`] where the current one may still be there.
    fn forget(&mut self) -> Result<(), StoreFault> {
        Ok(())
    }

    /// Whether [`Self::lock`] was ever called. Once it has said yes, it must never say no again.
    ///
    /// # Errors
    /// [`StoreFault`] where that can't be told.
    fn is_locked(&mut self) -> Result<bool, StoreFault> {
        Ok(false)
    }

    /// Ends provisioning for good. When it returns `Ok` that must be durable.
    ///
    /// # Errors
    /// [`StoreFault`] where it may not be kept.
    fn lock(&mut self) -> Result<(), StoreFault> {
        Err(StoreFault)
    }
}

/// Which board this is.
pub trait Identity {
    /// The MAC address, as the factory wrote it; `None` where it can't be read.
    fn mac(&mut self) -> Option<Mac>;

    /// The name, as the factory gave it or made from the MAC; `None` where it can't be read. One to
    /// [`limits::NAME`] bytes of UTF-8.
    fn name(&mut self) -> Option<Name>;

    /// The firmware that the agent is built into, with its version. At most [`limits::FIRMWARE`] bytes are reported.
    fn firmware(&self) -> &str;

    /// Shows for so many seconds which board this is: blink, beep, draw; 0 ends it. `false` where the board has no means.
    fn identify(&mut self, seconds: u8) -> bool {
        let _ = seconds;
        false
    }

    /// The host has recorded this board: it may be unplugged. A good moment to light something green.
    fn recorded(&mut self) {}
}
