//! The one edge: every error becomes a sentence, what to do next, and an exit code of the contract.

use crate::batch::ExportError;
use crate::bench::BenchError;
use crate::config::ConfigError;
use crate::demo::emulated;
use crate::link::network::DoorError;
use crate::page::PageError;
use crate::service::follow::FollowError;
use crate::service::{DataFileError, ServiceError, SettingsError};
use crate::store::StoreError;

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All that was asked for was done, for every board.
    Done,
    /// Done for some boards; each of the others was listed with its reason.
    Partly,
    /// The file that was checked has faults, and each was listed.
    Faulty,
}

impl Outcome {
    /// Partly, if either is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == Self::Done { other } else { self }
    }

    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Partly => 3,
            Self::Faulty => 1,
        }
    }
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    /// 1: it could not be done. 2: arguments or configuration are wrong, and nothing was started.
    pub code: u8,
    /// What happened; its chain is printed once.
    pub error: anyhow::Error,
    /// What to do next.
    pub next_step: Option<String>,
}

impl Failure {
    /// It could not be done.
    pub fn new(error: impl Into<anyhow::Error>) -> Self {
        Self {
            code: 1,
            error: error.into(),
            next_step: None,
        }
    }

    /// Arguments or configuration are wrong.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self {
            code: 2,
            ..Self::new(error)
        }
    }

    /// With what to do next.
    #[must_use]
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.next_step = Some(step.into());
        self
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error).next("Mend the configuration, then run the same command again.")
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::usage(error)
            .next("Mend [service] in the configuration, then run the same command again.")
    }
}

impl From<DoorError> for Failure {
    fn from(error: DoorError) -> Self {
        Self::usage(error)
            .next("Mend [network] in the configuration, then run the same command again.")
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Sqlite { .. } | StoreError::Io { .. } => {
                Self::new(error).next("Mend that, then run the same command again.")
            }
            // The others say themselves what to do.
            _ => Self::new(error),
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        let step = match &error {
            ExportError::Empty => "Run `nameplate collect` first.",
            ExportError::Exists { .. } => "Give another --output, or --force to replace it.",
            ExportError::OtherColumns { .. } | ExportError::BadColumns { .. } => {
                "Collect that board again, with the columns of now, or put the old ones back."
            }
            ExportError::Store(StoreError::NamesAlike { .. }) => {
                "In a ZIP of requests both would be one file: use --format csv or csv-zip (batch.data for `submit`)."
            }
            ExportError::Io { .. } | ExportError::Store(_) => {
                "Mend that, then run the same command again."
            }
        };
        Self::new(error).next(step)
    }
}

impl From<DataFileError> for Failure {
    fn from(error: DataFileError) -> Self {
        Self::new(error)
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        let step = error.next_step();
        Self::new(error).next(step)
    }
}

impl From<FollowError> for Failure {
    fn from(error: FollowError) -> Self {
        let step = error.next_step();
        Self::new(error).next(step)
    }
}

impl From<emulated::Error> for Failure {
    fn from(error: emulated::Error) -> Self {
        let step = error.next_step();
        Self::new(error).next(step)
    }
}

impl From<PageError> for Failure {
    fn from(error: PageError) -> Self {
        let step = error.next_step();
        Self::new(error).next(step)
    }
}

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Self {
        match &error {
            BenchError::NoLinks => Self::usage(error)
                .next("Give --serial PATH or --listen ADDR, or set [serial] or [network] in the configuration. `nameplate submit` goes on \
                 with the boards that are there."),
            BenchError::Port(_) => Self::usage(error),
            BenchError::Bind { .. } => Self::new(error).next("Give --listen an address of this machine that is free."),
            BenchError::Record(_) | BenchError::Store(_) | BenchError::Lost(_) => Self::new(error)
                .next("Every board that was told \"recorded\" is safe. Mend that, then run the same command again."),
            BenchError::Listen(_) | BenchError::Randomness => {
                Self::new(error).next("Run the same command again: it goes on where this stopped.")
            }
        }
    }
}
