//! Where on the USB a serial port is: read from what the kernel says of it in sysfs.
//!
//! The chain of ports (`1-1.2`: second port of the hub at the first port of bus 1) is what stays the same when a board is
//! plugged out and in; the port's own name (`ttyACM3`) does not.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of a file in sysfs that are read; a serial number has 126 characters at the most (USB 2.0, 9.6.7).
const LONGEST: usize = 256;

/// Where a port is on the USB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usb {
    /// The chain of ports, as `1-1.2`.
    pub chain: String,
    /// The number of the interface in the device: one device may have several ports.
    pub interface: u8,
    /// The vendor's id.
    pub vendor: u16,
    /// The product's id.
    pub product: u16,
    /// The device's serial number.
    pub serial: Option<String>,
}

/// The kernel's word on a port: `sys` is where sysfs is. `None`: it is on no USB.
pub fn of(sys: &Path, port: &Path) -> Option<Usb> {
    let port = fs::canonicalize(port).ok()?;
    let name = port.strip_prefix("/dev").ok();
    let name = name.or_else(|| port.file_name().map(Path::new))?.to_str()?;
    // As the kernel writes names that hold a slash.
    at(&sys.join("class/tty").join(name.replace('/', "!")))
}

/// Ports that are on the USB now, with where they are there.
pub fn all(sys: &Path) -> Vec<(PathBuf, Usb)> {
    let Ok(entries) = fs::read_dir(sys.join("class/tty")) else {
        return Vec::new();
    };
    let ports = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().to_str()?.replace('!', "/");
        Some((Path::new("/dev").join(name), at(&entry.path())?))
    });
    ports.collect()
}

fn at(entry: &Path) -> Option<Usb> {
    let device = fs::canonicalize(entry.join("device")).ok()?;
    let usb = device
        .ancestors()
        .find(|folder| folder.join("idVendor").is_file())?;
    let chain = usb.file_name()?.to_str()?.to_owned();
    // Between the device and the port is the interface: `1-1.2:1.0`.
    let interface = device.ancestors().find_map(|folder| {
        let name = folder.file_name()?.to_str()?;
        let (_, interface) = name
            .strip_prefix(&chain)?
            .strip_prefix(':')?
            .split_once('.')?;
        u8::from_str_radix(interface, 16).ok()
    });
    Some(Usb {
        interface: interface.unwrap_or(0),
        vendor: id(usb, "idVendor")?,
        product: id(usb, "idProduct")?,
        serial: text(usb, "serial"),
        chain,
    })
}

fn id(usb: &Path, file: &str) -> Option<u16> {
    u16::from_str_radix(&text(usb, file)?, 16).ok()
}

fn text(usb: &Path, file: &str) -> Option<String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let file = fs::File::open(usb.join(file)).ok()?;
    file.take(LONGEST as u64).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// USB devices by their ids: `usb:2e8a:000a`, with `*` for any product, and a serial number behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    vendor: u16,
    product: Option<u16>,
    serial: Option<String>,
}

impl Ids {
    /// What such a pattern begins with.
    pub const PREFIX: &'static str = "usb:";

    /// Reads a pattern without its prefix. `None`: it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let hex = |text: &str| {
            let fits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            fits.then(|| u16::from_str_radix(text, 16).ok()).flatten()
        };
        let vendor = hex(parts.next()?)?;
        let product = match parts.next() {
            None | Some("*") => None,
            Some(product) => Some(hex(product)?),
        };
        let serial = parts.next().map(str::to_owned);
        if serial.as_deref() == Some("") {
            return None;
        }
        Some(Self {
            vendor,
            product,
            serial,
        })
    }

    /// Whether a port's device is meant.
    pub fn means(&self, usb: &Usb) -> bool {
        self.vendor == usb.vendor
            && self.product.is_none_or(|product| product == usb.product)
            && (self.serial.is_none() || self.serial == usb.serial)
    }
}

/// Where sysfs is. In builds for tests it may be elsewhere: no machine has boards plugged in whenever a test runs.
pub fn sys() -> PathBuf {
    #[cfg(debug_assertions)]
    if let Some(folder) = std::env::var_os("NAMEPLATE_SYSFS") {
        return folder.into();
    }
    PathBuf::from("/sys")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A port as the kernel shows it.
    fn plug(sys: &Path, tty: &str, chain: &str, interface: &str, serial: &str) {
        let usb = sys.join("devices/pci0/usb1").join(chain);
        let port = usb.join(format!("{chain}:1.{interface}/tty/{tty}"));
        fs::create_dir_all(&port).unwrap();
        for (file, text) in [
            ("idVendor", "2e8a"),
            ("idProduct", "000a"),
            ("serial", serial),
        ] {
            fs::write(usb.join(file), format!("{text}\n")).unwrap();
        }
        symlink("../..", port.join("device")).unwrap();
        fs::create_dir_all(sys.join("class/tty")).unwrap();
        symlink(&port, sys.join("class/tty").join(tty)).unwrap();
    }

    #[test]
    fn a_port_is_found_by_its_chain_whatever_it_is_called() {
        let sys = tempfile::tempdir().unwrap();
        plug(sys.path(), "null", "1-1.2", "2", "E661");
        let usb = of(sys.path(), Path::new("/dev/null")).unwrap();
        assert_eq!((usb.chain.as_str(), usb.interface), ("1-1.2", 2));
        assert_eq!((usb.vendor, usb.product), (0x2e8a, 0x000a));
        assert_eq!(usb.serial.as_deref(), Some("E661"));
        assert_eq!(all(sys.path()), [(PathBuf::from("/dev/null"), usb)]);
        assert_eq!(of(sys.path(), Path::new("/dev/zero")), None);
    }

    #[test]
    fn a_port_that_is_on_no_usb_has_no_chain() {
        let sys = tempfile::tempdir().unwrap();
        let port = sys.path().join("devices/platform/serial8250/tty/null");
        fs::create_dir_all(&port).unwrap();
        symlink("../..", port.join("device")).unwrap();
        fs::create_dir_all(sys.path().join("class/tty")).unwrap();
        symlink(&port, sys.path().join("class/tty/null")).unwrap();
        assert_eq!(of(sys.path(), Path::new("/dev/null")), None);
        assert_eq!(all(sys.path()), []);
        assert_eq!(all(Path::new("/nonexistent")), []);
    }

    #[test]
    fn ids_say_which_devices_are_meant() {
        let usb = Usb {
            chain: "1-1".to_owned(),
            interface: 0,
            vendor: 0x2e8a,
            product: 0xa,
            serial: Some("E6:61".to_owned()),
        };
        for (text, means) in [
            ("2e8a", true),
            ("2E8A:*", true),
            ("2e8a:000a", true),
            ("2e8a:000a:E6:61", true),
            ("2e8a:000b", false),
            ("2e8b", false),
            ("2e8a:*:E662", false),
        ] {
            assert_eq!(Ids::parse(text).unwrap().means(&usb), means, "{text}");
        }
        for text in ["", "2e8", "+e8a", "2e8a:", "2e8a:a", "2e8a:000a:", "*:000a"] {
            assert_eq!(Ids::parse(text), None, "{text}");
        }
    }
}
