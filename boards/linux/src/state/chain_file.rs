//! The certificate store of a Linux board: one file with the current chain, one that is being gathered, and a mark that
//! provisioning is over.
//!
//! A chain is gathered beside (`chain.new`), made durable, and takes the place of the current one (`chain`) in one step. What
//! a power cut leaves under `chain.new` is no chain, and is removed at the next start. The file `locked` has no content: that
//! it is there says all, and nothing here removes it.
//!
//! A chain file is one line, `nameplate-chain-1 <64 hex digits>` with the SHA-256 of what follows, and the certificates in DER, one
//! behind the other. Nothing of it is secret.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::rc::Rc;

use nameplate_agent::{CertificateStore, Chain, ChainPlace, LONGEST_CHAIN, StoreFault};
use nameplate_wire::Fixed;
use rustix::fs::{AtFlags, Mode, OFlags, fsync, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

use super::line::{read_hex, write_hex};
use super::{StateDir, StateFault};
use crate::Error;
use crate::error::chain;

const CURRENT: &str = "chain";
const NEW: &str = "chain.new";
const LOCKED: &str = "locked";

/// The line in front of the certificates.
const HEAD: &[u8] = b"nameplate-chain-1 ";
const LINE: usize = HEAD.len() + 2 * 32 + 1;

/// Why a chain could not be read, kept or forgotten, or the board not be locked.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} {}", path.display())]
pub struct ChainFault {
    operation: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// The chain file, and the lock, in a state directory.
#[derive(Debug)]
pub struct ChainFile {
    state: Rc<StateDir>,
    /// The file of the current chain, once it was looked at.
    current: Option<File>,
    /// The file in which a chain is gathered.
    staged: Option<File>,
}

impl ChainFile {
    /// The store in this directory. Removes what an earlier process left half-done.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn new(state: Rc<StateDir>) -> Result<Self, Error> {
        let store = Self {
            state,
            current: None,
            staged: None,
        };
        store.tidy().map_err(|fault| Error::State {
            path: store.state.path().into(),
            source: StateFault::TidyChain(fault),
        })?;
        Ok(store)
    }

    /// The process before may have been killed between giving a name and making it durable: from here on it is.
    fn tidy(&self) -> Result<(), ChainFault> {
        self.remove(NEW)?;
        self.sync()
    }

    /// The current chain as its file's first line and length tell it.
    fn find(&mut self) -> Result<Option<Chain>, ChainFault> {
        self.current = None;
        // Without NONBLOCK a named pipe in its place would hold the board for ever.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.state.fd, CURRENT, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(None),
            other => File::from(other.map_err(|source| self.fault("open", CURRENT, source))?),
        };
        let about = file.metadata();
        let about = about.map_err(|source| self.fault("look at", CURRENT, source))?;
        let Some(length) = chain_length(about.len()).filter(|_| about.is_file()) else {
            return Ok(self.no_chain());
        };
        let mut line = [0; LINE];
        let read = file.read_exact_at(&mut line, 0);
        read.map_err(|source| self.fault("read", CURRENT, source))?;
        let Some(sha256) = digest(&line) else {
            return Ok(self.no_chain());
        };
        self.current = Some(file);
        Ok(Some(Chain { length, sha256 }))
    }

    /// What stands in the place of a chain is none. The agent is told that there is none; the next takes its place.
    fn no_chain(&self) -> Option<Chain> {
        let path = self.path(CURRENT);
        tracing::warn!(
            "{} is no chain file; next: deliver the certificate again",
            path.display()
        );
        None
    }

    fn write(&mut self, offset: u16, bytes: &[u8]) -> Result<(), ChainFault> {
        if offset == 0 {
            self.staged = None;
            self.remove(NEW)?;
            self.staged = Some(self.make(NEW)?);
        }
        let file = self.staged(NEW)?;
        let written = file.write_all_at(bytes, place(offset));
        written.map_err(|source| self.fault("write", NEW, source))
    }

    fn make_current(&mut self, chain: &Chain) -> Result<(), ChainFault> {
        let file = self.staged(NEW)?;
        let written = file
            .write_all_at(&line(&chain.sha256), 0)
            .and_then(|()| file.sync_all());
        written.map_err(|source| self.fault("write", NEW, source))?;
        let dir = &self.state.fd;
        renameat(dir, NEW, dir, CURRENT)
            .map_err(|source| self.fault("give its name to", NEW, source))?;
        self.staged = None;
        self.sync()
    }

    fn mark(&mut self) -> Result<(), ChainFault> {
        if !self.is_marked()? {
            let mark = self.make(LOCKED)?;
            fsync(mark.as_fd()).map_err(|source| self.fault("write", LOCKED, source))?;
        }
        self.sync().inspect_err(|_| {
            // A board that may be found unlocked again must not say that it is locked.
            let _ = unlinkat(&self.state.fd, LOCKED, AtFlags::empty());
        })
    }

    fn is_marked(&self) -> Result<bool, ChainFault> {
        match statat(&self.state.fd, LOCKED, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(source) => Err(self.fault("look at", LOCKED, source)),
        }
    }

    fn staged(&self, name: &str) -> Result<&File, ChainFault> {
        let missing = || self.fault("go on with", name, Errno::NOENT);
        self.staged.as_ref().ok_or_else(missing)
    }

    fn make(&self, name: &str) -> Result<File, ChainFault> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        openat(&self.state.fd, name, flags, Mode::RUSR | Mode::WUSR)
            .map(File::from)
            .map_err(|source| self.fault("make", name, source))
    }

    fn remove(&self, name: &str) -> Result<(), ChainFault> {
        match unlinkat(&self.state.fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(source) => Err(self.fault("remove", name, source)),
        }
    }

    /// Names are durable only once their directory is.
    fn sync(&self) -> Result<(), ChainFault> {
        let synced = fsync(&self.state.fd);
        synced.map_err(|source| self.fault("make durable the directory of", CURRENT, source))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.state.path().join(name)
    }

    fn fault(
        &self,
        operation: &'static str,
        name: &str,
        source: impl Into<io::Error>,
    ) -> ChainFault {
        ChainFault {
            operation,
            path: self.path(name),
            source: source.into(),
        }
    }
}

/// Where a byte of a chain stands in its file.
fn place(offset: u16) -> u64 {
    LINE as u64 + u64::from(offset)
}

/// The length of the chain in a file of so many bytes.
fn chain_length(file: u64) -> Option<u16> {
    let length = u16::try_from(file.checked_sub(LINE as u64)?).ok()?;
    (1..=ChainFile::CHAIN).contains(&length).then_some(length)
}

fn line(sha256: &Fixed<32>) -> [u8; LINE] {
    let mut line = [b'\n'; LINE];
    let (head, rest) = line.split_at_mut(HEAD.len());
    head.copy_from_slice(HEAD);
    write_hex(&sha256.0, rest);
    line
}

fn digest(line: &[u8; LINE]) -> Option<Fixed<32>> {
    let digits = line.strip_prefix(HEAD)?.strip_suffix(b"\n")?;
    let mut digest = Fixed([0; 32]);
    read_hex(digits, &mut digest.0)?;
    Some(digest)
}

/// The agent gets a number; the person gets the reason here.
#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn report(fault: ChainFault) -> StoreFault {
    tracing::error!(
        "{}; next: check the rights to the state directory, and its file system",
        chain(&fault)
    );
    StoreFault
}

impl CertificateStore for ChainFile {
    const CHAIN: u16 = LONGEST_CHAIN;

    fn current(&mut self) -> Result<Option<Chain>, StoreFault> {
        self.find().map_err(report)
    }

    fn read(&mut self, place: ChainPlace, offset: u16, bytes: &mut [u8]) -> Result<(), StoreFault> {
        let (file, name) = match place {
            ChainPlace::Current => (&self.current, CURRENT),
            ChainPlace::Staged => (&self.staged, NEW),
        };
        let file = file.as_ref().ok_or(StoreFault)?;
        file.read_exact_at(bytes, self::place(offset))
            .map_err(|source| report(self.fault("read", name, source)))
    }

    fn stage(&mut self, offset: u16, bytes: &[u8], _last: bool) -> Result<(), StoreFault> {
        self.write(offset, bytes).map_err(report)
    }

    fn commit(&mut self, chain: &Chain) -> Result<(), StoreFault> {
        self.make_current(chain).map_err(report)
    }

    fn forget(&mut self) -> Result<(), StoreFault> {
        (self.current, self.staged) = (None, None);
        self.remove(NEW)
            .and_then(|()| self.remove(CURRENT))
            .and_then(|()| self.sync())
            .map_err(report)
    }

    fn is_locked(&mut self) -> Result<bool, StoreFault> {
        self.is_marked().map_err(report)
    }

    fn lock(&mut self) -> Result<(), StoreFault> {
        self.mark().map_err(report)
    }
}

#[cfg(test)]
mod tests;
