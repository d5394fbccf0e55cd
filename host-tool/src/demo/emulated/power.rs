//! Keeps what an emulated board has in its flash, before anything depends on it.
//!
//! The micro:bit's flash is nothing but memory of its QEMU, and the AST1030's gets to its file some time later. Were they
//! left at that, a SIGKILL for everything would lose keys: the host has a board's request and has submitted it, and the
//! board comes back with no key, or makes another one. So an answer is held on the cable until the flash that it speaks of
//! is in the file: [`Power::pass`] sees every byte that goes to the host, and saves the flash before the first byte of a
//! frame. What a board answers, it has stored before, and it stores nothing more until it is asked again.
//!
//! A board without power, or whose flash can't be saved, says nothing. The host asks again.
//!
//! The other way, a byte can get stuck: what comes before the firmware has switched on its UART's receiver, QEMU leaves in
//! the port, and looks there again only when something else wakes its main loop; on a board without timers nothing does. So
//! until a board has answered, [`Power::wake`] lets its QEMU answer a question whenever the host sends something.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::flash::{self, FILE};
use super::machine::{Keeping, Machine};
use super::qmp::{Qmp, QmpError};
use crate::demo::Cable;

/// The first byte of every frame, and no other byte of it.
const FRAME: u8 = 0x1E;

/// The machine's monitor, as long as it has power.
pub(super) struct Power {
    monitor: Mutex<Option<Qmp>>,
    /// Whether the board has answered since it has power.
    was_heard: AtomicBool,
    name: String,
    flash: PathBuf,
    machine: Machine,
}

impl Power {
    pub fn new(name: &str, folder: &Path, machine: Machine) -> Self {
        Self {
            monitor: Mutex::new(None),
            was_heard: AtomicBool::new(false),
            name: name.to_owned(),
            flash: folder.join(FILE),
            machine,
        }
    }

    pub fn flash(&self) -> &Path {
        &self.flash
    }

    pub fn set(&self, monitor: Option<Qmp>) {
        self.was_heard.store(false, Ordering::Relaxed);
        *self.monitor.lock().unwrap_or_else(PoisonError::into_inner) = monitor;
    }

    /// Does something with the monitor, if there is one; nothing else uses it meanwhile.
    pub fn with<T>(&self, work: impl FnOnce(&mut Qmp) -> T) -> Option<T> {
        let mut monitor = self.monitor.lock().unwrap_or_else(PoisonError::into_inner);
        monitor.as_mut().map(work)
    }

    /// Has QEMU look for what the host has sent.
    pub fn wake(&self, bytes: &[u8]) {
        if bytes.is_empty() || self.was_heard.load(Ordering::Relaxed) {
            return;
        }
        // Where it does not answer, nothing is lost: the host asks again, and so will this.
        let _ = self.with(Qmp::wake);
    }

    /// Takes what the board sent and leaves what may go to the host now.
    pub fn pass(&self, bytes: &mut Vec<u8>) {
        if !bytes.contains(&FRAME) {
            return;
        }
        self.was_heard.store(true, Ordering::Relaxed);
        if self.machine.keeping == Keeping::AtOnce {
            return;
        }
        match self.with(|monitor| self.save_and_go_on(monitor)) {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                tracing::warn!(%error, "an answer of {} is held back: its flash can't be saved", self.name);
                bytes.clear();
            }
            None => bytes.clear(),
        }
    }

    fn save_and_go_on(&self, monitor: &mut Qmp) -> Result<(), QmpError> {
        let was_running = monitor.stop()?;
        let saved = self.save(monitor);
        if was_running {
            monitor.cont()?;
        }
        saved
    }

    /// Brings the flash of a machine that stands still into its file.
    pub fn save(&self, monitor: &mut Qmp) -> Result<(), QmpError> {
        let Keeping::InMemory(address) = self.machine.keeping else {
            return Ok(());
        };
        let layout = &self.machine.layout;
        flash::replace(&self.flash, layout, |part| {
            // QEMU runs in the same folder.
            let name = part.file_name().unwrap_or_default();
            monitor.memsave(address, layout.size, Path::new(name))
        })
    }
}

/// A cable on which answers wait until the flash is saved, where they have to.
pub(super) fn cable(power: &Arc<Power>) -> io::Result<Cable> {
    let power = Arc::clone(power);
    Cable::with(move |is_to_host, bytes| {
        if is_to_host {
            power.pass(bytes);
        } else {
            power.wake(bytes);
        }
    })
}
