//! What was seen before: short hashes, as many as are allowed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::limits::MAX_REMEMBERED;
use crate::store::sha256;

/// The first 16 bytes of a SHA-256 value. Two values with one digest take 2^64 tries to find.
pub(super) type Digest = [u8; 16];

/// The digest of a value.
pub(super) fn digest(bytes: &[u8]) -> Digest {
    let mut digest = [0; 16];
    let hash = sha256(bytes);
    digest.copy_from_slice(hash.first_chunk::<16>().unwrap_or(&[0; 16]));
    digest
}

/// Where each value was first seen.
#[derive(Debug)]
pub(super) struct Seen {
    places: HashMap<Digest, u32>,
    most: usize,
}

/// Whether a value was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// No.
    Never,
    /// There.
    At(u64),
    /// No more are remembered.
    Unknown,
}

impl Default for Seen {
    fn default() -> Self {
        Self::with_most(MAX_REMEMBERED)
    }
}

impl Seen {
    pub fn with_most(most: usize) -> Self {
        Self {
            places: HashMap::new(),
            most,
        }
    }

    /// Looks whether it was there, and remembers it.
    pub fn see(&mut self, digest: Digest, place: u64) -> Before {
        let full = self.places.len() >= self.most;
        match self.places.entry(digest) {
            Entry::Occupied(first) => Before::At(u64::from(*first.get())),
            Entry::Vacant(_) if full => Before::Unknown,
            Entry::Vacant(vacant) => {
                vacant.insert(u32::try_from(place).unwrap_or(u32::MAX));
                Before::Never
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_remembers_so_many_and_says_when_it_does_not() {
        let mut seen = Seen::with_most(2);
        let mut see = |value: &[u8], place| seen.see(digest(value), place);
        assert_eq!(see(b"a", 1), Before::Never);
        assert_eq!(see(b"b", 2), Before::Never);
        assert_eq!(see(b"a", 3), Before::At(1));
        assert_eq!(see(b"c", 4), Before::Unknown);
        assert_eq!(see(b"b", 5), Before::At(2));
    }
}
