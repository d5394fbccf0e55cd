//! The configuration, secrets, the bench's own key, its door and its tokens.

use std::io;

use super::{Code, Coded, of_bind, of_io};
use crate::bench_key::BenchKeyError;
use crate::config::{ConfigError, SecretFileError};
use crate::init::InitError;
use crate::link::network::DoorError;
use crate::page::PageError;
use crate::tokens::ListError;

impl Coded for ConfigError {
    fn code(&self) -> Code {
        match self {
            Self::Read { .. } | Self::TooLarge { .. } => Code::ConfigUnreadable,
            Self::Syntax { .. } => match self.unknown_setting() {
                Some(_) => Code::UnknownSetting,
                None => Code::ConfigSyntax,
            },
            Self::Value { .. } => Code::BadSetting,
            Self::NoService { .. } => Code::ServiceMissing,
            Self::NoCredential { .. } => Code::CredentialMissing,
            Self::Secret { setting, source } if *setting == "network.key" => of_bench_key(source),
            Self::Secret { source, .. } => source.code(),
        }
    }
}

impl Coded for SecretFileError {
    fn code(&self) -> Code {
        match self {
            Self::Read { source, .. } => match of_io(source) {
                code @ (Code::FileMissing | Code::FileForbidden) => code,
                _ => Code::SecretUnusable,
            },
            Self::Content { .. } => Code::SecretUnusable,
            Self::Exposed { .. } => Code::SecretExposed,
        }
    }
}

/// The code where the secret is the bench's key.
pub(super) fn of_bench_key(error: &SecretFileError) -> Code {
    match error {
        SecretFileError::Read { source, .. } => missing_or_unusable(source),
        SecretFileError::Exposed { .. } => Code::SecretExposed,
        SecretFileError::Content { .. } => Code::BenchKeyUnusable,
    }
}

fn missing_or_unusable(error: &io::Error) -> Code {
    match error.kind() {
        io::ErrorKind::NotFound => Code::BenchKeyMissing,
        _ => Code::BenchKeyUnusable,
    }
}

impl Coded for InitError {
    fn code(&self) -> Code {
        match self {
            Self::Answer { .. } | Self::Sandbox { .. } => Code::BadArguments,
            Self::Exists { .. } | Self::Other { .. } => Code::FileExists,
            Self::Interrupted => Code::Interrupted,
            Self::Ask(_) => Code::SystemRefuses,
            Self::Keys(error) => error.code(),
            Self::Tokens(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::Randomness => Code::NoRandomness,
            Self::Io { source, .. } => of_io(source),
        }
    }
}

impl Coded for PageError {
    fn code(&self) -> Code {
        match self {
            Self::Listen { source, .. } => of_bind(source),
            Self::Threads(_) => Code::SystemRefuses,
            Self::Write { source, .. } => of_io(source),
            Self::Secret(error) => error.code(),
            Self::Unfit { .. } | Self::Make(_) => Code::PageUnusable,
            Self::Randomness => Code::NoRandomness,
        }
    }
}

impl Coded for DoorError {
    fn code(&self) -> Code {
        use rustls::pki_types::pem::Error as Pem;
        match self {
            Self::File {
                setting, source, ..
            } => match (*setting, source) {
                ("client_ca_file", Pem::Io(error)) => of_io(error),
                ("client_ca_file", _) => Code::CertificateUnreadable,
                (_, Pem::Io(error)) => missing_or_unusable(error),
                _ => Code::BenchKeyUnusable,
            },
            Self::KeyPair(_) => Code::BenchKeyUnusable,
            Self::Config(error) => error.code(),
            Self::Tokens(error) => error.code(),
        }
    }
}

impl Coded for ListError {
    fn code(&self) -> Code {
        match self {
            Self::File(error) => error.code(),
            Self::Io { source, .. } => of_io(source),
            Self::Syntax { .. } | Self::Entry { .. } | Self::TooLarge { .. } => {
                Code::TokensUnusable
            }
            Self::NoSuchToken { .. } => Code::UnknownToken,
        }
    }
}

impl Coded for BenchKeyError {
    fn code(&self) -> Code {
        match self {
            Self::Key(error) => of_bench_key(error),
            Self::Unfit { .. } | Self::NotAPair { .. } => Code::BenchKeyUnusable,
            Self::NoKey { .. } | Self::NoNextKey { .. } => Code::BenchKeyMissing,
            Self::Io { source, .. } => of_io(source),
            Self::Make(_) => Code::SystemRefuses,
        }
    }
}
