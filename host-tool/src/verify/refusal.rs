//! Why a board is not taken, in words for the person who holds it.

use nameplate_wire::{ErrorNumber, limits};

use super::Undelivered;
use crate::store::Conflict;

/// Why a board is not taken. The text says what is wrong; [`Refusal::next_step`] what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A MAC of zeros.
    #[error("its MAC address is all zeros")]
    ZeroMac,
    /// A MAC of ones.
    #[error("its MAC address is the broadcast address")]
    BroadcastMac,
    /// A group address.
    #[error("its MAC address {0} is a multicast address")]
    MulticastMac(String),
    /// A MAC outside of the configured ranges.
    #[error("its MAC address {0} is outside of the ranges in batch.mac_ranges")]
    MacOutOfRange(String),
    /// A name that can't be a name.
    #[error("its name has {0}")]
    BadName(&'static str),
    /// The certificate request is not DER, or holds more than a request.
    #[error("its certificate request can't be read: {0}")]
    UnreadableRequest(String),
    /// Another signature algorithm.
    #[error("its certificate request is signed by {0}; only ecdsa-with-SHA256 is taken")]
    SignatureAlgorithm(String),
    /// Another kind of key.
    #[error("its key is {0}; only P-256 is taken")]
    KeyType(String),
    /// The signature does not verify.
    #[error("the signature of its certificate request does not verify")]
    BadSignature,
    /// The request says something else than was asked.
    #[error("its certificate request has {found} where {asked} was asked for")]
    OtherThanAsked {
        /// What stands there.
        found: String,
        /// What was asked.
        asked: String,
    },
    /// The proof does not verify: another key, another request, another moment.
    #[error("its proof does not belong to this request, this board and this moment")]
    BadProof,
    /// The answer to `csr` names another board than the answer to `hello` did.
    #[error("it said to be {before} and then {after}")]
    ChangedIdentity {
        /// Who it was.
        before: String,
        /// Who it then was.
        after: String,
    },
    /// The board said that it can't.
    #[error("the board reports error {number}: {text}")]
    Board {
        /// The stable number.
        number: u16,
        /// The board's words.
        text: String,
    },
    /// No common protocol version.
    #[error(
        "the board speaks protocol {oldest} to {newest}, this host {} to {}",
        nameplate_wire::version::MIN,
        nameplate_wire::version::CURRENT
    )]
    Version {
        /// The board's oldest.
        oldest: u8,
        /// The board's newest.
        newest: u8,
    },
    /// A join token that is not the bench's.
    #[error("its join token is not this bench's")]
    JoinToken,
    /// A join token that lets nobody in any more.
    #[error("its join token {id} ended at {ended}")]
    TokenEnded {
        /// What the token is called.
        id: String,
        /// When, as RFC 3339.
        ended: String,
    },
    /// A join token that was withdrawn.
    #[error("its join token {id} was withdrawn")]
    TokenWithdrawn {
        /// What the token is called.
        id: String,
    },
    /// A join token that has let in as many boards as it is for.
    #[error("its join token {id} is for {boards} boards, and as many have joined with it")]
    TokenUsedUp {
        /// What the token is called.
        id: String,
        /// How many boards.
        boards: u64,
    },
    /// The list of tokens can't be read any more.
    #[error("the bench's join tokens can't be read, so nobody is let in: {why}")]
    NoTokenList {
        /// Why.
        why: String,
    },
    /// The board ended the handshake with an alert.
    #[error("the board does not take this bench's key")]
    HostKey,
    /// The columns ask for more than fits into a message.
    #[error(
        "the columns ask for more than fits into one message of {} bytes",
        limits::MESSAGE
    )]
    AsksTooMuch,
    /// The line gives back what is sent into it.
    #[error("the line echoes what is sent into it")]
    Echo,
    /// The answer is of another kind than the question; frames carry checksums, so the line is not to blame.
    #[error("it answers something else than it was asked")]
    WrongAnswer,
    /// It has neither light nor sound.
    #[error("its firmware has no way to show which board it is (error 501)")]
    NoLight,
    /// The same MAC, name or key as another board.
    #[error("{0}")]
    Conflict(Box<Conflict>),
    /// It is not given its certificate.
    #[error(transparent)]
    Undelivered(#[from] Undelivered),
}

impl Refusal {
    /// Whether the batch's own row of the board says so already: that it failed, or where it stands.
    pub fn is_in_the_batch(&self) -> bool {
        matches!(
            self,
            Self::Undelivered(Undelivered::NotYet | Undelivered::NotIssued(_))
        )
    }

    /// What to do about it, in one sentence.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::ZeroMac | Self::BroadcastMac | Self::MulticastMac(_) => {
                "Write the board's own MAC address into it, then plug it in again."
            }
            Self::MacOutOfRange(_) => {
                "Check that the board belongs to this batch, or widen batch.mac_ranges."
            }
            Self::BadName(_) => "Give the board a proper name, then plug it in again.",
            Self::UnreadableRequest(_)
            | Self::SignatureAlgorithm(_)
            | Self::KeyType(_)
            | Self::BadSignature
            | Self::BadProof
            | Self::WrongAnswer
            | Self::ChangedIdentity { .. } => {
                "Set the board aside: its firmware is faulty, or it is not what it says."
            }
            Self::OtherThanAsked { .. } => {
                "Set the board aside, and check that its firmware has the same agent as the others."
            }
            Self::Board { number, .. } => board_step(*number),
            Self::Version { newest, .. } if *newest < nameplate_wire::version::MIN => {
                "Update the board's firmware."
            }
            Self::Version { .. } => "Update nameplate on this host.",
            Self::JoinToken => "Give the board a join token of this bench.",
            Self::TokenEnded { .. } | Self::TokenWithdrawn { .. } | Self::TokenUsedUp { .. } => {
                "Make another token with `nameplate keys token`, and give the board that one."
            }
            Self::NoTokenList { .. } => "Mend the file that network.join_tokens names.",
            Self::HostKey => {
                "Give the board this bench's certificate (network.certificate), or use the bench whose key it has."
            }
            Self::AsksTooMuch => "Shorten [columns] or [request] in the configuration.",
            Self::Echo => {
                "Check the cable: transmit and receive are joined, or the port is no board's."
            }
            Self::NoLight => {
                "Unplug boards one by one: `nameplate deliver` and `nameplate collect` tell which is where."
            }
            Self::Conflict(_) => "Set the board aside, and look at the other one too.",
            Self::Undelivered(why) => why.next_step(),
        }
    }
}

fn board_step(number: u16) -> &'static str {
    match ErrorNumber::from_number(number) {
        Some(
            ErrorNumber::RandomnessStuck
            | ErrorNumber::RandomnessBiased
            | ErrorNumber::RandomnessFailed,
        ) => {
            "Set the board aside: its random number generator is broken, and no key may be made on it."
        }
        Some(ErrorNumber::StoreRead | ErrorNumber::StoreWrite | ErrorNumber::StoredKeyBad) => {
            "Set the board aside: its key store is broken."
        }
        Some(ErrorNumber::IdentityBad) => "Write MAC address and name into the board.",
        Some(
            ErrorNumber::BadSubject
            | ErrorNumber::BadAltName
            | ErrorNumber::BadExtension
            | ErrorNumber::CsrTooLong,
        ) => "Check [columns] and [request] in the configuration against this board's name.",
        Some(ErrorNumber::Locked) => {
            "Set the board aside: a locked board takes neither a new key nor another certificate."
        }
        Some(ErrorNumber::NoCertificate) => {
            "Deliver its certificate first: a board is locked only with one."
        }
        Some(ErrorNumber::ChainLength) => {
            "Have the service send a shorter chain: without its root, for one."
        }
        Some(ErrorNumber::ChainUnreadable | ErrorNumber::ChainOrder | ErrorNumber::BadValidity) => {
            "Look at its chain: the board's own certificate first, each signed by the next, each of a validity that can be."
        }
        Some(ErrorNumber::OtherKey) => {
            "Set the board aside: it has another key than the one that its certificate is for."
        }
        Some(ErrorNumber::CertificateRead | ErrorNumber::CertificateWrite) => {
            "Set the board aside: its certificate store is broken."
        }
        Some(ErrorNumber::UnknownKind | ErrorNumber::NotSupported) => {
            "Update the board's firmware."
        }
        _ => "Plug the board in again; if that does not help, set it aside.",
    }
}
