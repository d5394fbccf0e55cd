//! The directory itself: made, checked and locked, so that one process at a time has it.

use std::fs::DirBuilder;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, fsync, open, openat};
use rustix::io::Errno;

use super::{ChainFault, KeyFault};
use crate::Error;

/// Name of the file that is locked. It is never removed: a process could hold the lock of a file that is gone.
const LOCK: &str = "lock";

/// Mode bits with which others could put a key of theirs in place of the board's.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Why a state directory can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateFault {
    /// It is missing and can't be made.
    #[error("cannot make it")]
    Make(#[source] io::Error),
    /// It is there and can't be opened.
    #[error("cannot open it")]
    Open(#[source] Errno),
    /// Its lock file can't be made or locked.
    #[error("cannot lock it")]
    Lock(#[source] Errno),
    /// Another process has it.
    #[error("another nameplate-board is using it")]
    InUse,
    /// Group or others may write into it.
    #[error("others than its owner may write into it")]
    WritableByOthers,
    /// What an earlier process left half-written can't be removed.
    #[error("cannot tidy it up")]
    Tidy(#[source] KeyFault),
    /// The same of a certificate chain.
    #[error("cannot tidy it up")]
    TidyChain(#[source] ChainFault),
}

impl StateFault {
    /// What the person at the board can do about it.
    pub(crate) fn next_step(&self) -> &'static str {
        match self {
            Self::Make(_) | Self::Open(_) => "check the path and your rights to it",
            Self::Lock(_) | Self::Tidy(_) | Self::TidyChain(_) => {
                "check your rights to the directory and that its file system can be written to"
            }
            Self::InUse => "end that process, or give each board a --state of its own",
            Self::WritableByOthers => "chmod 700 the directory, or give another --state",
        }
    }
}

/// A state directory that this process alone uses.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    pub(super) fd: OwnedFd,
    /// Held until the process ends, however it ends.
    _lock: OwnedFd,
}

impl StateDir {
    /// Makes the directory where it is missing (mode 0700), and locks it.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_checked(path).map_err(|source| Error::State {
            path: path.into(),
            source,
        })
    }

    /// Where it is, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn open_checked(path: &Path) -> Result<Self, StateFault> {
        make(path).map_err(StateFault::Make)?;
        let fd = open_directory(path).map_err(StateFault::Open)?;
        let mode = fstat(&fd).map_err(StateFault::Open)?.st_mode;
        if mode & WRITABLE_BY_OTHERS != 0 {
            return Err(StateFault::WritableByOthers);
        }
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let lock = openat(&fd, LOCK, flags, Mode::RUSR | Mode::WUSR).map_err(StateFault::Lock)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            Errno::WOULDBLOCK => StateFault::InUse,
            other => StateFault::Lock(other),
        })?;
        Ok(Self {
            path: path.into(),
            fd,
            _lock: lock,
        })
    }
}

fn open_directory(path: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    open(path, flags, Mode::empty())
}

/// Makes the directory and those above it that are missing, each durable before the next.
fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = match path.parent() {
        Some(above) if above.as_os_str().is_empty() => Path::new("."),
        Some(above) => above,
        None => Path::new("/"),
    };
    make(above)?;
    match DirBuilder::new().mode(0o700).create(path) {
        // Another process was faster, or something else stands there: opening it will tell.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => Ok(fsync(open_directory(above)?)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn fault(path: &Path) -> StateFault {
        match StateDir::open(path).unwrap_err() {
            Error::State { source, .. } => source,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn it_is_made_for_its_owner_alone() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("deep/state");
        let state = StateDir::open(&path).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(state.path()), 0o700);
        assert_eq!(mode(&path.join(LOCK)) & 0o077, 0);
    }

    #[test]
    fn it_is_one_process_s_until_that_ends() {
        let above = tempfile::tempdir().unwrap();
        let first = StateDir::open(above.path()).unwrap();
        assert!(matches!(fault(above.path()), StateFault::InUse));
        drop(first);
        StateDir::open(above.path()).unwrap();
    }

    #[test]
    fn what_others_can_write_into_is_refused() {
        let above = tempfile::tempdir().unwrap();
        let open = std::fs::Permissions::from_mode(0o770);
        std::fs::set_permissions(above.path(), open).unwrap();
        assert!(matches!(fault(above.path()), StateFault::WritableByOthers));
    }

    #[test]
    fn a_file_in_its_place_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(fault(file.path()), StateFault::Open(_)));
        assert!(matches!(
            fault(&file.path().join("below")),
            StateFault::Make(_) | StateFault::Open(_)
        ));
    }
}
