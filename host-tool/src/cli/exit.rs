//! The one edge: every error becomes a sentence, what to do next, and an exit code of the contract.

use crate::batch::ExportError;
use crate::bench::BenchError;
use crate::codes::{Code, Coded, entry};
use crate::config::{ConfigError, SecretFileError};
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
    pub exit: u8,
    /// What a person looks up.
    pub code: Code,
    /// What happened; its chain is printed once.
    pub error: anyhow::Error,
    /// What to do next; where nothing was said of this very case, what `ERRORS.md` says of the code.
    pub next_step: Option<String>,
}

impl Failure {
    /// It could not be done.
    pub fn new(code: Code, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: 1,
            code,
            error: error.into(),
            next_step: None,
        }
    }

    /// Arguments or configuration are wrong.
    pub fn usage(code: Code, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: 2,
            ..Self::new(code, error)
        }
    }

    /// It could not be done, for a reason that has its code.
    pub fn of(error: impl Coded + Into<anyhow::Error>) -> Self {
        Self::new(error.code(), error)
    }

    /// Arguments or configuration are wrong, for a reason that has its code.
    pub fn usage_of(error: impl Coded + Into<anyhow::Error>) -> Self {
        Self::usage(error.code(), error)
    }

    /// With what to do next.
    #[must_use]
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.next_step = Some(step.into());
        self
    }

    /// What to do next: of this very case, else of every case with this code.
    pub fn next_step(&self) -> &str {
        let said = self.next_step.as_deref();
        said.unwrap_or_else(|| entry::next_step(self.code))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let meant = error.unknown_setting().and_then(|unknown| {
            let meant = unknown.meant?;
            Some(format!("Write {meant} in the place of {}.", unknown.name))
        });
        let exposed = match &error {
            ConfigError::Secret {
                source: SecretFileError::Exposed { path },
                ..
            } => Some(format!(
                "Run `chmod 600 {}`; if others are on this machine, think about a new secret.",
                path.display()
            )),
            _ => None,
        };
        let code = error.code();
        let failure = Self::usage_of(error);
        match (meant.or(exposed), code) {
            (Some(step), _) => failure.next(step),
            (None, Code::BadSetting | Code::ConfigSyntax) => {
                failure.next("Mend the configuration, then run the same command again.")
            }
            // The page says more than that.
            _ => failure,
        }
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::usage_of(error)
            .next("Mend [service] in the configuration, then run the same command again.")
    }
}

impl From<DoorError> for Failure {
    fn from(error: DoorError) -> Self {
        match error {
            DoorError::Config(error) => error.into(),
            error => match error.code() {
                Code::BenchKeyMissing => Self::usage_of(error).next(
                    "Run `nameplate keys new`: it makes the bench's key where [network] says.",
                ),
                Code::BenchKeyUnusable => Self::usage_of(error)
                    .next("Mend [network] in the configuration, then run the same command again."),
                _ => Self::usage_of(error),
            },
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::of(error)
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
            ExportError::Io { .. } | ExportError::Store(_) => return Self::of(error),
        };
        Self::of(error).next(step)
    }
}

impl From<DataFileError> for Failure {
    fn from(error: DataFileError) -> Self {
        Self::of(error)
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        let step = error.next_step();
        Self::of(error).next(step)
    }
}

impl From<FollowError> for Failure {
    fn from(error: FollowError) -> Self {
        let step = error.next_step();
        Self::of(error).next(step)
    }
}

impl From<emulated::Error> for Failure {
    fn from(error: emulated::Error) -> Self {
        let step = error.next_step();
        Self::of(error).next(step)
    }
}

impl From<PageError> for Failure {
    fn from(error: PageError) -> Self {
        let step = error.next_step();
        Self::of(error).next(step)
    }
}

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Self {
        match &error {
            BenchError::NoLinks => Self::usage_of(error)
                .next("Give --serial PATH or --listen ADDR, or set [serial] or [network] in the configuration. `nameplate submit` goes on \
                 with the boards that are there."),
            BenchError::Port(_) => Self::usage_of(error),
            BenchError::Bind { .. } => Self::of(error),
            BenchError::Record(_) | BenchError::Store(_) | BenchError::Lost(_) => Self::of(error)
                .next("Every board that was told \"recorded\" is safe. Mend that, then run the same command again."),
            BenchError::Listen(_) | BenchError::Randomness => {
                Self::of(error).next("Run the same command again: it goes on where this stopped.")
            }
        }
    }
}
