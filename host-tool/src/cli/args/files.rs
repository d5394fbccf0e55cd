//! The arguments of what is done with files: `export`, `check`, `mac-sequence`, `decrypt`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Batch;

/// `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// The file's form
    #[arg(long, value_enum, default_value = "csv")]
    pub format: ExportForm,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    pub force: bool,
}

/// What is written of a batch.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ExportForm {
    /// One CSV with everything
    Csv,
    /// That CSV in a ZIP
    CsvZip,
    /// A ZIP of certificate requests, each in PEM
    CsrZip,
    /// What the next department needs of each board that is done, signed with the bench's key
    Handover,
}

/// `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// The file: .csv or .zip
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The service that it is for [default: the configuration's, or device-trust-manager]
    #[arg(long, value_enum)]
    pub service: Option<CheckedService>,
    /// Where keys are made [default: client where there is a column csr, otherwise server]
    #[arg(long, value_enum)]
    pub keys: Option<CheckedKeys>,
    /// The policy's CSV template: its columns, in its order
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// A configuration, for its service, its key generation and its ranges of MAC addresses
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// List every finding, not only the first 20 of a kind
    #[arg(long)]
    pub all: bool,
    /// Of a handover: the certificate of the bench that must have signed it, in PEM
    #[arg(long, value_name = "FILE")]
    pub signer: Option<PathBuf>,
    /// Warnings count as errors
    #[arg(long)]
    pub strict: bool,
}

/// The service that a checked file is for, as in the configuration.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CheckedService {
    /// Device Trust Manager
    DeviceTrustManager,
    /// IoT Trust Manager
    IotTrustManager,
}

/// Where the keys of a checked file are made, as in the configuration.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CheckedKeys {
    /// On the devices: each row has its certificate request
    Client,
    /// By the service
    Server,
}

/// `mac-sequence`.
#[derive(Debug, Args)]
pub struct MacSequence {
    /// The first address: XX:XX:XX:XX:XX:XX or XX-XX-XX-XX-XX-XX
    #[arg(long, value_name = "MAC")]
    pub start: String,
    /// How many; at most 500,000
    #[arg(long, value_name = "N")]
    pub count: u64,
    /// From each to the next, in decimal
    #[arg(long, value_name = "N")]
    pub increment: u64,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// `decrypt`.
#[derive(Debug, Args)]
pub struct Decrypt {
    /// What the service sent: CMS (DER, BER, PEM, base64, S/MIME) or OpenPGP
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The private key, which only you may read
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The certificate or OpenPGP key that was submitted; tells a wrong key from a damaged file
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
    /// The key's passphrase: the first line of a file that only you may read
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// The file to write; only you will be able to read it
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    pub force: bool,
}
