//! The command line. It must know no more than how arguments are read.

use std::path::PathBuf;

use clap::{ArgGroup, Parser};
use nameplate_wire::Mac;
use tracing_subscriber::filter::Targets;

use crate::{Error, client_identity, host_key, identity, join_token, network};

const EXAMPLES: &str = "\
Examples:
  A board on a serial line, its MAC from its network interface:
    nameplate-board --state /var/lib/nameplate --serial /dev/ttyS0 --interface eth0

  A board on the network, which knows its bench by the bench's certificate:
    nameplate-board --state /var/lib/nameplate --connect bench.example:7443 \\
        --host-key bench.pem --join-token-file join.token

Exit codes: 0 done (only with --once; otherwise it runs until it is ended), 1 it could not be done,
2 the arguments, or a file that they name, are wrong and nothing was started.";

/// The Nameplate agent for Linux boards: makes the board's key once and answers the bench.
///
/// The private key never leaves the state directory.
#[derive(Clone, Debug, Parser)]
#[command(name = "nameplate-board", version, after_help = EXAMPLES)]
#[command(group(ArgGroup::new("link").required(true).args(["serial", "connect"])))]
pub struct Args {
    /// Directory that holds the board's key; made with mode 0700 where it is missing.
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,

    /// Serial port or pty to answer on.
    #[arg(long, value_name = "PATH")]
    pub serial: Option<PathBuf>,

    /// Bits per second of the serial port.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 115_200,
        conflicts_with = "connect"
    )]
    pub baud: u32,

    /// Bench to dial (TLS 1.3 over TCP).
    #[arg(long, value_name = "HOST:PORT", requires = "host_key", value_parser = network::check_address)]
    pub connect: Option<String>,

    /// The bench's key: a PEM file with its certificate or its public key (P-256).
    #[arg(long, value_name = "FILE", conflicts_with = "serial")]
    pub host_key: Option<PathBuf>,

    /// The key that the bench is going to have next; taken as well.
    #[arg(long, value_name = "FILE", conflicts_with = "serial")]
    pub next_host_key: Option<PathBuf>,

    /// What lets the board join: shown to the bench, and to nobody before the bench has proved its key.
    #[arg(long, value_name = "FILE", conflicts_with = "serial")]
    pub join_token_file: Option<PathBuf>,

    /// A certificate that a factory gave to the board: shown in the place of a token where the bench asks for one.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "serial",
        requires = "client_key"
    )]
    pub client_certificate: Option<PathBuf>,

    /// Its P-256 private key, which only its owner may read.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "serial",
        requires = "client_certificate"
    )]
    pub client_key: Option<PathBuf>,

    /// The board's name [default: nameplate- and the MAC without separators].
    #[arg(long, value_name = "NAME", value_parser = identity::check_name)]
    pub name: Option<String>,

    /// The board's MAC address, as six pairs of hex digits.
    #[arg(long, value_name = "MAC", value_parser = Mac::parse, conflicts_with = "interface")]
    pub mac: Option<Mac>,

    /// Network interface whose MAC address is the board's [default: the first usable one].
    #[arg(long, value_name = "IF")]
    pub interface: Option<String>,

    /// End once the bench has recorded the board and the session is closed, or the bench is refused.
    #[arg(long)]
    pub once: bool,

    /// End when the thread that started this process ends, or at once if its parent is not PID: for simulated benches.
    #[arg(long, value_name = "PID", num_args = 0..=1, require_equals = true)]
    pub end_with_parent: Option<Option<i32>>,

    /// What is logged: error, warn, info, debug, trace or off [default: RUST_LOG, or else info].
    #[arg(long, value_name = "LEVEL")]
    pub log: Option<Targets>,
}

impl Args {
    /// What the network link needs, read from the files that are named; `None` where it is not asked for.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::HostKey`], [`Error::JoinToken`], [`Error::ClientIdentity`].
    pub fn network(&self) -> Result<Option<network::Options>, Error> {
        let (Some(address), Some(host_key)) = (&self.connect, &self.host_key) else {
            return Ok(None);
        };
        let token_file = self.join_token_file.as_deref();
        let identity = self
            .client_certificate
            .as_deref()
            .zip(self.client_key.as_deref());
        Ok(Some(network::Options {
            address: address.clone(),
            pins: host_key::read_pins(host_key, self.next_host_key.as_deref())?,
            join_token: token_file.map(join_token::read).transpose()?,
            identity: identity
                .map(|(certificate, key)| client_identity::read(certificate, key))
                .transpose()?,
            once: self.once,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_command_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_contract_is_taken() {
        parse("b --state s --serial p --baud 9600 --name n --mac 02:00:00:00:00:01").unwrap();
        parse("b --state s --connect [::1]:7443 --host-key k --join-token-file t --interface eth0")
            .unwrap();
        parse("b --state s --connect h:1 --host-key k --next-host-key n --once --log debug")
            .unwrap();
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "b --serial p",
            "b --state s",
            "b --state s --serial p --connect h:1 --host-key k",
            "b --state s --connect h:1",
            "b --state s --connect h --host-key k",
            "b --state s --connect h:99999 --host-key k",
            "b --state s --connect :1 --host-key k",
            "b --state s --serial p --host-key k",
            "b --state s --serial p --join-token-file t",
            "b --state s --serial p --mac 1:2:3:4:5:6",
            "b --state s --serial p --mac 02:00:00:00:00:01 --interface eth0",
            "b --state s --connect h:1 --host-key k --baud 9600",
            "b --state s --connect h:1 --host-key k --client-certificate c",
            "b --state s --serial p --client-certificate c --client-key k",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
