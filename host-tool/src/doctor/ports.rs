//! Serial ports: which there are, whether they may be opened, and who else has them.

use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::access::{Access, Group, Me, Owned, access, groups, user};
use super::{Bench, Finding, System, holders, usb, words};
use crate::bench::Slots;
use crate::commands::init::shell_word;
use crate::link;
use crate::link::serial::{Port, PortError, expand};

/// Groups that own serial ports on one system or the other.
const USUAL: [&str; 2] = ["dialout", "uucp"];
/// Programs that are named at most.
const LISTED: usize = 5;

/// Makes the checks.
pub(super) fn look(bench: &Bench<'_>) -> Vec<Finding> {
    let serial = &bench.setup.config.serial;
    if serial.ports.is_empty() {
        return vec![Finding::fine(
            "ports",
            "none are set: boards come on cables only with --serial",
        )];
    }
    let patterns = serial.ports.join(", ");
    let ports = match expand(&serial.ports) {
        Ok(ports) => ports,
        Err(error) => {
            return vec![
                Finding::wrong("ports", words(&error))
                    .remedy("Mend serial.ports in the configuration."),
            ];
        }
    };
    if ports.is_empty() {
        return vec![
            Finding::warning("ports", format!("nothing is plugged in at {patterns}"))
                .remedy("Plug a board in and run this again: only then can its port be checked."),
        ];
    }
    let many = if ports.len() == 1 { "port" } else { "ports" };
    let mut found = vec![Finding::fine(
        "ports",
        format!("{} {many} at {patterns}", ports.len()),
    )];
    let me = Me::here();
    let slots = Slots::new(bench.setup.config.slots.clone());
    found.extend(ports.iter().map(|port| {
        let place = slots.of(port);
        let looked = one(&bench.system, port, serial.baud, &me);
        let path = port.display().to_string();
        // Without a name of its own a place is called as its port is.
        looked.about(if path.ends_with(&place) {
            path
        } else {
            format!("{path} at {place}")
        })
    }));
    found.extend(modem_manager(&bench.system, &ports));
    found
}

fn one(system: &System, port: &Path, baud: u32, me: &Me) -> Finding {
    match port.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Finding::wrong("port", "it is not there")
                .remedy("Plug the board in. `ls -l /dev/serial/by-id/` shows what is there.")
        }
        Err(error) => Finding::wrong("port", words(&error)),
        Ok(meta)
            if !meta.file_type().is_char_device() || usb::is_other(&system.sys, meta.rdev()) =>
        {
            Finding::wrong("port", "it is no serial port")
                .remedy("Mend serial.ports in the configuration.")
        }
        Ok(meta) => {
            let device = Owned {
                uid: meta.uid(),
                gid: meta.gid(),
                mode: meta.mode(),
            };
            match access(device, me) {
                Access::Granted => open(system, port, baud),
                refused => forbidden(system, port, refused, me),
            }
        }
    }
}

/// What helps somebody who may not open a port.
fn forbidden(system: &System, port: &Path, access: Access, me: &Me) -> Finding {
    let all = groups(&system.etc);
    let user = user(&system.etc, me.uid);
    if let Access::ByGroup(gid) = access {
        return by_group(&all, gid, user.as_deref());
    }
    let group = USUAL
        .iter()
        .find(|name| all.iter().any(|group| group.name == **name));
    let group = group.unwrap_or(&USUAL[0]);
    let rule = usb::give_to(group, link::usb::of(&system.sys, port).as_ref(), port);
    let finding = Finding::wrong(
        "port",
        "you may not open it, and no group of yours could: it is root's alone. A rule for udev gives it to a group",
    );
    let finding = rule.into_iter().fold(finding, Finding::remedy);
    finding.remedy(join(group))
}

fn by_group(all: &[Group], gid: u32, user: Option<&str>) -> Finding {
    let Some(group) = all.iter().find(|group| group.gid == gid) else {
        return Finding::wrong("port", format!("you may not open it; group {gid} may"))
            .remedy("Have yourself put into that group.");
    };
    let is_member = user.is_some_and(|user| group.members.iter().any(|member| member == user));
    if is_member {
        let found = format!(
            "you may not open it yet: you are in group {}, and this login is from before that",
            group.name
        );
        return Finding::wrong("port", found).remedy("Log out and in again.");
    }
    let found = format!(
        "you may not open it; group {} may, and you are not in it",
        group.name
    );
    Finding::wrong("port", found).remedy(join(&group.name))
}

fn join(group: &str) -> String {
    format!(
        "sudo usermod -aG {} $USER    # then log out and in again",
        shell_word(group)
    )
}

/// Opens it as the bench does. Before that, whoever has it is looked for: a port can be shared without anybody noticing, and then
/// each gets a part of what the board says.
fn open(system: &System, port: &Path, baud: u32) -> Finding {
    let seen = holders::of(&system.proc, port);
    let names = named(&seen.holders);
    let opened = Port::open(port, baud);
    match (opened, seen.holders.as_slice()) {
        (Ok(_), []) => Finding::fine("port", "it can be opened, and nobody else has it"),
        (Ok(_), holders) => end(
            Finding::warning(
                "port",
                format!("{names} has it open too: what a board says is lost to it"),
            ),
            holders,
        ),
        (Err(_), holders @ [_, ..]) => end(
            Finding::wrong("port", format!("{names} has it open")),
            holders,
        ),
        (Err(error), []) if seen.hidden > 0 => {
            let found = format!(
                "{}; programs of others could not be looked at",
                opening(&error)
            );
            let path = shell_word(&port.to_string_lossy());
            Finding::wrong("port", found).remedy(format!("sudo fuser -v {path}    # who has it?"))
        }
        (Err(error), []) => Finding::wrong("port", opening(&error)).remedy(
            "Unplug it and plug it in again; `sudo dmesg | tail` shows what the system says of it.",
        ),
    }
}

fn named(holders: &[holders::Holder]) -> String {
    let names = holders.iter().take(LISTED).map(ToString::to_string);
    let names = names.collect::<Vec<_>>().join(", ");
    match holders.len().saturating_sub(LISTED) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

fn end(finding: Finding, holders: &[holders::Holder]) -> Finding {
    let pids: Vec<_> = holders
        .iter()
        .take(LISTED)
        .map(|holder| holder.pid.to_string())
        .collect();
    if holders
        .iter()
        .all(|holder| holder.name.starts_with("nameplate"))
    {
        return finding.remedy("A bench runs on it: let it end first.");
    }
    finding.remedy(format!("kill {}    # or end it as usual", pids.join(" ")))
}

fn opening(error: &PortError) -> String {
    words(error)
}

/// ModemManager takes every new port for a modem, and speaks to it.
fn modem_manager(system: &System, ports: &[PathBuf]) -> Option<Finding> {
    const ID: &str = "modem-manager";
    let is_usb = |port: &&PathBuf| {
        let name = port.canonicalize().unwrap_or_else(|_| (*port).clone());
        let name = name
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        name.starts_with("ttyACM") || name.starts_with("ttyUSB")
    };
    let port = ports.iter().find(is_usb)?;
    let Some(pid) = holders::runs(&system.proc, "ModemManager") else {
        return Some(Finding::fine(ID, "it does not run"));
    };
    let found = format!(
        "ModemManager (pid {pid}) runs: it speaks to every port that is plugged in, and boards get what is not for them"
    );
    let rule = usb::no_modem(link::usb::of(&system.sys, port).as_ref(), port);
    let finding = Finding::warning(ID, found);
    Some(rule.into_iter().fold(finding, Finding::remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;
    use std::fs;
    use std::os::unix::fs::symlink;

    /// A system of our own: root may open everything, so who asks is made up, and so is what the system tells.
    struct Place {
        root: tempfile::TempDir,
        system: System,
    }

    impl Place {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let at = |name: &str| root.path().join(name);
            let system = System {
                sys: at("sys"),
                proc: at("proc"),
                etc: at("etc"),
            };
            for folder in ["sys/class/tty", "proc", "etc"] {
                fs::create_dir_all(at(folder)).unwrap();
            }
            fs::write(at("etc/group"), "root:x:0:\ndialout:x:20:ada\n").unwrap();
            fs::write(
                at("etc/passwd"),
                "ada:x:1000:1000::/:\nbob:x:1001:1001::/:\n",
            )
            .unwrap();
            Self { root, system }
        }

        /// A port of this name with its USB device in sysfs.
        fn port(&self, name: &str) -> PathBuf {
            let path = self.root.path().join(name);
            fs::write(&path, "").unwrap();
            let device = self.root.path().join("usb").join(name);
            fs::create_dir_all(device.join("interface")).unwrap();
            fs::write(device.join("idVendor"), "1a86\n").unwrap();
            fs::write(device.join("idProduct"), "7523\n").unwrap();
            let class = self.system.sys.join("class/tty").join(name);
            fs::create_dir_all(&class).unwrap();
            symlink(device.join("interface"), class.join("device")).unwrap();
            path
        }

        fn runs(&self, pid: u32, name: &str) {
            let folder = self.system.proc.join(pid.to_string());
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("comm"), format!("{name}\n")).unwrap();
        }
    }

    fn who(uid: u32) -> Me {
        Me {
            uid,
            groups: vec![uid],
        }
    }

    #[test]
    fn whoever_may_not_open_a_port_is_told_how_he_may() {
        let place = Place::new();
        let port = place.port("ttyUSB0");
        let may = |access, uid| forbidden(&place.system, &port, access, &who(uid));
        let bob = may(Access::ByGroup(20), 1001);
        assert_eq!(bob.level, Level::Wrong);
        assert!(bob.found.contains("group dialout may"), "{bob:?}");
        assert!(bob.remedy[0].starts_with("sudo usermod -aG dialout $USER"));
        // In the group since, by a login from before.
        let ada = may(Access::ByGroup(20), 1000);
        assert_eq!(ada.remedy, ["Log out and in again."]);
        let unknown = may(Access::ByGroup(77), 1000);
        assert!(unknown.found.contains("group 77"), "{unknown:?}");
        let root_s = may(Access::ByRule, 1000);
        assert!(root_s.remedy[0].contains("ATTRS{idVendor}==\"1a86\", ATTRS{idProduct}==\"7523\""));
        assert!(root_s.remedy[0].contains("GROUP=\"dialout\""));
        assert!(root_s.remedy.last().unwrap().contains("usermod"));
    }

    #[test]
    fn modem_manager_matters_to_ports_on_usb() {
        let place = Place::new();
        let ports = [place.port("ttyACM3")];
        let look = |ports: &[PathBuf]| modem_manager(&place.system, ports);
        assert_eq!(look(&ports).unwrap().level, Level::Fine);
        place.runs(41, "ModemManager");
        let found = look(&ports).unwrap();
        assert_eq!(found.level, Level::Warning);
        assert!(found.found.contains("pid 41"));
        assert!(
            found.remedy[0].contains("\"1a86\"") && found.remedy[0].contains("ID_MM_DEVICE_IGNORE")
        );
        assert_eq!(look(&[place.port("ttyS0")]), None);
    }

    #[test]
    fn what_is_no_port_is_called_so() {
        let place = Place::new();
        let file = place.port("ttyACM0");
        let look = |port: &Path| one(&place.system, port, 115_200, &who(0));
        assert!(look(&file).found.contains("no serial port"));
        assert!(
            look(&place.root.path().join("ttyACM9"))
                .found
                .contains("not there")
        );
    }
}
