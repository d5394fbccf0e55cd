//! Why there is no emulated board, and what to do next.

use std::io;
use std::path::PathBuf;

use super::kind::{Kind, Link};
use super::page::PageFault;
use super::qmp::QmpError;
use crate::codes::{self, Coded};

/// Why there is no emulated board. `Display` is one sentence and leaves its source to the chain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are no images of these kinds.
    #[error("there is no image of {} in {}", names(kinds, " and of "), folder.display())]
    Image {
        /// Of these.
        kinds: Vec<Kind>,
        /// Where they were looked for.
        folder: PathBuf,
    },
    /// A program is not installed.
    #[error("{program} is not installed: no folder in PATH has it")]
    Program {
        /// The program.
        program: &'static str,
        /// Debian's package.
        package: &'static str,
    },
    /// The RP2040's emulator is not there.
    #[error("the emulator of the rp2040 is not in {}", folder.display())]
    Rp2040 {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// Where this program itself is can't be found out.
    #[error("can't find this program's own folder")]
    Here(#[source] io::Error),
    /// A kind without such a link.
    #[error("{kind} has no {link} link")]
    NoSuchLink {
        /// The kind.
        kind: Kind,
        /// What was asked for.
        link: Link,
    },
    /// A board on a network whose page names no bench.
    #[error("a board on TLS needs a bench in its provisioning page")]
    NoBench,
    /// There can be no such page.
    #[error("can't write the provisioning page of {name}")]
    Page {
        /// The board.
        name: String,
        /// Why.
        source: PageFault,
    },
    /// The file that holds the flash can't be used.
    #[error("can't use {} as the flash of {name}", path.display())]
    Flash {
        /// The board.
        name: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file system's.
    #[error("can't {operation} {}", path.display())]
    File {
        /// What was tried.
        operation: &'static str,
        /// With what.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No pty, or no socket pair.
    #[error("can't make a cable for {name}")]
    Cable {
        /// The board.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// Its flash can't be saved.
    #[error("can't save the flash of {name}")]
    Save {
        /// The board.
        name: String,
        /// Why.
        source: QmpError,
    },
}

impl Error {
    /// What to do next.
    pub fn next_step(&self) -> String {
        match self {
            Self::Image { kinds, .. } => format!(
                "Build it with `boards/mcu/build {}`, or give its folder with --images.",
                names(kinds, " ")
            ),
            Self::Program { package, .. } => {
                format!("Install it: Debian and Ubuntu have it in the package {package}.")
            }
            Self::Rp2040 { folder } => format!(
                "Install it: `boards/mcu/rp2040/emulator/install {}`.",
                folder.display()
            ),
            Self::NoSuchLink { kind, .. } => {
                format!("Give {kind} alone: it then takes the link that it has.")
            }
            Self::NoBench => "Give the page the bench's address and key.".to_owned(),
            Self::Page { .. } => "Give the board what its page has room for.".to_owned(),
            Self::Flash { path, .. } => format!(
                "Give another folder; or remove {}, and with it the key that this board has made.",
                path.display()
            ),
            Self::Cable { .. } => {
                "Run it with fewer boards: this system gives no more ptys.".to_owned()
            }
            Self::Here(_) | Self::File { .. } | Self::Save { .. } => {
                codes::entry::next_step(self.code()).to_owned()
            }
        }
    }
}

fn names(kinds: &[Kind], between: &str) -> String {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(between)
}
