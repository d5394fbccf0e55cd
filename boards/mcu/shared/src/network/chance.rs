//! What the network link leaves to chance, from the board's health-tested generator.

use embedded_storage::nor_flash::NorFlash;
use nameplate_agent::Randomness;

use super::Final;
use crate::{Board, Signal};

/// What is left to chance in one session, or in the stack: from the health-tested generator.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    #[inline(never)]
    pub(super) fn draw<R, F, L>(board: &mut Board<R, F, L>) -> Result<Self, Final>
    where
        R: Randomness,
        F: NorFlash,
        L: FnMut(Signal) -> bool,
    {
        let seed = board.exchange.agent().seed().map_err(Final::Randomness)?;
        let first = seed.first_chunk().copied().unwrap_or_default();
        Ok(Self(u64::from_le_bytes(first)))
    }

    /// A local port for TCP out of the 16,384 that are free for this (RFC 6335 section 6): a board that was restarted must
    /// not look like the connection that it had before.
    pub(super) fn port(&self) -> u16 {
        let [low, high, ..] = self.0.to_le_bytes();
        u16::from_le_bytes([low, high]) | 0xC000
    }

    pub(super) fn jitter(&self) -> u32 {
        let [.., a, b, c, d] = self.0.to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }
}
