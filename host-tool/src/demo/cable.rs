//! A serial cable without a wire: two ptys, and what goes into the one comes out of the other.
//!
//! So both programs open a port as they would open any other.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{
    OptionalActions, QueueSelector, ioctl_tiocnxcl, tcflush, tcgetattr, tcsetattr,
};

/// Two ends, and a thread that carries bytes between them.
pub struct Cable {
    host: PathBuf,
    board: PathBuf,
    /// Both slaves, kept open so that no master ever sees a hang-up.
    slaves: [OwnedFd; 2],
    /// As long as it is there, the thread runs.
    plug: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

/// One end: a pty.
struct End {
    master: File,
    slave: OwnedFd,
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
        let (unplugged, plug) = io::pipe()?;
        let thread = {
            let (host, board) = (host.master, board.master);
            let carry = move || carry(&host, &board, &unplugged, spoil);
            std::thread::Builder::new()
                .name("cable".to_owned())
                .stack_size(64 * 1024)
                .spawn(carry)?
        };
        Ok(Self {
            host: host.path,
            board: board.path,
            slaves: [host.slave, board.slave],
            plug: Some(plug),
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

    /// Lets programs open both ends again after one was killed. A real port forgets by itself that a program had it for
    /// itself; a pty does not as long as its master is open.
    pub fn forget_owners(&self) {
        for slave in &self.slaves {
            // A fault shows when the port is opened.
            let _ = ioctl_tiocnxcl(slave);
        }
    }

    /// Loses what the board has not read yet, as a board does that had no power.
    pub fn forget_unread(&self) {
        let [_, board] = &self.slaves;
        // A fault shows when the port is opened.
        let _ = tcflush(board, QueueSelector::IFlush);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.plug = None;
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
        let path = PathBuf::from(std::ffi::OsString::from_vec(
            ptsname(&master, Vec::new())?.into_bytes(),
        ));
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = rustix::fs::open(&path, flags, Mode::empty())?;
        // A wire neither echoes nor edits, also before a program has opened the port.
        let mut settings = tcgetattr(&slave)?;
        settings.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &settings)?;
        rustix::fs::fcntl_setfl(&master, OFlags::NONBLOCK)?;
        Ok(Self {
            master: File::from(master),
            slave,
            path,
        })
    }
}

fn carry(
    host: &File,
    board: &File,
    unplugged: &PipeReader,
    mut spoil: impl FnMut(bool, &mut Vec<u8>),
) {
    let mut to_host = Vec::new();
    let mut to_board = Vec::new();
    loop {
        let mut fds = [
            PollFd::new(host, wanted(&to_host, &to_board)),
            PollFd::new(board, wanted(&to_board, &to_host)),
            PollFd::new(unplugged, PollFlags::empty()),
        ];
        if poll(&mut fds, None).is_err() {
            continue;
        }
        if fds.iter().skip(2).any(|fd| !fd.revents().is_empty()) {
            return;
        }
        if to_board.is_empty() {
            take(host, &mut to_board);
            spoil(false, &mut to_board);
        }
        if to_host.is_empty() {
            take(board, &mut to_host);
            spoil(true, &mut to_host);
        }
        give(host, &mut to_host);
        give(board, &mut to_board);
    }
}

/// What to wait for at an end. A full direction is emptied before more is taken in, as a wire would hold the sender up.
fn wanted(outgoing: &[u8], incoming: &[u8]) -> PollFlags {
    let mut wanted = PollFlags::empty();
    wanted.set(PollFlags::OUT, !outgoing.is_empty());
    wanted.set(PollFlags::IN, incoming.is_empty());
    wanted
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
