//! Why a board is not given its certificate, in words for the person who holds it.

use nameplate_wire::limits;

/// Why a board is not given its certificate. The text says what is wrong; [`Undelivered::next_step`] what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undelivered {
    /// No batch has it.
    #[error("it is not in this batch, nor in another of this station")]
    Unknown,
    /// Another batch has it.
    #[error("it belongs to batch {0:?}, not to this one")]
    OtherBatch(String),
    /// The batch has its MAC or its name on another board.
    #[error("in this batch the board {name:?} has MAC {mac}")]
    Renamed {
        /// The name in the batch.
        name: String,
        /// The MAC in the batch.
        mac: String,
    },
    /// There will be one.
    #[error("its certificate has not come yet")]
    NotYet,
    /// There will be none.
    #[error("the service issued no certificate for it: {0}")]
    NotIssued(String),
    /// It holds another key.
    #[error("it has another key than the one that this batch recorded for it")]
    OtherKey,
    /// It holds no key.
    #[error("it has no key any more")]
    NoKey,
    /// It holds another certificate.
    #[error("it has another certificate than this batch's (its chain has SHA-256 {0}…)")]
    OtherCertificate(String),
    /// It is locked, and holds none.
    #[error("it is locked and has no certificate")]
    LockedWithout,
    /// It is locked, and holds another.
    #[error("it is locked with another certificate than this batch's (its chain has SHA-256 {0}…)")]
    LockedWithOther(String),
    /// Its firmware is older than the installing of certificates.
    #[error("its firmware can't take certificates (error 501)")]
    Firmware,
    /// Its firmware is older than the lock.
    #[error("it has its certificate, but its firmware can't be locked (error 501)")]
    LockFirmware,
    /// The chain is longer than any board takes.
    #[error(
        "its certificate chain has {0} bytes, and a board takes {most}",
        most = limits::CHAIN
    )]
    TooLong(usize),
    /// It takes pieces, and it comes to no end.
    #[error("it takes pieces of its certificate without coming to an end")]
    Endless,
    /// What it said and what it shows differ.
    #[error("it said that it has its certificate, and shows {0} when it is asked again")]
    NotReadBack(&'static str),
    /// What it said and what it shows differ.
    #[error("it said that it is locked, and shows that it is not when it is asked again")]
    NotLocked,
}

impl Undelivered {
    /// What to do about it, in one sentence.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Unknown => {
                "Bring the boards of this batch; collect this one into a new batch, if it is to have a certificate."
            }
            Self::OtherBatch(_) => "Run `nameplate deliver` with that batch's folder for it.",
            Self::Renamed { .. } => {
                "Set the board aside: its name or its MAC address is not what it was when it was collected."
            }
            Self::NotYet => {
                "Run `nameplate certificates` once the job has ended, then the same command again."
            }
            Self::NotIssued(_) => "Mend the reason, then submit the failed boards again.",
            Self::OtherKey | Self::NoKey => {
                "Set the board aside: it was erased, or it is another one. Collect it into a new batch for a new certificate."
            }
            Self::OtherCertificate(_) => {
                "Find out where it comes from; with --replace this batch's takes its place."
            }
            Self::LockedWithout | Self::LockedWithOther(_) => {
                "Set the board aside: a locked board takes no certificate any more."
            }
            Self::Firmware => {
                "Update the board's firmware without erasing its key; its certificate waits in this batch."
            }
            Self::LockFirmware => {
                "Update the board's firmware, or set delivery.lock = false in the configuration."
            }
            Self::TooLong(_) => "Have the service send a shorter chain: without its root, for one.",
            Self::Endless | Self::NotReadBack(_) | Self::NotLocked => {
                "Set the board aside: its firmware or its memory is faulty."
            }
        }
    }
}
