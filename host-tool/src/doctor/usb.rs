//! What a serial port is on USB, by sysfs, and the rules for udev that follow from it.

use std::fs;
use std::path::Path;

use rustix::fs::{major, minor};

use crate::link::usb::Usb;

/// Where rules of this bench go.
const RULES: &str = "/etc/udev/rules.d/70-nameplate.rules";
/// Whether a character device is known to be something else than a port. Of ptys sysfs knows nothing.
pub(super) fn is_other(sys: &Path, device: u64) -> bool {
    let number = format!("{}:{}", major(device), minor(device));
    let class = sys.join("dev/char").join(number).join("subsystem");
    fs::read_link(class).is_ok_and(|class| class.file_name() != Some("tty".as_ref()))
}

/// What tells one port from others in a rule.
fn what(ids: Option<&Usb>, port: &Path) -> String {
    if let Some(Usb {
        vendor, product, ..
    }) = ids
    {
        return format!(
            "ATTRS{{idVendor}}==\"{vendor:04x}\", ATTRS{{idProduct}}==\"{product:04x}\""
        );
    }
    let name = port.file_name().unwrap_or_default().to_string_lossy();
    let plain = name.chars().filter(char::is_ascii_alphanumeric);
    format!("KERNEL==\"{}\"", plain.collect::<String>())
}

/// Commands that give a port to a group.
pub(super) fn give_to(group: &str, ids: Option<&Usb>, port: &Path) -> Vec<String> {
    let what = what(ids, port);
    let rule = format!("SUBSYSTEM==\"tty\", {what}, GROUP=\"{group}\", MODE=\"0660\"");
    install(&rule)
}

/// Commands that keep ModemManager away from a port.
pub(super) fn no_modem(ids: Option<&Usb>, port: &Path) -> Vec<String> {
    let (variable, what) = match ids {
        Some(_) => ("ID_MM_DEVICE_IGNORE", what(ids, port)),
        None => ("ID_MM_PORT_IGNORE", what(ids, port)),
    };
    install(&format!("{what}, ENV{{{variable}}}=\"1\""))
}

fn install(rule: &str) -> Vec<String> {
    vec![
        format!("echo '{rule}' | sudo tee -a {RULES}"),
        "sudo udevadm control --reload && sudo udevadm trigger    # then plug it in again"
            .to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::usb::of;
    use std::os::unix::fs::symlink;

    #[test]
    fn ids_stand_some_folders_above_a_port() {
        let root = tempfile::tempdir().unwrap();
        let sys = root.path().join("sys");
        let device = sys.join("devices/pci0/usb1/1-2");
        let port = device.join("1-2:1.0/tty/ttyACM7");
        fs::create_dir_all(&port).unwrap();
        fs::create_dir_all(sys.join("class/tty/ttyACM7")).unwrap();
        symlink(device.join("1-2:1.0"), sys.join("class/tty/ttyACM7/device")).unwrap();
        fs::write(device.join("idVendor"), "303a\n").unwrap();
        fs::write(device.join("idProduct"), "1001\n").unwrap();
        let node = root.path().join("ttyACM7");
        fs::write(&node, "").unwrap();
        let found = of(&sys, &node).unwrap();
        let rule = give_to("dialout", Some(&found), &node).remove(0);
        assert_eq!(
            rule,
            "echo 'SUBSYSTEM==\"tty\", ATTRS{idVendor}==\"303a\", ATTRS{idProduct}==\"1001\", GROUP=\"dialout\", MODE=\"0660\"' \
             | sudo tee -a /etc/udev/rules.d/70-nameplate.rules"
        );
        let rule = no_modem(Some(&found), &node).remove(0);
        assert!(rule.contains("ENV{ID_MM_DEVICE_IGNORE}=\"1\""), "{rule}");
        // What is no id does not come into a command.
        fs::write(device.join("idVendor"), "'; rm -rf /").unwrap();
        assert_eq!(of(&sys, &node), None);
        let rule = give_to("dialout", None, &node).remove(0);
        assert!(rule.contains("KERNEL==\"ttyACM7\""), "{rule}");
        assert_eq!(of(Path::new("/nowhere"), &node), None);
    }

    #[test]
    fn what_is_no_port_is_known_by_its_class() {
        use std::os::unix::fs::MetadataExt;
        let device = |path: &str| fs::metadata(path).unwrap().rdev();
        let sys = Path::new("/sys");
        assert!(is_other(sys, device("/dev/null")));
        assert!(!is_other(sys, device("/dev/tty")));
        assert!(
            !is_other(Path::new("/nowhere"), device("/dev/null")),
            "it is not known"
        );
    }
}
