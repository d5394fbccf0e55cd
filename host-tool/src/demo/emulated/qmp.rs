//! A small client of QEMU's machine protocol (QMP), over one end of a socket pair whose other end QEMU has from its start.
//!
//! So there is no socket in the file system that another user could open, or whose path could be too long. Everything is
//! bounded: how long an answer may take, how long a line may be, how many events may stand before the answer.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long QEMU may take for an answer, its start included: many may start at once on few cores.
const PATIENCE: Duration = Duration::from_secs(30);

/// Greatest length of a line, in bytes.
const LINE: usize = 64 * 1024;

/// Greatest number of lines before the answer: events, and answers to what was asked before.
const LINES: u32 = 1000;

/// Why QEMU did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QmpError {
    /// It has ended, or does not answer in time.
    #[error("QEMU does not answer {command:?}")]
    Gone {
        /// What it was asked.
        command: &'static str,
        /// Why.
        source: io::Error,
    },
    /// It says no.
    #[error("QEMU refuses {command:?}: {words}")]
    Refused {
        /// What it was asked.
        command: &'static str,
        /// Its words.
        words: String,
    },
    /// It speaks something else.
    #[error("QEMU answers {0:?} with something that is not understood")]
    Strange(&'static str),
    /// The file system's.
    #[error(transparent)]
    File(#[from] io::Error),
}

/// A connection to one QEMU.
#[derive(Debug)]
pub struct Qmp {
    stream: UnixStream,
    /// What came behind the last line.
    read: Vec<u8>,
    is_ready: bool,
    last_id: u64,
}

impl Qmp {
    /// A connection; nothing is said before the first command.
    pub fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            read: Vec::new(),
            is_ready: false,
            last_id: 0,
        }
    }

    /// Has QEMU carry out a command, and gives what it returns.
    ///
    /// # Errors
    /// [`QmpError`]. The next command may be tried all the same.
    pub fn execute(&mut self, command: &'static str, arguments: &Value) -> Result<Value, QmpError> {
        if !self.is_ready {
            // QEMU takes nothing else before.
            self.exchange("qmp_capabilities", &json!({}))?;
            self.is_ready = true;
        }
        self.exchange(command, arguments)
    }

    fn exchange(&mut self, command: &'static str, arguments: &Value) -> Result<Value, QmpError> {
        self.last_id += 1;
        let id = self.last_id;
        let request = json!({"execute": command, "arguments": arguments, "id": id});
        let gone = |source| QmpError::Gone { command, source };
        let end = Instant::now() + PATIENCE;
        self.stream
            .set_write_timeout(Some(PATIENCE))
            .and_then(|()| writeln!(self.stream, "{request}"))
            .map_err(gone)?;
        for _ in 0..LINES {
            let line = self.line(end).map_err(gone)?;
            let mut answer: Value =
                serde_json::from_slice(&line).map_err(|_| QmpError::Strange(command))?;
            // The greeting and events have no id.
            if answer.get("id").and_then(Value::as_u64) != Some(id) {
                continue;
            }
            if let Some(returned) = answer.get_mut("return") {
                return Ok(returned.take());
            }
            let words = answer.pointer("/error/desc").and_then(Value::as_str);
            let words = words.ok_or(QmpError::Strange(command))?;
            return Err(QmpError::Refused {
                command,
                words: crate::service::words::printable(words, 240),
            });
        }
        Err(QmpError::Strange(command))
    }

    /// The next line, without its end.
    fn line(&mut self, end: Instant) -> io::Result<Vec<u8>> {
        let mut looked = 0;
        loop {
            let unread = self.read.get(looked..).unwrap_or_default();
            if let Some(length) = unread.iter().position(|byte| *byte == b'\n') {
                let rest = self.read.split_off(looked + length + 1);
                return Ok(std::mem::replace(&mut self.read, rest));
            }
            looked = self.read.len();
            if looked > LINE {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
            let mut chunk = [0; 4096];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self
                    .read
                    .extend_from_slice(chunk.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Holds the machine; whether it ran before. Whatever it had written to its flash is in the file when this returns.
    ///
    /// # Errors
    /// [`QmpError`].
    pub fn stop(&mut self) -> Result<bool, QmpError> {
        let status = self.execute("query-status", &json!({}))?;
        let is_running = status.get("running").and_then(Value::as_bool);
        let was_running = is_running.ok_or(QmpError::Strange("query-status"))?;
        if was_running {
            self.execute("stop", &json!({}))?;
        }
        Ok(was_running)
    }

    /// Lets the machine go on.
    ///
    /// # Errors
    /// [`QmpError`].
    pub fn cont(&mut self) -> Result<(), QmpError> {
        self.execute("cont", &json!({})).map(drop)
    }

    /// Saves so many bytes at an address into a file, as the first core sees them. A relative path begins at the board's
    /// folder.
    ///
    /// # Errors
    /// [`QmpError`].
    pub fn memsave(&mut self, address: u64, size: u64, file: &Path) -> Result<(), QmpError> {
        self.save("memsave", address, size, file)
    }

    /// The same of physical memory.
    ///
    /// # Errors
    /// [`QmpError`].
    pub fn pmemsave(&mut self, address: u64, size: u64, file: &Path) -> Result<(), QmpError> {
        self.save("pmemsave", address, size, file)
    }

    fn save(
        &mut self,
        command: &'static str,
        address: u64,
        size: u64,
        file: &Path,
    ) -> Result<(), QmpError> {
        let invalid = || io::Error::from(io::ErrorKind::InvalidFilename);
        let file = file.to_str().ok_or_else(invalid)?;
        let arguments = json!({"val": address, "size": size, "filename": file});
        self.execute(command, &arguments).map(drop)
    }

    /// Wakes QEMU's main loop, by a question.
    ///
    /// # Errors
    /// [`QmpError`].
    pub fn wake(&mut self) -> Result<(), QmpError> {
        self.execute("query-status", &json!({})).map(drop)
    }

    /// Ends QEMU in good order.
    ///
    /// # Errors
    /// [`QmpError`].
    pub fn quit(&mut self) -> Result<(), QmpError> {
        self.execute("quit", &json!({})).map(drop)
    }
}

#[cfg(test)]
mod tests;
