//! What places on the bench are called: as configured, or by where on the USB they are, or by the port's own name.
//!
//! A place keeps its name however often a board is plugged out and in, and whatever port the system makes of it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::link::usb;

/// The names of places.
#[derive(Debug, Default)]
pub struct Slots {
    /// By chain (`1-1.2`), chain and interface (`1-1.2:2`), or path.
    configured: HashMap<String, String>,
    /// Which port has a name now.
    taken: Mutex<HashMap<String, String>>,
}

impl Slots {
    /// Names by USB port chain or path, as they are configured.
    pub fn new(configured: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            configured: configured.into_iter().collect(),
            taken: Mutex::default(),
        }
    }

    /// The name of the place at which a port is.
    pub fn of(&self, path: &Path) -> String {
        let link = path.display().to_string();
        let (name, interface) = self.name(path, &link);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // A device with several ports has them all at one place of the bench.
        let free = |name: &String| taken.get(name).is_none_or(|by| *by == link);
        let names = [name.clone(), format!("{name}:{interface}"), link.clone()];
        let name = names.into_iter().find(free).unwrap_or_else(|| link.clone());
        taken.insert(name.clone(), link);
        name
    }

    /// The port is gone: whatever comes to its place next has the name.
    pub(super) fn left(&self, path: &Path) {
        let link = path.display().to_string();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|_, by| *by != link);
    }

    fn name(&self, path: &Path, link: &str) -> (String, u8) {
        let configured = |key: &str| self.configured.get(key).cloned();
        if let Some(usb) = usb::of(&usb::sys(), path) {
            let exact = format!("{}:{}", usb.chain, usb.interface);
            let name = configured(&exact)
                .or_else(|| configured(&usb.chain))
                .or_else(|| configured(link))
                .unwrap_or_else(|| format!("usb {}", usb.chain));
            return (name, usb.interface);
        }
        let own = || link.strip_prefix("/dev/").unwrap_or(link).to_owned();
        (configured(link).unwrap_or_else(own), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_on_no_usb_is_called_as_configured_or_by_its_own_name() {
        let slots = Slots::new([("/dev/null".to_owned(), "A1".to_owned())]);
        assert_eq!(slots.of(Path::new("/dev/null")), "A1");
        assert_eq!(slots.of(Path::new("/dev/zero")), "zero");
        assert_eq!(slots.of(Path::new("/tmp/port")), "/tmp/port");
    }

    #[test]
    fn two_ports_are_never_called_the_same() {
        let slots = Slots::new([
            ("/dev/null".to_owned(), "A1".to_owned()),
            ("/dev/zero".to_owned(), "A1".to_owned()),
        ]);
        assert_eq!(slots.of(Path::new("/dev/null")), "A1");
        assert_eq!(slots.of(Path::new("/dev/null")), "A1", "again");
        assert_eq!(slots.of(Path::new("/dev/zero")), "A1:0");
        slots.left(Path::new("/dev/null"));
        assert_eq!(slots.of(Path::new("/dev/zero")), "A1");
    }
}
