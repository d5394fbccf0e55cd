//! One emulated board: a process, a cable or a network, a flash that lasts.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use super::error::Error;
use super::flash;
use super::installed::Installed;
use super::kind::{Link, Wanted};
use super::machine::{self, Start};
use super::page::Page;
use super::power::{self, Power};
use super::qmp::Qmp;
use super::tied;
use crate::demo::{Cable, watch};

/// What an emulator says of itself, in the board's folder.
const LOG: &str = "log";

/// A board that is to be started.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it is, and its link.
    pub wanted: Wanted,
    /// Its firmware: an ELF file.
    pub image: PathBuf,
    /// A folder of its own, made where it is missing: for its flash and its logs.
    pub folder: PathBuf,
    /// What a factory writes into it. Written whenever it gets power; its key stays.
    pub page: Page,
    /// More arguments for the emulator, such as `-icount` and `-gdb`.
    pub arguments: Vec<OsString>,
}

/// An emulated board. Ended when dropped, or when the thread ends that gave it power; its flash stays.
pub struct Emulator {
    options: Options,
    installed: Installed,
    power: Arc<Power>,
    /// It stays plugged in while the power is off.
    cable: Option<Cable>,
    child: Option<Child>,
}

impl Emulator {
    /// Starts a board; it is ready some time after that.
    ///
    /// # Errors
    /// [`Error`]; nothing runs then.
    pub fn start(installed: &Installed, options: Options) -> Result<Self, Error> {
        let Wanted { kind, link } = options.wanted;
        if !kind.links().contains(&link) {
            return Err(Error::NoSuchLink { kind, link });
        }
        if link == Link::Tls && options.page.bench.is_none() {
            return Err(Error::NoBench);
        }
        let name = &options.page.name;
        let power = Arc::new(Power::new(name, &options.folder, kind.machine()));
        let cable = (link == Link::Serial)
            .then(|| power::cable(&power))
            .transpose();
        let mut emulator = Self {
            cable: cable.map_err(no_cable(name))?,
            installed: installed.clone(),
            options,
            power,
            child: None,
        };
        emulator.power_on()?;
        Ok(emulator)
    }

    /// What it was started with; what is changed here holds from the next [`Emulator::power_on`] on.
    pub fn options(&mut self) -> &mut Options {
        &mut self.options
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.options.page.name
    }

    /// The port that the host opens, for a board on a cable. The same as long as the board is there.
    pub fn port(&self) -> Option<&Path> {
        self.cable.as_ref().map(Cable::host_end)
    }

    /// Its emulator's process, for a board with power.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The file that holds its flash. While the board has power it may be older than what the board has.
    pub fn flash(&self) -> &Path {
        self.power.flash()
    }

    /// Has the machine's monitor do something. The board's answers wait meanwhile. `None` for a board without power, and for
    /// the RP2040, whose emulator has no monitor.
    pub fn monitor<T>(&self, work: impl FnOnce(&mut Qmp) -> T) -> Option<T> {
        self.power.with(work)
    }

    /// Gives the board power, with its page written anew. One that has power loses it before.
    ///
    /// # Errors
    /// [`Error`]; the board has no power then.
    pub fn power_on(&mut self) -> Result<(), Error> {
        self.kill();
        let Options {
            wanted,
            page,
            folder,
            ..
        } = &self.options;
        let name = &page.name;
        fs::create_dir_all(folder).map_err(fault("make", folder))?;
        let bytes = page.bytes().map_err(|source| Error::Page {
            name: name.clone(),
            source,
        })?;
        let flash = self.power.flash();
        let layout = wanted.kind.machine().layout;
        flash::provision(flash, &layout, &bytes).map_err(|source| Error::Flash {
            name: name.clone(),
            path: flash.to_owned(),
            source,
        })?;
        if let Some(cable) = &self.cable {
            // What was said to a board without power is lost.
            cable.forget_unread();
        }
        let (monitor, theirs) = UnixStream::pair().map_err(no_cable(name))?;
        let (mut command, program) = self.command()?;
        let log = folder.join(LOG);
        let stderr = File::create(&log).map_err(fault("make", &log))?;
        let stdout = stderr.try_clone().map_err(fault("make", &log))?;
        command
            .current_dir(folder)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(stdout)
            .stderr(stderr);
        let child = command.spawn().map_err(fault("start", &program))?;
        self.child = Some(child);
        self.power
            .set(wanted.kind.is_in_qemu().then(|| Qmp::new(monitor)));
        Ok(())
    }

    fn command(&self) -> Result<(Command, PathBuf), Error> {
        let Options {
            wanted,
            page,
            image,
            arguments,
            ..
        } = &self.options;
        let start = Start {
            kind: wanted.kind,
            link: wanted.link,
            image: &std::path::absolute(image).map_err(fault("find", image))?,
            mac: page.mac,
            name: &page.name,
            port: self.cable.as_ref().map(Cable::board_end),
        };
        let (program, script) = self.installed.emulator(wanted.kind)?;
        let mut command = tied::command(&program)?;
        command.args(script);
        command.args(if wanted.kind.is_in_qemu() {
            machine::qemu(&start)
        } else {
            machine::rp2040(&start)
        });
        command.args(arguments);
        Ok((command, program))
    }

    /// Cuts the power: the flash stays as it is at this moment, and nothing the board would have said comes any more.
    ///
    /// # Errors
    /// [`Error::Save`]: the flash is in the file as it was when the board last answered. The board has no power then either.
    pub fn cut(&mut self) -> Result<(), Error> {
        let saved = self.power.with(|monitor| {
            monitor.stop()?;
            self.power.save(monitor)
        });
        self.kill();
        let name = self.name().to_owned();
        saved
            .transpose()
            .map_err(|source| Error::Save { name, source })?;
        Ok(())
    }

    /// Kills the emulator with SIGKILL, as when everything is killed: the flash is in the file as the board last spoke of it,
    /// or newer.
    pub fn kill(&mut self) {
        // First, so that nobody waits for the answer of a process that is gone.
        self.power.set(None);
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself; either way it is gone afterwards.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Why the emulator has ended by itself, if it has.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.child.as_mut()?.try_wait().ok()??;
        let words = watch::words(&self.options.folder.join(LOG));
        Some(format!("{}: {status}; {words}", self.name()))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.kill();
    }
}

fn no_cable(name: &str) -> impl FnOnce(io::Error) -> Error {
    let name = name.to_owned();
    move |source| Error::Cable { name, source }
}

fn fault(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File {
        operation,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::emulated::Kind;
    use nameplate_wire::Mac;

    #[test]
    fn what_can_not_be_is_not_started() {
        let folder = tempfile::tempdir().unwrap();
        let installed = Installed::find(Some(folder.path())).unwrap();
        let start = |kind, name: &str| {
            let wanted = Wanted {
                kind,
                link: Link::Tls,
            };
            let page = Page {
                mac: Mac([2, 0, 0, 0, 0, 1]),
                name: name.to_owned(),
                bench: None,
                more: Vec::new(),
            };
            let options = Options {
                wanted,
                image: installed.image(kind),
                folder: folder.path().join("board"),
                page,
                arguments: Vec::new(),
            };
            Emulator::start(&installed, options).err().unwrap()
        };
        let refused = start(Kind::Microbit, "a");
        assert!(matches!(refused, Error::NoSuchLink { .. }), "{refused}");
        let refused = start(Kind::Virt, "a");
        assert!(matches!(refused, Error::NoBench), "{refused}");
        assert!(!folder.path().join("board").exists());
    }
}
