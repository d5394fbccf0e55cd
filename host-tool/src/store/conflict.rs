//! Why a board may not join a batch: what of it another board has already. In words that name both.

use std::fmt;

use super::board::KeyHash;

/// What two boards have in common and must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The MAC.
    Mac,
    /// The name.
    Name,
    /// The key: two boards that make the same key have broken randomness, or one is a copy of the other. The line stops.
    Key,
    /// MAC and name are the same, the key is not: the board was erased, or swapped for another.
    KeyChanged,
}

/// A board that is refused, and the one that was there before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What they have in common.
    pub what: What,
    /// The value in common: a MAC, a name, or the key's SHA-256 in hexadecimal.
    pub value: String,
    /// The refused board's MAC.
    pub mac: String,
    /// The refused board's name.
    pub name: String,
    /// The earlier board's MAC.
    pub other_mac: String,
    /// The earlier board's name.
    pub other_name: String,
    /// The earlier board's batch; `None`: this one.
    pub other_batch: Option<String>,
}

impl Conflict {
    /// Whether nothing more may be collected until a person has looked: one key on two boards.
    pub fn stops_the_line(&self) -> bool {
        self.what == What::Key
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mac, name) = (&self.mac, &self.name);
        let (other_mac, other_name) = (&self.other_mac, &self.other_name);
        let place = match &self.other_batch {
            None => "this batch".to_owned(),
            Some(batch) => format!("batch {batch:?}"),
        };
        match self.what {
            What::Mac => write!(
                f,
                "MAC {mac} of board {name:?} is already in {place}, on board {other_name:?}"
            ),
            What::Name => write!(
                f,
                "name {name:?} of the board with MAC {mac} is already in {place}, on the board with MAC {other_mac}"
            ),
            What::Key => write!(
                f,
                "board {name:?} (MAC {mac}) has the same key as board {other_name:?} (MAC {other_mac}) in {place}: \
                 their randomness is broken, or one is a copy of the other; stop, and look at both"
            ),
            What::KeyChanged => write!(
                f,
                "board {name:?} (MAC {mac}) has another key than the one recorded in {place}: it was erased or swapped; \
                 use a new batch for it"
            ),
        }
    }
}

/// What makes a board that board.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity<'a> {
    pub mac: &'a str,
    pub name: &'a str,
    pub key: KeyHash,
}

/// A board that is recorded already, here or in another batch.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub mac: String,
    pub name: String,
    pub key_sha256: String,
    /// `None`: this batch.
    pub batch: Option<String>,
}

impl Known {
    fn conflict(&self, what: What, with: Identity<'_>) -> Conflict {
        Conflict {
            what,
            value: match what {
                What::Mac => with.mac.to_owned(),
                What::Name => with.name.to_owned(),
                What::Key | What::KeyChanged => with.key.to_string(),
            },
            mac: with.mac.to_owned(),
            name: with.name.to_owned(),
            other_mac: self.mac.clone(),
            other_name: self.name.clone(),
            other_batch: self.batch.clone(),
        }
    }
}

/// Up to three recorded boards: the one with the key, the one with the MAC and the one with the name of a board that
/// wants to join.
pub(super) struct Matches {
    pub key: Option<Known>,
    pub mac: Option<Known>,
    pub name: Option<Known>,
}

impl Matches {
    /// The gravest conflict, if any. A match that is the very same board of this batch is none.
    pub fn conflict(&self, board: Identity<'_>) -> Option<Conflict> {
        // The same key under another MAC is another board. Under the same MAC it is this one, renamed or come back:
        // that is a matter of its MAC.
        if let Some(other) = self.key.as_ref().filter(|known| known.mac != board.mac) {
            return Some(other.conflict(What::Key, board));
        }
        if let Some(other) = &self.mac {
            let here = other.batch.is_none();
            let same_key = other.key_sha256 == board.key.to_string();
            return match (here && other.name == board.name, same_key) {
                (true, true) => None,
                (true, false) => Some(other.conflict(What::KeyChanged, board)),
                (false, _) => Some(other.conflict(What::Mac, board)),
            };
        }
        self.name
            .as_ref()
            .map(|other| other.conflict(What::Name, board))
    }
}
