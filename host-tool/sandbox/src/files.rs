//! The sandbox's folder: where each file is, and how one is written whole or not at all.
//!
//! Files are renamed into place but not fsynced: the sandbox outlives a killed process, not a
//! power cut, and its jobs are worth nothing after one.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::Error;

/// The paths inside the folder, and the lock that keeps a second sandbox out of it.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    // Held for as long as the sandbox runs; the system lets go of it when the process dies.
    _lock: File,
}

impl Folder {
    /// Makes the folder where needed, locks it, and clears away half-received uploads.
    pub(crate) fn open(root: &Path) -> Result<Folder, Error> {
        fs::create_dir_all(root).map_err(Error::file("create", root))?;
        let lock_path = root.join("lock");
        let lock = File::create(&lock_path).map_err(Error::file("create", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::InUse {
                    path: root.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => {
                return Err(Error::file("lock", &lock_path)(source));
            }
        }
        let folder = Folder {
            root: root.to_owned(),
            _lock: lock,
        };
        let incoming = folder.incoming();
        if incoming.exists() {
            fs::remove_dir_all(&incoming).map_err(Error::file("clear", &incoming))?;
        }
        for path in [incoming, folder.jobs()] {
            fs::create_dir_all(&path).map_err(Error::file("create", &path))?;
        }
        Ok(folder)
    }

    /// A file or folder directly in the sandbox's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Finished uploads, one folder per job.
    pub(crate) fn jobs(&self) -> PathBuf {
        self.root.join("jobs")
    }

    /// Uploads that are still arriving; on the same file system as [`Folder::jobs`].
    pub(crate) fn incoming(&self) -> PathBuf {
        self.root.join("incoming")
    }
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Only the owner: keys.
    Owner,
    /// Whoever the folder lets in: certificates.
    Anyone,
}

/// Writes a whole file and renames it into place, so that no reader ever sees a part of it.
pub(crate) fn replace(path: &Path, contents: &[u8], access: Access) -> Result<(), Error> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    // A new temporary file is 0600: a secret is never readable by others, not even for a moment.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(Error::file("write", path))?;
    file.write_all(contents)
        .map_err(Error::file("write", path))?;
    if access == Access::Anyone {
        file.as_file()
            .set_permissions(fs::Permissions::from_mode(0o644))
            .map_err(Error::file("write", path))?;
    }
    file.persist(path)
        .map_err(|error| Error::file("write", path)(error.error))?;
    Ok(())
}

/// The file's text, or `None` where there is no such file yet.
pub(crate) fn read(path: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file("read", path)(error)),
    }
}
