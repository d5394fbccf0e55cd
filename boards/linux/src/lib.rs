//! The Nameplate agent as a program for Linux boards, and the bench of simulated ones.
//!
//! The agent itself, its messages and its TLS are the same crates that bare-metal boards use. Here stands what makes a
//! Linux system a board: where its randomness, its key and its identity come from, and its two links. What the
//! program can be made of is public, so that tests can hold the parts; `main.rs` is thin.
//!
//! This crate must know nothing of what a host does with a board.

pub mod args;
pub mod backoff;
pub mod client_identity;
pub mod error;
mod exchange;
mod file;
pub mod host_key;
pub mod identity;
pub mod join_token;
pub mod logging;
pub mod network;
mod randomness;
pub mod serial;
pub mod state;

use std::cell::Cell;
use std::rc::Rc;

use nameplate_agent::Agent;

pub use args::Args;
pub use error::Error;
pub use randomness::SystemRandomness;

/// The agent over a Linux system's parts.
pub type Board = Agent<SystemRandomness, state::Store, identity::LinuxIdentity>;

/// Whether the host has told this board that it is recorded. The agent's identity sets it, the link reads it.
#[derive(Clone, Debug, Default)]
pub struct Recorded(Rc<Cell<bool>>);

impl Recorded {
    /// The host has said it.
    pub fn set(&self) {
        self.0.set(true);
    }

    /// Whether the host has said it since this program started.
    pub fn get(&self) -> bool {
        self.0.get()
    }
}

/// Does what the command line asks for: answers a host until the program is ended, or, with `--once`, until the
/// board is recorded.
///
/// Everything that the arguments name is read before anything is made or opened.
///
/// # Errors
/// [`Error`], each with its exit code and the next thing to do.
pub fn run(args: &Args) -> Result<(), Error> {
    let mac = identity::mac(args.mac, args.interface.as_deref())?;
    let name = identity::name(args.name.as_deref(), mac);
    let network = args.network()?;
    let store = state::Store::new(state::StateDir::open(&args.state)?)?;
    tracing::info!(%mac, name = name.as_str(), "this board");
    let recorded = Recorded::default();
    let identity = identity::LinuxIdentity::new(mac, name, recorded.clone());
    let mut agent = Box::new(Agent::new(SystemRandomness, store, identity));
    match (&network, &args.serial) {
        (Some(network), _) => network::run(&mut agent, &recorded, network),
        (None, Some(path)) => serial::run(&mut agent, &recorded, path, args.baud, args.once),
        (None, None) => Err(Error::NoLink),
    }
}
