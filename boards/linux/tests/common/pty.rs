//! The host's end of a pty whose other end the board opens as its serial port.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// How long a test waits for bytes before it fails.
const PATIENCE: Timespec = Timespec {
    tv_sec: 30,
    tv_nsec: 0,
};

pub struct Pty {
    host: File,
    path: String,
}

impl Pty {
    pub fn new() -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let host: OwnedFd = openpt(flags).unwrap();
        grantpt(&host).unwrap();
        unlockpt(&host).unwrap();
        // Raw before anybody writes: a pty as it comes would echo the host's frames back to it.
        let mut termios = tcgetattr(&host).unwrap();
        termios.make_raw();
        tcsetattr(&host, OptionalActions::Now, &termios).unwrap();
        let name = ptsname(&host, Vec::new()).unwrap();
        Self {
            host: host.into(),
            path: text(&name),
        }
    }

    /// Where the board finds its serial port.
    pub fn path(&self) -> &str {
        &self.path
    }
}

fn text(name: &CStr) -> String {
    name.to_str().unwrap().into()
}

impl Read for Pty {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut polled = [PollFd::new(&self.host, PollFlags::IN)];
        if poll(&mut polled, Some(&PATIENCE))? == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.host.read(buf)
    }
}

impl Write for Pty {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.host.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.host.flush()
    }
}
