//! Who has a file open, and which programs run: what `/proc` tells of them.

use std::fs;
use std::path::Path;

use crate::service::words::printable;

/// A program that has a file open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    /// Its process id.
    pub pid: u32,
    /// What it is called.
    pub name: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (pid {})", self.name, self.pid)
    }
}

/// What could be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Who has it open.
    pub holders: Vec<Holder>,
    /// Programs of others, that may not be looked at.
    pub hidden: u32,
}

/// Who has this file open, apart from this program itself.
pub(super) fn of(proc: &Path, file: &Path) -> Seen {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let mut seen = Seen::default();
    for pid in processes(proc) {
        if pid == std::process::id() {
            continue;
        }
        let Ok(open) = fs::read_dir(proc.join(pid.to_string()).join("fd")) else {
            // One that ended meanwhile is counted too: it only makes the answer more careful.
            seen.hidden += 1;
            continue;
        };
        let mut open = open.flatten();
        // A device's name stands there as it was opened; nothing is opened or waited for by reading the link.
        if open.any(|entry| fs::read_link(entry.path()).is_ok_and(|link| link == file)) {
            let name = name(proc, pid);
            seen.holders.push(Holder { pid, name });
        }
    }
    seen
}

/// Whether a program of this name runs.
pub(super) fn runs(proc: &Path, program: &str) -> Option<u32> {
    processes(proc).find(|pid| name(proc, *pid) == program)
}

/// What a process is called.
pub(super) fn name(proc: &Path, pid: u32) -> String {
    let text = fs::read(proc.join(pid.to_string()).join("comm")).unwrap_or_default();
    let text = printable(&String::from_utf8_lossy(&text), 32);
    if text.is_empty() {
        "a program".to_owned()
    } else {
        text
    }
}

fn processes(proc: &Path) -> impl Iterator<Item = u32> {
    let entries = fs::read_dir(proc).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn whoever_has_a_file_open_is_named() {
        let root = tempfile::tempdir().unwrap();
        let port = root.path().join("ttyACM0");
        fs::write(&port, "").unwrap();
        let port = port.canonicalize().unwrap();
        for (pid, name, file) in [
            (11, "picocom\n", Some(port.as_path())),
            (12, "bash\n", Some(Path::new("/dev/null"))),
            (13, "ModemManager\n", None),
        ] {
            let folder = root.path().join("proc").join(pid.to_string());
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("comm"), name).unwrap();
            if let Some(file) = file {
                fs::create_dir(folder.join("fd")).unwrap();
                symlink(file, folder.join("fd/3")).unwrap();
            }
        }
        fs::write(root.path().join("proc/meminfo"), "").unwrap();
        let proc = root.path().join("proc");
        // By another name of the same port too.
        let alias = root.path().join("by-id");
        symlink(&port, &alias).unwrap();
        for asked in [&port, &alias] {
            let seen = of(&proc, asked);
            assert_eq!(seen.holders.len(), 1);
            assert_eq!(seen.holders[0].to_string(), "picocom (pid 11)");
            assert_eq!(seen.hidden, 1);
        }
        assert_eq!(runs(&proc, "ModemManager"), Some(13));
        assert_eq!(runs(&proc, "nobody"), None);
    }
}
