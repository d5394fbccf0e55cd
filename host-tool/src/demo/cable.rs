//! A serial cable without a wire: two ptys, and what goes into the one comes out of the other.
//!
//! So both programs open a port as they would open any other.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// How long one look lasts, so that the end is noticed.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// Two ends, and a thread that carries bytes between them.
pub struct Cable {
    host: PathBuf,
    board: PathBuf,
    unplugged: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// One end: the pty's master, and its slave kept open so that the master never sees a hang-up.
struct End {
    master: File,
    _slave: OwnedFd,
    path: PathBuf,
}

impl Cable {
    /// Makes a cable.
    ///
    /// # Errors
    /// Where the system gives no pty.
    pub fn new() -> io::Result<Self> {
        Self::with(|_, _| {})
    }

    /// Makes a cable on which `spoil` may change what passes; it is told whether the bytes go to the host.
    ///
    /// # Errors
    /// Where the system gives no pty.
    pub fn with(spoil: impl FnMut(bool, &mut Vec<u8>) + Send + 'static) -> io::Result<Self> {
        let (host, board) = (End::new()?, End::new()?);
        let paths = (host.path.clone(), board.path.clone());
        let unplugged = Arc::new(AtomicBool::new(false));
        let thread = {
            let unplugged = Arc::clone(&unplugged);
            let carry = move || carry(&host, &board, &unplugged, spoil);
            std::thread::Builder::new()
                .name("cable".to_owned())
                .stack_size(64 * 1024)
                .spawn(carry)?
        };
        Ok(Self {
            host: paths.0,
            board: paths.1,
            unplugged,
            thread: Some(thread),
        })
    }

    /// The port that the host opens.
    pub fn host_end(&self) -> &Path {
        &self.host
    }

    /// The port that the board opens.
    pub fn board_end(&self) -> &Path {
        &self.board
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.unplugged.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Nothing in it can panic; and if it did, the cable is gone all the same.
            let _ = thread.join();
        }
    }
}

impl End {
    fn new() -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let path = PathBuf::from(std::ffi::OsString::from_vec(ptsname(&master, Vec::new())?.into_bytes()));
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = rustix::fs::open(&path, flags, Mode::empty())?;
        // A wire neither echoes nor edits, also before a program has opened the port.
        let mut settings = tcgetattr(&slave)?;
        settings.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &settings)?;
        rustix::fs::fcntl_setfl(&master, OFlags::NONBLOCK)?;
        Ok(Self {
            master: File::from(master),
            _slave: slave,
            path,
        })
    }
}

fn carry(
    host: &End,
    board: &End,
    unplugged: &AtomicBool,
    mut spoil: impl FnMut(bool, &mut Vec<u8>),
) {
    let mut to_host = Vec::new();
    let mut to_board = Vec::new();
    while !unplugged.load(Ordering::Relaxed) {
        let ready = |waiting: &[u8]| {
            // A full direction is emptied before more is taken in, as a wire would hold the sender up.
            if waiting.is_empty() { PollFlags::empty() } else { PollFlags::OUT }
        };
        let (host_fd, board_fd) = (host.master.as_fd(), board.master.as_fd());
        let mut fds = [
            PollFd::new(&host_fd, ready(&to_host) | if to_board.is_empty() { PollFlags::IN } else { PollFlags::empty() }),
            PollFd::new(&board_fd, ready(&to_board) | if to_host.is_empty() { PollFlags::IN } else { PollFlags::empty() }),
        ];
        if poll(&mut fds, Some(&LOOK)).is_err() {
            continue;
        }
        if to_board.is_empty() {
            take(&host.master, &mut to_board);
            spoil(false, &mut to_board);
        }
        if to_host.is_empty() {
            take(&board.master, &mut to_host);
            spoil(true, &mut to_host);
        }
        give(&host.master, &mut to_host);
        give(&board.master, &mut to_board);
    }
}

fn take(mut from: &File, into: &mut Vec<u8>) {
    let mut chunk = [0; 2048];
    if let Ok(count) = from.read(&mut chunk) {
        into.extend_from_slice(chunk.get(..count).unwrap_or_default());
    }
}

fn give(mut to: &File, from: &mut Vec<u8>) {
    if from.is_empty() {
        return;
    }
    if let Ok(count) = to.write(from) {
        from.drain(..count);
    }
}
