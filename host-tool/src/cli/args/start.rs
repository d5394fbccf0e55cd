//! The arguments of what begins a bench: `init` and `doctor`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::Batch;
use super::keys::duration;
use crate::config::Kind;

/// `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The batch's folder; it is made where it is missing
    #[arg(long, value_name = "DIR")]
    pub batch: PathBuf,
    /// Ask nothing: what has no flag here takes its default
    #[arg(long, short, visible_alias = "defaults")]
    pub yes: bool,
    /// Write another bench.toml where there is one; the old one is kept as bench.toml.1
    #[arg(long)]
    pub force: bool,
    /// Use the local service: the file with the JSON line that `nameplate sandbox` prints, or - for standard input; nothing is asked then
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url", "ca_file", "sign_in"])]
    pub sandbox: Option<PathBuf>,
    /// What stands in `[service]`.
    #[command(flatten)]
    pub service: InitService,
    /// How the bench signs in.
    #[command(flatten)]
    pub sign_in: InitSignIn,
    /// What boards are asked for, and where they are.
    #[command(flatten)]
    pub boards: InitBoards,
}

/// What stands in `[service]`.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "The service")]
pub struct InitService {
    /// Which service it is
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// Its address.
    #[arg(
        help = "Its address, such as https://one.digicert.com",
        long,
        value_name = "URL"
    )]
    pub url: Option<String>,
    /// Roots of a private instance, in PEM
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Device Trust Manager: the device group's id
    #[arg(long, value_name = "ID")]
    pub device_group_id: Option<String>,
    /// Device Trust Manager: the certificate policy's id
    #[arg(long, value_name = "ID")]
    pub certificate_policy_id: Option<String>,
    /// IoT Trust Manager: the enrolment profile's id
    #[arg(long, value_name = "ID")]
    pub enrollment_profile_id: Option<String>,
}

/// How the bench signs in: where the secret is, never the secret.
#[derive(Debug, Default, Args)]
#[group(id = "sign_in", multiple = true)]
#[command(next_help_heading = "How the bench signs in: where the secret is, never the secret")]
pub struct InitSignIn {
    /// The environment variable that holds the API key
    #[arg(long, value_name = "NAME", conflicts_with_all = ["api_key_file", "client_certificate"])]
    pub api_key_env: Option<String>,
    /// The file that holds the API key
    #[arg(long, value_name = "FILE", conflicts_with = "client_certificate")]
    pub api_key_file: Option<PathBuf>,
    /// A TLS client certificate in PEM, with its chain
    #[arg(long, value_name = "FILE", requires = "client_key")]
    pub client_certificate: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "FILE", requires = "client_certificate")]
    pub client_key: Option<PathBuf>,
}

/// What boards are asked for, and where they are.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "The boards")]
pub struct InitBoards {
    /// The organization in the certificates
    #[arg(long, value_name = "NAME")]
    pub organization: Option<String>,
    /// The common name, with the places {name}, {mac}, {mac_plain}
    #[arg(long, value_name = "PATTERN")]
    pub common_name: Option<String>,
    /// The root that device certificates must lead to, in PEM
    #[arg(long, value_name = "FILE")]
    pub root: Option<PathBuf>,
    /// Serial ports, or a quoted pattern of them; may be given several times; `none` for no cables
    #[arg(long, value_name = "PATH")]
    pub serial: Vec<String>,
    /// Let boards dial in here, such as 0.0.0.0:7443; a join token is made for them
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// The join token lets in so many boards [default: any number]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub token_boards: Option<u64>,
    /// The join token ends after so long: 90m, 12h, 30d [default: 12h]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub token_valid_for: Option<Duration>,
}

/// `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// Don't ask the service
    #[arg(long)]
    pub offline: bool,
}
