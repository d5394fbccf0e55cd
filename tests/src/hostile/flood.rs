//! A port on which something writes without end, as fast as it is read.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::ioctl_fionbio;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// A flooded port; ended when dropped.
pub struct Flood {
    port: PathBuf,
    /// Kept open, so that the port never hangs up.
    _slave: OwnedFd,
    bytes: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Flood {
    /// Writes `words` again and again, each time in one write.
    pub fn start(words: &[u8]) -> Self {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pty");
        grantpt(&master).expect("its rights");
        unlockpt(&master).expect("its lock");
        let port = ptsname(&master, Vec::new()).expect("its name").into_bytes();
        let port = PathBuf::from(std::ffi::OsString::from_vec(port));
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = rustix::fs::open(&port, flags, Mode::empty()).expect("its other end");
        let mut settings = tcgetattr(&slave).expect("its settings");
        settings.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &settings).expect("raw");
        ioctl_fionbio(&master, true).expect("writes that do not wait");
        let (bytes, ended) = (Arc::default(), Arc::default());
        let thread = {
            let (bytes, ended) = (Arc::clone(&bytes), Arc::clone(&ended));
            let (master, words) = (File::from(master), words.to_vec());
            std::thread::spawn(move || write(master, &words, &bytes, &ended))
        };
        Self {
            port,
            _slave: slave,
            bytes,
            ended,
            thread: Some(thread),
        }
    }

    /// The port.
    pub fn port(&self) -> &Path {
        &self.port
    }

    /// Bytes that it took so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

fn write(mut master: File, words: &[u8], bytes: &AtomicU64, ended: &AtomicBool) {
    let look = Timespec {
        tv_sec: 0,
        tv_nsec: 50_000_000,
    };
    let mut rest = words;
    while !ended.load(Ordering::Relaxed) {
        match master.write(rest) {
            Ok(count) => {
                bytes.fetch_add(count as u64, Ordering::Relaxed);
                rest = &rest[count..];
                if rest.is_empty() {
                    rest = words;
                }
            }
            Err(_) => {
                let _ = poll(&mut [PollFd::new(&master, PollFlags::OUT)], Some(&look));
            }
        }
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
