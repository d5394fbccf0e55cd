//! How much room a disk must have, and on which file systems a batch's store can't be trusted. Only numbers.

use super::Finding;

const MIB: u64 = 1 << 20;
/// With less a batch of thousands may not fit: a board takes some 10 KB with everything.
const ENOUGH: u64 = 1024 * MIB;
/// With less not even a small one.
const LEAST: u64 = 100 * MIB;
/// Files that a batch makes, with room for the certificates that are unpacked.
const ENOUGH_FILES: u64 = 10_000;
const LEAST_FILES: u64 = 100;

/// Free bytes.
pub(super) fn space(free: u64) -> Finding {
    let mib = free / MIB;
    let found = if free >= 10 * ENOUGH {
        format!("{} GiB are free", free / ENOUGH)
    } else {
        format!("{mib} MiB are free")
    };
    let remedy = "Make room, or use a folder on another disk: `df -h` shows them.";
    judged("space", free, (LEAST, ENOUGH), found, remedy)
}

/// Free files, of so many; some file systems have no such number.
pub(super) fn files(free: u64, of: u64) -> Finding {
    if of == 0 {
        return Finding::fine("inodes", "this file system does not count them");
    }
    let found = format!("{free} more files can be made");
    let remedy = "Remove files that nobody needs: `df -i` shows where they are scarce.";
    judged("inodes", free, (LEAST_FILES, ENOUGH_FILES), found, remedy)
}

fn judged(
    id: &'static str,
    have: u64,
    (least, enough): (u64, u64),
    found: String,
    remedy: &str,
) -> Finding {
    if have < least {
        Finding::wrong(id, found).remedy(remedy)
    } else if have < enough {
        Finding::warning(id, found).remedy(remedy)
    } else {
        Finding::fine(id, found)
    }
}

/// Over a network, SQLite's locks and its shared memory hold only between programs of one machine, if at all.
const NETWORK: [(u64, &str); 7] = [
    (0x6969, "NFS"),
    (0xFF53_4D42, "CIFS"),
    (0x517B, "SMB"),
    (0xFE53_4D42, "SMB2"),
    (0x0102_1997, "9p"),
    (0x6B41_4653, "AFS"),
    (0x00C3_6400, "Ceph"),
];

/// By the number that Linux gives to a file system.
pub(super) fn file_system(magic: u64) -> Finding {
    const ID: &str = "file-system";
    let known = NETWORK.iter().find(|(number, _)| *number == magic);
    match known {
        None => Finding::fine(ID, "local, as far as its kind tells"),
        Some((_, name)) => {
            let found = format!(
                "{name}, over the network: locks of the store are doubtful there, and two benches could write one batch"
            );
            Finding::warning(ID, found).remedy("Use a folder on a disk of this machine.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn room_is_judged_by_what_a_batch_needs() {
        for (free, level) in [
            (0, Level::Wrong),
            (100 * MIB - 1, Level::Wrong),
            (100 * MIB, Level::Warning),
            (1024 * MIB - 1, Level::Warning),
            (1024 * MIB, Level::Fine),
            (u64::MAX, Level::Fine),
        ] {
            let finding = space(free);
            assert_eq!(finding.level, level, "{free}");
            assert_eq!(finding.remedy.is_empty(), level == Level::Fine);
        }
        for (free, of, level) in [
            (0, 0, Level::Fine),
            (0, 1000, Level::Wrong),
            (500, 1000, Level::Warning),
            (20_000, 30_000, Level::Fine),
        ] {
            assert_eq!(files(free, of).level, level, "{free} of {of}");
        }
    }

    #[test]
    fn network_file_systems_are_known_by_their_numbers() {
        assert_eq!(file_system(0x6969).level, Level::Warning);
        assert!(file_system(0xFF53_4D42).found.starts_with("CIFS"));
        assert!(file_system(0x0102_1997).found.starts_with("9p"));
        // ext4, btrfs, xfs, tmpfs, overlay
        for local in [0xEF53, 0x9123_683E, 0x5846_5342, 0x0102_1994, 0x794C_7630] {
            assert_eq!(file_system(local).level, Level::Fine);
        }
    }
}
