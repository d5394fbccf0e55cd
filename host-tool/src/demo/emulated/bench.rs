//! The emulated boards of a demo.

use std::net::{SocketAddr, SocketAddrV4};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use nameplate_wire::Mac;

use super::{Bench, Emulator, HOST, Installed, Kind, Link, List, Options, Page, Wanted};
use crate::cli::exit::Failure;
use crate::codes::Code;
use crate::demo::files::{CERTIFICATE, TOKEN, fault};

/// Everything that emulated boards need was found before anything is made.
pub struct Ready {
    pub list: List,
    installed: Installed,
}

impl Ready {
    /// Looks whether images and emulators are there.
    pub fn find(list: &List, images: Option<&Path>) -> Result<Self, Failure> {
        let installed = Installed::find(images)?;
        let kinds: Vec<_> = list.boards().iter().map(|board| board.kind).collect();
        installed.check(&kinds)?;
        Ok(Self {
            list: list.clone(),
            installed,
        })
    }

    /// The boards' names, by position.
    pub fn names(&self) -> Vec<String> {
        let boards = (1..).zip(self.list.boards());
        boards
            .map(|(number, wanted)| name(number, *wanted))
            .collect()
    }

    /// What a newcomer is about to see.
    pub fn introduction(&self) -> String {
        introduction(self.list.boards())
    }
}

fn name(number: u16, wanted: Wanted) -> String {
    format!("demo-{number:04}-{}", wanted.kind)
}

fn introduction(boards: &[Wanted]) -> String {
    let on = |link| boards.iter().filter(|board| board.link == link).count();
    let first = format!(
        "{}: {} on serial cables (ptys), {} on TLS; each runs its firmware and makes its own key",
        crate::cli::output::count(boards.len() as u64, "emulated board"),
        on(Link::Serial),
        on(Link::Tls),
    );
    let of = |kind| boards.iter().filter(|board| board.kind == kind).count();
    let kinds = Kind::ALL.into_iter().filter(|kind| of(*kind) > 0);
    let kinds = kinds.map(|kind| format!("  {} {kind:8}  {}", of(kind), kind.about()));
    std::iter::once(first)
        .chain(kinds)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Emulated boards that run until this is dropped.
pub struct Boards(Mutex<Vec<Emulator>>);

impl Boards {
    /// Starts all boards; their flash is kept under `boards/` in the folder.
    pub fn start(ready: &Ready, folder: &Path, door: SocketAddr) -> Result<Self, Failure> {
        crate::bench::raise_open_files();
        let bench = bench(folder, door)?;
        let mut boards = Vec::new();
        for ((number, wanted), name) in (1..).zip(ready.list.boards()).zip(ready.names()) {
            let [high, low] = u16::to_be_bytes(number);
            let options = Options {
                wanted: *wanted,
                image: ready.installed.image(wanted.kind),
                folder: folder.join("boards").join(&name),
                page: Page {
                    mac: Mac([0x02, 0x4e, 0x50, 0x01, high, low]),
                    name,
                    bench: (wanted.link == Link::Tls).then(|| bench.clone()),
                    more: Vec::new(),
                },
                arguments: Vec::new(),
            };
            boards.push(Emulator::start(&ready.installed, options)?);
        }
        Ok(Self(Mutex::new(boards)))
    }

    /// The host's ends of the cables.
    pub fn ports(&self) -> Vec<String> {
        let boards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ports = boards.iter().filter_map(Emulator::port);
        ports.map(|port| port.display().to_string()).collect()
    }

    /// Why one of them has ended by itself, if one has.
    pub fn ended(&self) -> Option<String> {
        let mut boards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        boards.iter_mut().find_map(Emulator::ended)
    }
}

/// Where the bench is, as its boards see it, and how they know it.
fn bench(folder: &Path, door: SocketAddr) -> Result<Bench, Failure> {
    let path = folder.join(CERTIFICATE);
    let certificate = std::fs::read(&path).map_err(fault("read", &path))?;
    let pin = super::pin(&certificate).ok_or_else(|| {
        let error = anyhow::anyhow!("{} holds no certificate with a P-256 key", path.display());
        Failure::new(Code::BenchKeyUnusable, error)
            .next("Remove it, and bench.key beside it: the demo makes new ones.")
    })?;
    let path = folder.join(TOKEN);
    let token = std::fs::read_to_string(&path).map_err(fault("read", &path))?;
    Ok(Bench {
        address: SocketAddrV4::new(HOST, door.port()),
        pin,
        next_pin: None,
        token: Some(token.trim().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_introduction_counts_kinds_and_links() {
        let list: List = "virt,microbit,virt:serial,microbit,an505".parse().unwrap();
        let text = introduction(list.boards());
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("5 emulated boards: 3 on serial cables (ptys), 2 on TLS;"));
        assert!(
            lines[1].starts_with("  2 virt      QEMU's RISC-V"),
            "{text}"
        );
        assert!(lines[2].starts_with("  2 microbit  BBC"), "{text}");
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn a_board_is_named_by_its_place_and_kind() {
        let list: List = "virt,microbit:serial".parse().unwrap();
        let ready = Ready {
            list,
            installed: Installed::find(None).unwrap(),
        };
        assert_eq!(ready.names(), ["demo-0001-virt", "demo-0002-microbit"]);
    }
}
