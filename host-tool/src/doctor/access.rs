//! Whether somebody may open a device, and if not, what would let him: by the rules of the system, from plain numbers.

use std::fs;
use std::path::Path;

use crate::service::words::printable;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Me {
    /// The effective user.
    pub uid: u32,
    /// The effective group and all others of this login.
    pub groups: Vec<u32>,
}

impl Me {
    /// This process.
    pub fn here() -> Self {
        let mut groups: Vec<_> = rustix::process::getgroups()
            .unwrap_or_default()
            .into_iter()
            .map(rustix::process::Gid::as_raw)
            .collect();
        groups.push(rustix::process::getegid().as_raw());
        Self {
            uid: rustix::process::geteuid().as_raw(),
            groups,
        }
    }
}

/// Whose a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owned {
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Its mode.
    pub mode: u32,
}

/// Whether it may be opened to read and to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Yes.
    Granted,
    /// Whoever is in this group may.
    ByGroup(u32),
    /// No group can help: its group is root's, or its mode lets no group in.
    ByRule,
}

/// POSIX.1-2017 section 4.5: the first of owner, group and others that fits decides alone.
pub(super) fn access(device: Owned, me: &Me) -> Access {
    const BOTH: u32 = 0o6;
    let lets = |shift: u32| (device.mode >> shift) & BOTH == BOTH;
    let granted = if me.uid == 0 {
        true
    } else if me.uid == device.uid {
        lets(6)
    } else if me.groups.contains(&device.gid) {
        lets(3)
    } else {
        lets(0)
    };
    if granted {
        Access::Granted
    } else if lets(3) && device.gid != 0 && !me.groups.contains(&device.gid) {
        Access::ByGroup(device.gid)
    } else {
        Access::ByRule
    }
}

/// A group of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Its name.
    pub name: String,
    /// Its number.
    pub gid: u32,
    /// Who is in it.
    pub members: Vec<String>,
}

/// The groups in `group(5)`. Those of a directory service are not there: then there is only the number.
pub(super) fn groups(etc: &Path) -> Vec<Group> {
    let text = fs::read(etc.join("group")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let group = |line: &str| {
        let mut fields = line.split(':');
        let name = printable(fields.next()?, 64);
        let gid = fields.nth(1)?.parse().ok()?;
        let members = fields.next().unwrap_or_default().split(',');
        let members = members.filter(|member| !member.is_empty());
        Some(Group {
            name,
            gid,
            members: members.map(str::to_owned).collect(),
        })
    };
    text.lines().filter_map(group).collect()
}

/// The name of a user in `passwd(5)`.
pub(super) fn user(etc: &Path, uid: u32) -> Option<String> {
    let text = fs::read(etc.join("passwd")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines();
    lines.find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let number: u32 = fields.nth(1)?.parse().ok()?;
        (number == uid).then(|| printable(name, 64))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIALOUT: u32 = 20;

    fn me(uid: u32, groups: &[u32]) -> Me {
        Me {
            uid,
            groups: groups.to_vec(),
        }
    }

    fn port(uid: u32, gid: u32, mode: u32) -> Owned {
        Owned { uid, gid, mode }
    }

    #[test]
    fn the_first_that_fits_decides_alone() {
        let usual = port(0, DIALOUT, 0o20_660);
        for (device, me, expected) in [
            (usual, me(1000, &[1000]), Access::ByGroup(DIALOUT)),
            (usual, me(1000, &[1000, DIALOUT]), Access::Granted),
            (usual, me(0, &[0]), Access::Granted),
            (port(0, 0, 0o20_600), me(1000, &[1000]), Access::ByRule),
            (port(0, 0, 0o20_660), me(1000, &[1000]), Access::ByRule),
            (
                port(0, DIALOUT, 0o20_640),
                me(1000, &[DIALOUT]),
                Access::ByRule,
            ),
            (
                port(0, DIALOUT, 0o20_640),
                me(1000, &[1000]),
                Access::ByRule,
            ),
            (port(1000, 5, 0o20_620), me(1000, &[1000]), Access::Granted),
            (port(1000, 5, 0o20_066), me(1000, &[5]), Access::ByRule),
            (port(0, 5, 0o20_606), me(1000, &[5]), Access::ByRule),
            (port(0, 0, 0o20_666), me(1000, &[1000]), Access::Granted),
        ] {
            assert_eq!(access(device, &me), expected, "{device:?} {me:?}");
        }
    }

    #[test]
    fn groups_and_users_are_read_by_their_numbers() {
        let etc = tempfile::tempdir().unwrap();
        fs::write(
            etc.path().join("group"),
            "root:x:0:\nbroken\ndialout:x:20:ada,grace\nno:x:number:\n",
        )
        .unwrap();
        fs::write(
            etc.path().join("passwd"),
            "root:x:0:0::/:/bin/sh\nada:x:1000:1000::/:/bin/sh\n",
        )
        .unwrap();
        let all = groups(etc.path());
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].members, ["ada", "grace"]);
        assert_eq!(user(etc.path(), 1000).as_deref(), Some("ada"));
        assert_eq!(user(etc.path(), 7), None);
        assert_eq!(groups(Path::new("/nowhere")), []);
    }
}
