//! Where boards are, and for how long they are waited for.

use std::sync::Arc;
use std::time::Duration;

use super::{Session, Setup};
use crate::bench::{Bench, Refused, Slots};
use crate::cli::args::Places;
use crate::cli::exit::Failure;
use crate::codes::Code;
use crate::link::network::Door;
use crate::service::words::printable;

/// Where boards are, from arguments and configuration. Arguments replace what is configured.
///
/// # Errors
/// Where the configuration can't be used.
pub fn bench(setup: &Setup, places: &Places) -> Result<Bench, Failure> {
    let config = &setup.config;
    let named = !places.serial.is_empty() || places.listen.is_some();
    let ports = if named {
        places.serial.clone()
    } else {
        config.serial.ports.clone()
    };
    let configured = config.network.as_ref().and_then(|network| network.listen);
    let address = if named { places.listen } else { configured };
    let door = match (address, &config.network) {
        (None, _) => None,
        (Some(address), Some(network)) => Some((
            Door::new(config, network)?,
            address,
            network.most_connections,
        )),
        (Some(_), None) => {
            let error =
                anyhow::anyhow!("--listen needs the section [network] in the configuration");
            return Err(Failure::usage(Code::NetworkMissing, error)
                .next("Run `nameplate keys new`, then `nameplate keys token`: they make what belongs there, and print the section."));
        }
    };
    Ok(Bench {
        ports,
        baud: config.serial.baud,
        door,
        orders: Arc::default(),
        slots: Slots::new(config.named_slots()?.clone()),
    })
}

/// For how long boards are waited for.
pub fn timeout(places: &Places) -> Option<Duration> {
    places.timeout.map(Duration::from_secs)
}

/// Tells of a board for which it was not done.
pub fn tell_refused(session: &Session, refused: &Refused) {
    let who = match &refused.who {
        Some((mac, name)) => format!("{} {mac}", printable(name, 64)),
        None => "a board".to_owned(),
    };
    session
        .output
        .line(format!("  {who} on {}: {}", refused.link, refused.reason));
}
