//! From bytes to chunks of rows.

use std::io::{self, Read};

use super::chunk::Chunk;
use super::layout::split_of;
use super::machine::{Machine, Split};
use crate::preflight::{Code, Finding};

/// Bytes read at a time, and looked at to find out how records are separated.
const BUFFER: usize = 128 * 1024;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The rows of a CSV.
pub(crate) struct Rows<R> {
    source: R,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
    machine: Machine,
    /// It could not be read further; told after the rows before it.
    failed: Option<io::Error>,
    /// It can't be read beyond its beginning.
    later: Option<io::Error>,
}

/// What the beginning of the file says.
pub(crate) struct Beginning {
    /// Findings.
    pub findings: Vec<Finding>,
    /// Nothing more can be made of the file.
    pub hopeless: bool,
}

impl<R: Read> Rows<R> {
    /// Looks at the beginning.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn begin(mut source: R) -> io::Result<(Self, Beginning)> {
        let mut buffer = Vec::with_capacity(BUFFER);
        let head = source.by_ref().take(BUFFER as u64).read_to_end(&mut buffer);
        let later = match head {
            Err(error) if buffer.is_empty() => return Err(error),
            Err(error) => Some(error),
            Ok(_) => None,
        };
        let mut findings = Vec::new();
        let hopeless = is_utf_16(&buffer);
        if hopeless {
            let what = "the file is not UTF-8 but UTF-16 or UTF-32";
            findings.push(Finding::new(Code::Utf16, what));
        }
        let mut at = 0;
        if buffer.starts_with(BOM) {
            at = BOM.len();
            let what = "the file begins with a byte order mark";
            findings.push(Finding::new(Code::ByteOrderMark, what).line(1));
        }
        let split = split_of(buffer.get(at..).unwrap_or_default());
        if let Split::At(_) = split {
            let what = "records follow each other on one line, separated by blanks";
            findings.push(Finding::new(Code::RecordsRunTogether, what).line(1));
        }
        let rows = Self {
            source,
            buffer,
            at,
            ended: false,
            later,
            machine: Machine::new(split),
            failed: None,
        };
        Ok((rows, Beginning { findings, hopeless }))
    }

    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// Where the file can't be read further; the rows before were given.
    pub fn next_chunk(&mut self) -> io::Result<Option<Chunk>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut chunk = Chunk::default();
        loop {
            if !chunk.in_row() && chunk.is_full() {
                return Ok(Some(chunk));
            }
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            if !rest.is_empty() {
                self.at += self.machine.step(rest, &mut chunk);
            } else if self.ended {
                self.machine.finish(&mut chunk);
                let empty = chunk.rows.is_empty() && chunk.noted.is_empty();
                return Ok((!empty).then_some(chunk));
            } else if let Err(error) = self.refill() {
                self.failed = Some(error);
                return Ok(Some(chunk));
            }
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        if let Some(error) = self.later.take() {
            return Err(error);
        }
        self.buffer.resize(BUFFER, 0);
        self.at = 0;
        let read = loop {
            match self.source.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.buffer.truncate(read);
        self.ended = read == 0;
        Ok(())
    }
}

/// By its byte order mark, or by a NUL beside each of the first letters.
fn is_utf_16(head: &[u8]) -> bool {
    matches!(
        head,
        [0xFF, 0xFE, ..]
            | [0xFE, 0xFF, ..]
            | [0, _, 0, _, ..]
            | [_, 0, _, 0, ..]
            | [0, 0, 0xFE, 0xFF, ..]
    )
}
