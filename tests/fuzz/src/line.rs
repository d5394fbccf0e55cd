//! The host's end of a line whose other end is a fuzzer.

use std::io::{self, Read, Write};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use nameplate::link::{Answer, Conversation, LinkError, Patience, Stream};
use nameplate_wire::Request;

use crate::oracle;

/// Nobody waits for so long: the line is over before.
pub const PATIENCE: Patience = Patience {
    wait: Duration::from_mins(10),
    tries: 3,
};

/// A line on which these bytes come, in pieces of these lengths, over and over; then it ends.
#[derive(Debug)]
pub struct Line<'a> {
    rest: &'a [u8],
    pieces: Vec<usize>,
    next: usize,
    /// What was sent into it.
    pub sent: Vec<u8>,
    /// How often it was read.
    pub reads: usize,
}

impl<'a> Line<'a> {
    /// Lengths of 0 count as 1; none at all are one piece, as far as the reader has room.
    pub fn new(bytes: &'a [u8], pieces: Vec<usize>) -> Self {
        Self {
            rest: bytes,
            pieces,
            next: 0,
            sent: Vec::new(),
            reads: 0,
        }
    }

    /// Bytes that were not read.
    pub fn left(&self) -> usize {
        self.rest.len()
    }
}

impl Read for Line<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        let piece = self.pieces.get(self.next).copied().unwrap_or(usize::MAX);
        self.next = (self.next + 1).checked_rem(self.pieces.len()).unwrap_or(0);
        let (now, rest) = self
            .rest
            .split_at(piece.max(1).min(out.len()).min(self.rest.len()));
        out[..now.len()].copy_from_slice(now);
        self.rest = rest;
        Ok(now.len())
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sent.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Line<'_> {
    fn set_read_timeout(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

/// What comes of asking once, and the lines of log that were shown meanwhile.
pub fn ask(
    line: &mut Line<'_>,
    first_id: u32,
    request: &Request<'_>,
) -> (Result<Answer, LinkError>, Vec<String>) {
    let log = std::cell::RefCell::new(Vec::new());
    let interrupt = AtomicBool::new(false);
    let keep = |line| log.borrow_mut().push(line);
    let answer = Conversation::new(line, first_id, &keep, &interrupt)
        .unpaced()
        .ask(request, PATIENCE);
    (answer, log.into_inner())
}

/// Whether one of the frames is an answer with this id of this kind, as another reader sees it.
pub fn holds_answer(frames: &[Vec<u8>], id: u32, kind: &str) -> bool {
    frames.iter().any(|frame| {
        oracle::json(frame).is_some_and(|message| {
            message.get("re").and_then(serde_json::Value::as_u64) == Some(id.into())
                && message.get("kind").and_then(serde_json::Value::as_str) == Some(kind)
        })
    })
}

/// The kind that an answer was sent as.
pub fn kind_of(answer: &Answer, request: &Request<'_>) -> &'static str {
    match answer {
        Answer::Hello(_) => "hello",
        Answer::Csr(_) => "csr",
        Answer::Install(_) => "install",
        Answer::Prove(_) => "prove",
        Answer::Error(_) => "error",
        Answer::Done => request.kind(),
    }
}
