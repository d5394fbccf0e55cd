//! The batch's folder: there, ours alone, with room, on a disk of this machine.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Bench, Finding, space, words};
use crate::commands::init::shell_word;

const ALL: [&str; 4] = ["folder", "space", "inodes", "file-system"];

/// Makes the checks.
pub(super) fn look(bench: &Bench<'_>) -> Vec<Finding> {
    let folder = bench.setup.folder();
    let shown = folder.display();
    if !folder.is_dir() {
        let [first, rest @ ..] = ALL;
        let wrong = Finding::wrong(first, format!("there is no folder {shown}"))
            .remedy(format!("nameplate init {}", bench.arguments));
        let rest = rest
            .iter()
            .map(|id| Finding::unchecked(id, "there is no folder"));
        return std::iter::once(wrong).chain(rest).collect();
    }
    let mut found = vec![may_write(folder)];
    match rustix::fs::statvfs(folder) {
        Ok(disk) => {
            let size = if disk.f_frsize == 0 {
                disk.f_bsize
            } else {
                disk.f_frsize
            };
            found.push(space::space(disk.f_bavail.saturating_mul(size)));
            found.push(space::files(disk.f_favail, disk.f_files));
        }
        Err(error) => {
            found.push(Finding::unchecked("space", error));
            found.push(Finding::unchecked("inodes", error));
        }
    }
    found.push(match rustix::fs::statfs(folder) {
        // What the C library calls the type is as wide as the machine makes it.
        Ok(disk) => space::file_system(disk.f_type.unsigned_abs() & 0xFFFF_FFFF),
        Err(error) => Finding::unchecked("file-system", error),
    });
    found
}

fn may_write(folder: &Path) -> Finding {
    const ID: &str = "folder";
    let path = shell_word(&folder.to_string_lossy());
    let tried = || -> io::Result<u32> {
        // It has no name at any time, so it is gone whatever happens.
        tempfile::tempfile_in(folder)?;
        Ok(folder.metadata()?.permissions().mode() & 0o777)
    };
    match tried() {
        Err(error) => {
            let found = format!(
                "nothing can be written in {}: {}",
                folder.display(),
                words(&error)
            );
            Finding::wrong(ID, found).remedy(format!("ls -ld {path}    # whose is it?"))
        }
        Ok(mode) if mode & 0o077 != 0 => {
            let found = format!(
                "{} can be written; others get into it too (mode {mode:o})",
                folder.display()
            );
            Finding::warning(ID, found).remedy(format!("chmod 700 {path}"))
        }
        Ok(_) => Finding::fine(
            ID,
            format!("{} can be written, and is yours alone", folder.display()),
        ),
    }
}
