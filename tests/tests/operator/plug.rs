//! Boards that are plugged in and out of a USB hub: the kernel's word on it in a folder, the ports real ptys.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use nameplate::demo::Cable;
use nameplate_tests::bench::Bench;
use nameplate_tests::board::Board;

/// What the kernel says of the USB, as far as the tool reads it.
pub struct Hub {
    sys: PathBuf,
}

/// A board that is plugged in.
pub struct Plugged {
    /// Its program.
    pub board: Board,
    port: PathBuf,
    sys: [PathBuf; 2],
}

impl Hub {
    /// A hub in the bench's folder, with nothing plugged in.
    pub fn new(bench: &Bench) -> Self {
        let sys = bench.home().join("sys");
        fs::create_dir_all(sys.join("class/tty")).unwrap();
        Self { sys }
    }

    /// The command, told where the hub is.
    pub fn of<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("NAMEPLATE_SYSFS", &self.sys)
    }

    /// Plugs board number N in, at a chain of ports.
    pub fn plug(&self, bench: &Bench, number: u16, chain: &str, id: &str) -> Plugged {
        let cable = Cable::new().unwrap();
        let port = cable.host_end().to_owned();
        let board = Board::plugged(bench, number, cable);
        let name = port.strip_prefix("/dev").unwrap().to_str().unwrap();
        let entry = self.sys.join("class/tty").join(name.replace('/', "!"));
        let usb = self.sys.join("devices/usb1").join(chain);
        let tty = usb.join(format!("{chain}:1.0/tty/port"));
        fs::create_dir_all(&tty).unwrap();
        let (vendor, product) = id.split_once(':').unwrap();
        fs::write(usb.join("idVendor"), vendor).unwrap();
        fs::write(usb.join("idProduct"), product).unwrap();
        symlink("../..", tty.join("device")).unwrap();
        symlink(&tty, &entry).unwrap();
        Plugged {
            board,
            port,
            sys: [entry, usb],
        }
    }
}

impl Plugged {
    /// The port.
    pub fn port(&self) -> &Path {
        &self.port
    }

    /// Plugs it out: its program ends, its port and the kernel's word on it are gone.
    pub fn unplug(self) {
        let [entry, usb] = &self.sys;
        fs::remove_file(entry).unwrap();
        fs::remove_dir_all(usb).unwrap();
        drop(self.board);
    }
}
