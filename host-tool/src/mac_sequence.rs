//! A sequence of MAC addresses as common names: what a batch with keys of the service's making can be made of.
//!
//! Works out the names and says what is wrong or odd with them. Writes nothing, knows no service and no batch.

use std::fmt;

use nameplate_wire::Mac;

/// Most names in one sequence. Source: the service's documents on enrolment data ("500,000 maximum", S).
pub const MAX_COUNT: u64 = 500_000;

/// The greatest address as a number: `ff-ff-ff-ff-ff-ff`.
const LAST: u64 = (1 << 48) - 1;

/// How far the vendor's half of an address is from its low end, in bits (IEEE 802: the first three octets, the OUI).
const OUI_SHIFT: u32 = 24;

/// These three values make no sequence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SequenceError {
    /// Five octets, as the service's own document prints it.
    #[error(
        "the start {start:?} has five octets of six: for a sequence from its first address on, write {suggestion:?}"
    )]
    FiveOctets {
        /// What was given.
        start: String,
        /// The same with the octet that is missing.
        suggestion: String,
    },
    /// Both separators in one address.
    #[error("the start {start:?} mixes ':' and '-': write all five separators alike")]
    MixedSeparators {
        /// What was given.
        start: String,
    },
    /// It is no MAC address.
    #[error(
        "the start {start:?} is no MAC address: write XX:XX:XX:XX:XX:XX or XX-XX-XX-XX-XX-XX, in hex digits"
    )]
    Syntax {
        /// What was given.
        start: String,
    },
    /// Too few, or more than the service takes.
    #[error("a sequence has from 1 to {MAX_COUNT} addresses, not {count}")]
    Count {
        /// What was given.
        count: u64,
    },
    /// Every name would be the same.
    #[error("the increment must be at least 1, in decimal")]
    Increment,
    /// It ends beyond the last address.
    #[error("{count} addresses from {} on, each {increment} further, run past ff-ff-ff-ff-ff-ff: at most {fits} fit", hyphens(*start))]
    PastTheEnd {
        /// The first address.
        start: Mac,
        /// What was given.
        count: u64,
        /// What was given.
        increment: u64,
        /// How many there is room for.
        fits: u64,
    },
    /// One of its addresses is nobody's own.
    #[error("address {number} of the sequence, {}, is {}: no device has it", hyphens(*mac), if mac.is_zero() { "all zeros" } else { "a group address" })]
    NoDevice {
        /// Which one, from 1.
        number: u64,
        /// The address.
        mac: Mac,
    },
}

/// What is odd about a sequence that can be had all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// It goes on into another vendor's addresses.
    LeavesOui {
        /// The first address that is another vendor's.
        mac: Mac,
        /// Which one, from 1.
        number: u64,
    },
    /// It begins with an address that no vendor was given (IEEE 802: the second bit of the first octet).
    LocallyAdministered,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeavesOui { mac, number } => write!(
                f,
                "from address {number} ({}) on the sequence is in another vendor's range (OUI) than its start",
                hyphens(*mac)
            ),
            Self::LocallyAdministered => f.write_str(
                "the start is a locally administered address: unique only as far as you see to it yourself",
            ),
        }
    }
}

/// A sequence that holds to the rules: its addresses are all there, and each can be a device's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacSequence {
    start: u64,
    count: u64,
    increment: u64,
}

impl MacSequence {
    /// `count` addresses from `start` on, each `increment` further than the one before.
    ///
    /// # Errors
    /// [`SequenceError`].
    pub fn new(start: &str, count: u64, increment: u64) -> Result<Self, SequenceError> {
        let start = parse(start)?;
        if !(1..=MAX_COUNT).contains(&count) {
            return Err(SequenceError::Count { count });
        }
        if increment == 0 {
            return Err(SequenceError::Increment);
        }
        let first = number_of(start);
        let fits = (LAST - first) / increment + 1;
        if count > fits {
            return Err(SequenceError::PastTheEnd {
                start,
                count,
                increment,
                fits,
            });
        }
        let sequence = Self {
            start: first,
            count,
            increment,
        };
        match sequence.find(|mac| mac.is_zero() || mac.is_multicast()) {
            Some((number, mac)) => Err(SequenceError::NoDevice { number, mac }),
            None => Ok(sequence),
        }
    }

    /// How many addresses.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// From one address to the next.
    pub fn increment(&self) -> u64 {
        self.increment
    }

    /// The first address.
    pub fn start(&self) -> Mac {
        mac_of(self.start)
    }

    /// The last address.
    pub fn end(&self) -> Mac {
        mac_of(self.start + (self.count - 1) * self.increment)
    }

    /// The addresses in order, one at a time.
    pub fn macs(&self) -> impl Iterator<Item = Mac> + use<> {
        let Self {
            start,
            count,
            increment,
        } = *self;
        (0..count).map(move |place| mac_of(start + place * increment))
    }

    /// The common names in order, as the service makes them of the addresses: `00-1a-c2-7b-00-0a` (S).
    pub fn common_names(&self) -> impl Iterator<Item = String> + use<> {
        self.macs().map(hyphens)
    }

    /// What an operator should look at twice.
    pub fn oddities(&self) -> Vec<Oddity> {
        let oui = self.start >> OUI_SHIFT;
        let leaves = self.find(|mac| number_of(mac) >> OUI_SHIFT != oui);
        let local = self.start().0[0] & 2 != 0;
        local
            .then_some(Oddity::LocallyAdministered)
            .into_iter()
            .chain(leaves.map(|(number, mac)| Oddity::LeavesOui { mac, number }))
            .collect()
    }

    /// The first address of this kind, and its number from 1.
    fn find(&self, is: impl Fn(Mac) -> bool) -> Option<(u64, Mac)> {
        (1..).zip(self.macs()).find(|(_, mac)| is(*mac))
    }
}

/// An address as a common name: lower case, with hyphens.
pub fn hyphens(mac: Mac) -> String {
    mac.to_string().replace(':', "-")
}

fn parse(text: &str) -> Result<Mac, SequenceError> {
    let start = || text.to_owned();
    Mac::parse(text).map_err(|_| {
        let separators: Vec<_> = text.matches([':', '-']).collect();
        let suggestion = format!("{text}{}00", separators.first().unwrap_or(&":"));
        if Mac::parse(&suggestion).is_ok() {
            let start = start();
            SequenceError::FiveOctets { start, suggestion }
        } else if separators.len() == 5 && Mac::parse(&text.replace('-', ":")).is_ok() {
            SequenceError::MixedSeparators { start: start() }
        } else {
            SequenceError::Syntax { start: start() }
        }
    })
}

fn number_of(mac: Mac) -> u64 {
    mac.0
        .iter()
        .fold(0, |number, octet| number << 8 | u64::from(*octet))
}

fn mac_of(number: u64) -> Mac {
    let [_, _, octets @ ..] = number.to_be_bytes();
    Mac(octets)
}

#[cfg(test)]
mod tests;
