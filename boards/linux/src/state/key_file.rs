//! The key store of a Linux board: one file that is there as a whole or not at all.
//!
//! A key is written beside (`key.new`), made durable, and gets its name in one step that never replaces another key. To be
//! forgotten it loses its name first (`key.erased`). What a power cut leaves under those two names is no key, and is
//! overwritten and removed at the next start. On flash and on journaling file systems overwriting reaches only what
//! the file system lets it reach.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::rc::Rc;

use nameplate_agent::{KeyStore, PRIVATE_KEY_BYTES, StoreFault};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RenameFlags, fstat, fsync, openat, renameat, renameat_with,
    statat, unlinkat,
};
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::line::{self, LINE, LineFault};
use super::{StateDir, StateFault};
use crate::Error;
use crate::error::chain;

const KEY: &str = "key";
const NEW: &str = "key.new";
const ERASED: &str = "key.erased";

/// Mode bits for anybody but the owner.
const OTHERS: u32 = 0o077;

/// Why the key could not be read, stored or forgotten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// A system call failed.
    #[error("cannot {operation} {}", path.display())]
    System {
        /// What was tried.
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: Errno,
    },
    /// Reading or writing the file failed.
    #[error("cannot {operation} {}", path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A directory, a device, or the like.
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// Its mode lets group or others at it.
    #[error("others than its owner have access to {}", .0.display())]
    Open(PathBuf),
    /// It is not what was written.
    #[error("{} holds no key", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// In what way.
        source: LineFault,
    },
}

impl KeyFault {
    fn next_step(&self) -> &'static str {
        match self {
            Self::System { .. } | Self::Io { .. } => {
                "check the rights to the state directory, and its file system"
            }
            Self::NotAFile(_) => "put the board's key file back in its place",
            Self::Open(_) => {
                "if nobody else can have read it, chmod 600 the file; otherwise erase the key"
            }
            Self::Line { .. } => {
                "put a good copy back; only where there is none, move it away: the board then makes a new key"
            }
        }
    }
}

/// The key file in a state directory.
#[derive(Debug)]
pub struct KeyFile {
    state: Rc<StateDir>,
}

impl KeyFile {
    /// The store in this directory. Removes what an earlier process left half-done.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn new(state: Rc<StateDir>) -> Result<Self, Error> {
        let store = Self { state };
        store.tidy().map_err(|fault| Error::State {
            path: store.state.path().into(),
            source: StateFault::Tidy(fault),
        })?;
        Ok(store)
    }

    fn tidy(&self) -> Result<(), KeyFault> {
        self.dispose(NEW)?;
        self.dispose(ERASED)?;
        // The process before may have been killed between naming its key and making the name durable.
        match statat(&self.state.fd, KEY, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => self.sync(),
            Err(_) => Ok(()),
        }
    }

    fn read(&self) -> Result<Option<Zeroizing<[u8; PRIVATE_KEY_BYTES]>>, KeyFault> {
        // Without NONBLOCK a named pipe in its place would hold the board for ever.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match openat(&self.state.fd, KEY, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(None),
            other => other.map_err(|source| self.system("open", KEY, source))?,
        };
        let stat = fstat(&fd).map_err(|source| self.system("look at", KEY, source))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(KeyFault::NotAFile(self.path(KEY)));
        }
        if stat.st_mode & OTHERS != 0 {
            return Err(KeyFault::Open(self.path(KEY)));
        }
        let line = |source| KeyFault::Line {
            path: self.path(KEY),
            source,
        };
        if usize::try_from(stat.st_size) != Ok(LINE) {
            return Err(line(LineFault::Length));
        }
        let mut bytes = Zeroizing::new([0; LINE]);
        let read = File::from(fd).read_exact(&mut bytes[..]);
        read.map_err(|source| self.io("read", KEY, source))?;
        line::read(&bytes[..]).map(Some).map_err(line)
    }

    fn write(&self, key: &[u8; PRIVATE_KEY_BYTES]) -> Result<(), KeyFault> {
        self.dispose(NEW)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let fd = openat(&self.state.fd, NEW, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|source| self.system("make", NEW, source))?;
        let mut file = File::from(fd);
        file.write_all(&line::write(key)[..])
            .and_then(|()| file.sync_all())
            .map_err(|source| self.io("write", NEW, source))?;
        self.name_new_key()?;
        self.sync().inspect_err(|_| {
            // A fault means that there is no key; one whose name may not last is none.
            let _ = unlinkat(&self.state.fd, KEY, AtFlags::empty());
        })
    }

    /// The one step that makes the key the board's. It fails where there is a key already.
    fn name_new_key(&self) -> Result<(), KeyFault> {
        let dir = &self.state.fd;
        match renameat_with(dir, NEW, dir, KEY, RenameFlags::NOREPLACE) {
            // The file system can't do it; the lock keeps other processes away between the two steps.
            Err(Errno::INVAL | Errno::NOSYS) => match statat(dir, KEY, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => renameat(dir, NEW, dir, KEY),
                Ok(_) => Err(Errno::EXIST),
                Err(error) => Err(error),
            },
            other => other,
        }
        .map_err(|source| self.system("give its name to", NEW, source))
    }

    fn forget(&self) -> Result<(), KeyFault> {
        self.dispose(ERASED)?;
        let dir = &self.state.fd;
        match renameat(dir, KEY, dir, ERASED) {
            Err(Errno::NOENT) => return Ok(()),
            other => other.map_err(|source| self.system("take its name from", KEY, source))?,
        }
        self.sync()?;
        self.dispose(ERASED)
    }

    /// Overwrites a file as far as that can be done, and removes it. That it is missing is no fault.
    fn dispose(&self, name: &'static str) -> Result<(), KeyFault> {
        if let Err(fault) = self.overwrite(name) {
            tracing::debug!(fault = %chain(&fault), "removed without overwriting");
        }
        match unlinkat(&self.state.fd, name, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(()),
            Err(source) => Err(self.system("remove", name, source)),
            Ok(()) => self.sync(),
        }
    }

    fn overwrite(&self, name: &'static str) -> Result<(), KeyFault> {
        let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match openat(&self.state.fd, name, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(()),
            other => other.map_err(|source| self.system("open", name, source))?,
        };
        let mut file = File::from(fd);
        file.write_all(&[0; LINE])
            .and_then(|()| file.sync_all())
            .map_err(|source| self.io("overwrite", name, source))
    }

    /// Names are durable only once their directory is.
    fn sync(&self) -> Result<(), KeyFault> {
        let synced = fsync(&self.state.fd);
        synced.map_err(|source| self.system("make durable the directory of", KEY, source))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.state.path().join(name)
    }

    fn system(&self, operation: &'static str, name: &str, source: Errno) -> KeyFault {
        let path = self.path(name);
        KeyFault::System {
            operation,
            path,
            source,
        }
    }

    fn io(&self, operation: &'static str, name: &str, source: io::Error) -> KeyFault {
        let path = self.path(name);
        KeyFault::Io {
            operation,
            path,
            source,
        }
    }
}

/// The agent gets a number; the person gets the reason here.
fn report(fault: &KeyFault) -> StoreFault {
    tracing::error!("{}; next: {}", chain(fault), fault.next_step());
    StoreFault
}

impl KeyStore for KeyFile {
    fn load(&mut self, key: &mut [u8; PRIVATE_KEY_BYTES]) -> Result<bool, StoreFault> {
        let Some(found) = self.read().map_err(|fault| report(&fault))? else {
            return Ok(false);
        };
        key.copy_from_slice(&found[..]);
        Ok(true)
    }

    fn store(&mut self, key: &[u8; PRIVATE_KEY_BYTES]) -> Result<(), StoreFault> {
        self.write(key).map_err(|fault| report(&fault))
    }

    fn erase(&mut self) -> Result<(), StoreFault> {
        self.forget().map_err(|fault| report(&fault))
    }
}

#[cfg(test)]
mod tests;
