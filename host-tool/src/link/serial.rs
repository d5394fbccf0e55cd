//! Serial ports and ptys.

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serialport::SerialPort;

use super::Stream;
use super::usb::{self, Ids};

/// A port that can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// It can't be opened.
    #[error("can't open {}: {fault}", path.display())]
    Open {
        /// The port.
        path: PathBuf,
        /// What that usually means.
        fault: PortFault,
        /// Why.
        source: serialport::Error,
    },
    /// Ids of USB devices that are none.
    #[error(
        "serial.ports: {pattern:?} names no USB devices: usb:VVVV:PPPP, as usb:2e8a:000a, with * for any product, or with :SERIAL behind it"
    )]
    Ids {
        /// The pattern.
        pattern: String,
    },
    /// A pattern of ports that is none.
    #[error("serial.ports: {pattern:?} is no pattern")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why.
        source: glob::PatternError,
    },
}

/// What it usually means that a port can't be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortFault {
    /// This user may not.
    Forbidden,
    /// Another program has it.
    Busy,
    /// It is not there.
    Missing,
    /// Anything else.
    Refused,
}

impl std::fmt::Display for PortFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Forbidden => {
                "you may not; add yourself to the group that owns it (often dialout)"
            }
            Self::Busy => "another program has it open",
            Self::Missing => "it is not there; is the board plugged in?",
            Self::Refused => "the system refuses",
        })
    }
}

/// How long the port may take none of what is sent.
const WRITE: Duration = Duration::from_secs(2);

/// An open port.
pub struct Port(Box<dyn SerialPort>);

impl Port {
    /// Opens a port for this program alone, 8N1, without flow control.
    ///
    /// # Errors
    /// [`PortError::Open`] with what it usually means.
    pub fn open(path: &Path, baud: u32) -> Result<Self, PortError> {
        serialport::new(path.to_string_lossy(), baud)
            .timeout(Duration::from_millis(100))
            .open()
            .map(Self)
            .map_err(|source| PortError::Open {
                path: path.to_owned(),
                fault: fault(&source, path),
                source,
            })
    }
}

fn fault(error: &serialport::Error, path: &Path) -> PortFault {
    match error.kind() {
        serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) => PortFault::Forbidden,
        // What the library says both of a port that is gone and of one that somebody else has.
        serialport::ErrorKind::NoDevice if path.exists() => PortFault::Busy,
        serialport::ErrorKind::NoDevice | serialport::ErrorKind::Io(io::ErrorKind::NotFound) => {
            PortFault::Missing
        }
        _ => PortFault::Refused,
    }
}

impl Read for Port {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl Write for Port {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A port has one time-out for both directions; who reads next sets it anew.
        self.0.set_timeout(WRITE)?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        // Not the port's own flush: it waits until all is sent, which on a pty without a reader is for ever.
        Ok(())
    }
}

impl Stream for Port {
    fn set_read_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.0.set_timeout(timeout).map_err(io::Error::from)
    }
}

/// Whether it stands for whatever ports there are, and not for itself.
pub fn is_pattern(path: &str) -> bool {
    path.starts_with(Ids::PREFIX) || path.contains(['*', '?', '['])
}

/// The ports that patterns stand for now, sorted, each once. A path without `*`, `?` or `[` stands for itself, there or not;
/// `usb:VVVV:PPPP` for the ports of such devices.
///
/// # Errors
/// [`PortError::Pattern`], [`PortError::Ids`].
pub fn expand(patterns: &[String]) -> Result<Vec<PathBuf>, PortError> {
    let mut ports = Vec::new();
    for pattern in patterns {
        if let Some(ids) = pattern.strip_prefix(Ids::PREFIX) {
            let ids = Ids::parse(ids).ok_or_else(|| PortError::Ids {
                pattern: pattern.clone(),
            })?;
            let here = usb::all(&usb::sys());
            let meant = here.into_iter().filter(|(_, usb)| ids.means(usb));
            ports.extend(meant.map(|(port, _)| port));
            continue;
        }
        if !is_pattern(pattern) {
            ports.push(PathBuf::from(pattern));
            continue;
        }
        let found = glob::glob(pattern).map_err(|source| PortError::Pattern {
            pattern: pattern.clone(),
            source,
        })?;
        ports.extend(found.flatten());
    }
    ports.sort();
    // One port may have several names, and can be opened once.
    let mut known = HashSet::new();
    ports.retain(|port| known.insert(std::fs::canonicalize(port).unwrap_or_else(|_| port.clone())));
    Ok(ports)
}
