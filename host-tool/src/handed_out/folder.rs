//! A folder that is there whole or not at all, and that only its owner can look into.

use std::ffi::CString;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};

use super::UnpackError;
use crate::fault::{self, Point};
use crate::whole_file::{part_of, sync_folder};

/// A folder in the making. Dropped before it is finished, it leaves nothing behind.
pub(super) struct WholeFolder {
    part: PathBuf,
    path: PathBuf,
    // Held for as long as it grows, so that no other program clears it away.
    handle: File,
    finished: bool,
}

impl WholeFolder {
    /// Begins a folder that is going to be at `path`, where nothing is now. What a killed program left is cleared away.
    pub fn begin(path: &Path) -> Result<Self, UnpackError> {
        let fault = |source| UnpackError::Write {
            path: path.to_owned(),
            source,
        };
        let begin = || {
            let part = part_of(path)?;
            let make = || DirBuilder::new().mode(0o700).create(&part);
            match make() {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    drop(lock(&part)?);
                    fs::remove_dir_all(&part)?;
                    make()?;
                }
                other => other?,
            }
            let handle = lock(&part)?;
            Ok((part, handle))
        };
        let (part, handle) = begin().map_err(fault)?;
        Ok(Self {
            part,
            path: path.to_owned(),
            handle,
            finished: false,
        })
    }

    /// Writes a file that is not there yet, readable by its owner only. The name was checked before.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), UnpackError> {
        let path = self.part.join(name);
        let write = || {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o600);
            options.open(&path)?.write_all(bytes)
        };
        write().map_err(|source| UnpackError::Write { path, source })
    }

    /// Puts the folder in place. On the disk when it returns.
    pub fn finish(mut self) -> Result<(), UnpackError> {
        let put = || {
            // One for all files: a call for each would take minutes for a large batch.
            rustix::fs::syncfs(&self.handle)?;
            fault::at(Point::UnpackBefore);
            rename_new(&self.part, &self.path)?;
            fault::at(Point::UnpackAfter);
            sync_folder(&self.path)
        };
        put().map_err(|source| UnpackError::Write {
            path: self.path.clone(),
            source,
        })?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for WholeFolder {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_dir_all(&self.part);
        }
    }
}

fn lock(part: &Path) -> io::Result<File> {
    let no_link = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::DIRECTORY;
    let handle = OpenOptions::new()
        .read(true)
        .custom_flags(no_link.bits().cast_signed())
        .open(part)?;
    match handle.try_lock() {
        Ok(()) => Ok(handle),
        Err(TryLockError::WouldBlock) => {
            let words = "another program is writing the same folder";
            Err(io::Error::new(io::ErrorKind::ResourceBusy, words))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Replaces nothing, not even an empty folder.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let text = |path: &Path| CString::new(path.as_os_str().as_bytes());
    let (from, to) = (text(from)?, text(to)?);
    rustix::fs::renameat_with(CWD, &from, CWD, &to, RenameFlags::NOREPLACE)?;
    Ok(())
}
