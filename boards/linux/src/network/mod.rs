//! The network link: the board dials its bench, again and again, and talks only to the host that holds the pinned key.

mod fault;
mod link;
mod session;

use std::time::Duration;

use nameplate_tls::Pins;

pub use fault::SessionFault;

use crate::backoff::Backoff;
use crate::client_identity::Identity;
use crate::error::chain;
use crate::join_token::JoinToken;
use crate::{Board, Error, Recorded};
use session::Ended;

/// First and longest wait before the bench is dialled again.
const REDIAL: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// Wait after a session in which the bench did all it wanted: it may come back to this board, but not at once.
const AFTER_GOODBYE: Duration = Duration::from_secs(5);

/// What the network link needs.
#[derive(Debug)]
pub struct Options {
    /// Where the bench is: `HOST:PORT`.
    pub address: String,
    /// The keys that are taken for the bench's.
    pub pins: Pins,
    /// Shown inside the session.
    pub join_token: Option<JoinToken>,
    /// Shown in the handshake, to a bench that asks for it.
    pub identity: Option<Identity>,
    /// End once the board is recorded or the host is refused.
    pub once: bool,
}

/// Dials the bench for ever; with `once`, until the board is recorded.
///
/// # Errors
/// [`Error::Session`]: with `once` where the host is refused, and always where the board's randomness failed.
pub fn run(agent: &mut Board, recorded: &Recorded, options: &Options) -> Result<(), Error> {
    let mut backoff = Backoff::new(REDIAL.0, REDIAL.1);
    let mut after_goodbye = Backoff::new(AFTER_GOODBYE, AFTER_GOODBYE);
    loop {
        let ended = session::dial(agent, options);
        if options.once && recorded.get() {
            return Ok(());
        }
        match ended {
            Ok(Ended::Goodbye { answered }) => {
                tracing::info!(answered, "the bench ended the session");
                after_goodbye.wait();
            }
            Ok(Ended::Broken { answered, error }) => {
                tracing::warn!(error = %chain(&error), "the session broke; dialling again");
                if answered > 0 {
                    backoff.reset();
                }
                backoff.wait();
            }
            Err(fault) if fault.is_final(options.once) => {
                let address = options.address.clone();
                return Err(Error::Session {
                    address,
                    source: fault,
                });
            }
            Err(fault) => {
                let address = &options.address;
                tracing::warn!(
                    address,
                    "no session: {}; next: {}",
                    chain(&fault),
                    fault.next_step()
                );
                backoff.wait();
            }
        }
    }
}

/// Checks the form of `HOST:PORT`, for the command line; whether it is there shows when it is dialled.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn check_address(text: &str) -> Result<String, String> {
    let (host, port) = text
        .rsplit_once(':')
        .ok_or("a port is missing: HOST:PORT")?;
    if host.is_empty() {
        return Err("a host is missing: HOST:PORT".into());
    }
    if host.contains(':') && !(host.starts_with('[') && host.ends_with(']')) {
        return Err("an IPv6 address stands in brackets: [ADDRESS]:PORT".into());
    }
    match port.parse::<u16>() {
        Ok(1..) => Ok(text.into()),
        _ => Err("a port is a number from 1 to 65535".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::check_address;

    #[test]
    fn addresses_are_held_to_their_form() {
        for good in ["bench:7443", "10.0.0.1:1", "[::1]:65535"] {
            assert_eq!(check_address(good).unwrap(), good);
        }
        for bad in [
            "bench",
            "bench:",
            ":1",
            "bench:0",
            "bench:65536",
            "::1",
            "::1:7443",
        ] {
            assert!(check_address(bad).is_err(), "{bad}");
        }
    }
}
