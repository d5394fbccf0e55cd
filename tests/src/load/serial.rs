//! Quick boards on cables, a thread each.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, JoinHandle};

use nameplate::demo::Cable;
use rustix::fs::{Mode, OFlags};

use super::Quick;

/// Stack of a board's thread, in bytes.
const STACK: usize = 256 * 1024;

/// Boards that are plugged in and wait for the host; unplugged when dropped.
pub struct Plugged {
    cables: Vec<Cable>,
    threads: Vec<JoinHandle<()>>,
    recorded: Arc<AtomicUsize>,
}

impl Plugged {
    /// Plugs each board into a cable of its own.
    pub fn new(boards: Vec<Quick>) -> Self {
        let recorded = Arc::new(AtomicUsize::new(0));
        let mut plugged = Self {
            cables: Vec::new(),
            threads: Vec::new(),
            recorded: Arc::clone(&recorded),
        };
        for board in boards {
            let cable = Cable::new().expect("a pty");
            let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
            let port = rustix::fs::open(cable.board_end(), flags, Mode::empty()).expect("its end");
            let mut port = File::from(port);
            let recorded = Arc::clone(&recorded);
            let serve = move || {
                // Ends with the cable, and a board that was not recorded is missed in the count.
                let _ = board.serve(&mut port, None, || {
                    recorded.fetch_add(1, Ordering::Relaxed);
                });
            };
            let thread = Builder::new().stack_size(STACK).spawn(serve);
            plugged.threads.push(thread.expect("a thread"));
            plugged.cables.push(cable);
        }
        plugged
    }

    /// The host's ends.
    pub fn ports(&self) -> Vec<PathBuf> {
        let ports = self.cables.iter().map(|cable| cable.host_end().to_owned());
        ports.collect()
    }

    /// Boards that were told that they are recorded.
    pub fn recorded(&self) -> usize {
        self.recorded.load(Ordering::Relaxed)
    }
}

impl Drop for Plugged {
    fn drop(&mut self) {
        self.cables.clear();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
