//! What the agent needs of a board: the whole of a port to new hardware.

use heapless::String;
use nameplate_wire::{Mac, limits};

use crate::PRIVATE_KEY_BYTES;

/// A board's name.
pub type Name = String<{ limits::NAME }>;

/// The noise source reported a fault of its own, or gave nothing in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomnessFault;

/// The key store could not be read or written.
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
