//! The arguments of what runs on this machine alone: `demo` and `sandbox`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::Views;
use crate::demo::emulated;

/// `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// How many boards
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub boards: u16,
    /// Emulated boards instead of Linux programs: kinds, as often as there are to be boards of them
    #[arg(long, value_name = "KIND,…", conflicts_with = "boards")]
    pub emulated: Option<emulated::List>,
    /// Where the images of emulated boards are [default: the build's folder, target/mcu/images]
    #[arg(long, value_name = "DIR", env = "NAMEPLATE_IMAGES")]
    pub images: Option<PathBuf>,
    /// The batch's folder [default: a new one in the temporary folder]
    #[arg(long, value_name = "DIR")]
    pub batch: Option<PathBuf>,
    /// How the bench is shown.
    #[command(flatten)]
    pub views: Views,
}

/// `sandbox`.
#[derive(Debug, Args)]
pub struct Sandbox {
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Where its certificates and jobs are kept [default: a new folder in the temporary folder]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// How it behaves where the service's contract is not known.
    #[command(flatten)]
    pub switches: nameplate_sandbox::Switches,
}
