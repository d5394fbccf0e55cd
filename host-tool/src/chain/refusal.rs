//! Why a certificate is not given to a board, in words for the person who asks the service about it.

use nameplate_wire::limits;

use crate::store::RefusedKind;

/// Why a certificate is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WrongCertificate {
    /// It is not DER, or says something that can't be understood.
    #[error("it can't be read: {0}")]
    Unreadable(String),
    /// No board has its key.
    #[error("its key is no board's of this batch")]
    NoBoard,
    /// Its board is in another job, or in none.
    #[error("its board is not in the job that it came with")]
    OtherJob,
    /// The report says that there is none.
    #[error("the report says that its board got none: {0}")]
    ReportedFailed(String),
    /// It says something else than was asked.
    #[error("it has {found} where {asked} was asked for")]
    Names {
        /// What stands there.
        found: String,
        /// What was asked.
        asked: String,
    },
    /// It ends before it begins.
    #[error("it ends before it begins")]
    Backwards,
    /// It has ended.
    #[error("it has expired on {0}")]
    Expired(String),
    /// Nothing leads to the root.
    #[error("its chain does not lead to the configured root")]
    NoRoot,
    /// A fault on the way to the root.
    #[error("its chain is not in order: {0}")]
    Path(String),
    /// More than a board takes.
    #[error("with its chain it has {0} bytes, and a board takes {most}", most = limits::CHAIN)]
    TooLong(usize),
    /// The board has another.
    #[error("its board has another certificate already, {0}")]
    HasAnother(String),
    /// Several came for one board.
    #[error(
        "several different certificates came for its board, and nothing says which is the right one"
    )]
    Several,
}

impl WrongCertificate {
    /// How it does not belong.
    pub fn kind(&self) -> RefusedKind {
        match self {
            Self::NoBoard | Self::OtherJob | Self::ReportedFailed(_) => RefusedKind::Unexpected,
            _ => RefusedKind::Mismatched,
        }
    }
}
