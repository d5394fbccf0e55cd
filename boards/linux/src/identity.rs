//! Which board this is: a MAC from the command line or from a network interface, and a name.

use std::path::Path;

use mac_address::{MacAddress, MacAddressIterator, mac_address_by_name, name_by_mac_address};
use nameplate_agent::{Identity, Name};
use nameplate_wire::{Mac, limits};

use crate::{Error, Recorded};

/// What this program reports as its firmware.
const FIRMWARE: &str = concat!("nameplate-board ", env!("CARGO_PKG_VERSION"));

/// The locally administered bit in a MAC's first octet (IEEE 802).
const LOCALLY_ADMINISTERED: u8 = 0b10;

/// The identity of a Linux board: settled when the program starts, the same until it ends.
#[derive(Debug)]
pub struct LinuxIdentity {
    mac: Mac,
    name: Name,
    recorded: Recorded,
}

impl LinuxIdentity {
    /// An identity that notes in `recorded` when the host says so.
    pub fn new(mac: Mac, name: Name, recorded: Recorded) -> Self {
        Self {
            mac,
            name,
            recorded,
        }
    }
}

impl Identity for LinuxIdentity {
    fn mac(&mut self) -> Option<Mac> {
        Some(self.mac)
    }

    fn name(&mut self) -> Option<Name> {
        Some(self.name.clone())
    }

    fn firmware(&self) -> &'static str {
        FIRMWARE
    }

    /// A Linux board has no light that all of them share, so it says it on its console.
    fn identify(&mut self, seconds: u8) -> bool {
        // Words need no end.
        if seconds > 0 {
            eprintln!(
                "nameplate-board: THIS IS {} ({}), for {seconds} s",
                self.name, self.mac
            );
        }
        true
    }

    fn recorded(&mut self) {
        tracing::info!(mac = %self.mac, "the host has recorded this board");
        self.recorded.set();
    }
}

/// The MAC that was given, or that of the interface that was given, or that of the first usable interface.
///
/// A MAC that no board should have is taken with a warning: to refuse it is the host's business, and boards in
/// tests must be able to lie.
///
/// # Errors
/// [`Error::NoMac`], [`Error::Interfaces`].
pub fn mac(given: Option<Mac>, interface: Option<&str>) -> Result<Mac, Error> {
    let mac = match (given, interface) {
        (Some(mac), _) => mac,
        (None, Some(interface)) => of_interface(interface)?,
        (None, None) => of_first_interface()?,
    };
    if mac.is_zero() || mac.is_multicast() {
        tracing::warn!(%mac, "no board should have this MAC; the host will refuse it");
    }
    Ok(mac)
}

fn of_interface(interface: &str) -> Result<Mac, Error> {
    let found = mac_address_by_name(interface).map_err(Error::Interfaces)?;
    let found = found.ok_or_else(|| Error::NoMac(Some(interface.into())))?;
    Ok(Mac(found.bytes()))
}

/// Which interface is listed first may change at the next start, so what stays the same goes first.
fn of_first_interface() -> Result<Mac, Error> {
    let all = MacAddressIterator::new().map_err(Error::Interfaces)?;
    let mac = best(all.map(|mac| Mac(mac.bytes())), is_hardware).ok_or(Error::NoMac(None))?;
    let interface = interface_of(mac);
    tracing::info!(%mac, interface, "no --mac and no --interface: took the first usable one");
    Ok(mac)
}

/// The first address of a device, of a manufacturer if there is one; otherwise any. Bridges, containers and tunnels
/// are no devices, and get made-up addresses.
fn best(all: impl Iterator<Item = Mac>, is_hardware: impl Fn(Mac) -> bool) -> Option<Mac> {
    let is_made_up = |mac: Mac| mac.0[0] & LOCALLY_ADMINISTERED != 0;
    // `min_by_key` gives the first of several.
    all.filter(|mac| !mac.is_zero() && !mac.is_multicast())
        .min_by_key(|&mac| (!is_hardware(mac), is_made_up(mac)))
}

/// Whether the kernel knows a device behind the interface with this address.
fn is_hardware(mac: Mac) -> bool {
    interface_of(mac).is_some_and(|name| {
        let interface = Path::new("/sys/class/net").join(name);
        interface.join("device").exists()
    })
}

fn interface_of(mac: Mac) -> Option<String> {
    name_by_mac_address(&MacAddress::new(mac.0)).ok().flatten()
}

/// The name that was given, or `nameplate-` and the MAC without separators.
pub fn name(given: Option<&str>, mac: Mac) -> Name {
    let made = || format!("nameplate-{}", mac.to_string().replace(':', ""));
    let name = given.map_or_else(made, Into::into);
    Name::try_from(name.as_str()).unwrap_or_default()
}

/// Checks a name's length, for the command line.
///
/// # Errors
/// A sentence where it is empty or over [`limits::NAME`] bytes.
pub fn check_name(name: &str) -> Result<String, String> {
    match name.len() {
        1..=limits::NAME => Ok(name.into()),
        length => Err(format!(
            "a name has 1 to {} bytes, this one has {length}",
            limits::NAME
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM_MAKER: Mac = Mac([0x00, 0x1A, 0xC2, 0, 0, 1]);
    const MADE_UP: Mac = Mac([0x02, 0x42, 0xAC, 0, 0, 2]);

    #[test]
    fn the_address_that_will_stay_is_taken() {
        let other = Mac([0x00, 0x1A, 0xC2, 0, 0, 9]);
        let all = [Mac([0; 6]), Mac([0xFF; 6]), MADE_UP, FROM_MAKER, other];
        let best_of = |all: &[Mac], hardware: &[Mac]| {
            best(all.iter().copied(), |mac| hardware.contains(&mac))
        };
        assert_eq!(best_of(&all, &all), Some(FROM_MAKER));
        assert_eq!(best_of(&all, &[]), Some(FROM_MAKER));
        assert_eq!(best_of(&all, &[other]), Some(other));
        assert_eq!(best_of(&all, &[MADE_UP]), Some(MADE_UP));
        assert_eq!(best_of(&all[..2], &all), None);
    }

    #[test]
    fn a_given_mac_is_passed_on_whatever_it_is() {
        assert_eq!(mac(Some(Mac([0; 6])), None).unwrap(), Mac([0; 6]));
    }

    #[test]
    fn an_interface_that_is_not_there_is_named() {
        let error = mac(None, Some("none-such0")).unwrap_err();
        assert!(error.to_string().contains("none-such0"));
    }

    #[test]
    fn names_are_made_from_the_mac() {
        assert_eq!(name(None, FROM_MAKER), "nameplate-001ac2000001");
        assert_eq!(name(Some("é"), FROM_MAKER), "é");
    }

    #[test]
    fn names_are_held_to_their_length() {
        assert!(check_name(&"n".repeat(limits::NAME)).is_ok());
        assert!(check_name(&"n".repeat(limits::NAME + 1)).is_err());
        assert!(check_name("").is_err());
    }
}
