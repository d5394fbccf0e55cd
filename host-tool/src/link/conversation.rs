//! Asking a board and waiting for its answer, over a line that may lose, damage or add bytes.
//!
//! Asking again with the same id gets the same answer, so whenever there is doubt, the request is sent again.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nameplate_wire::{Event, MessageError, Reader, Reply, Request, frame, limits, reply};

use super::BoardLog;
use super::pace::Pace;

/// A stream whose reads end after a while.
pub trait Stream: Read + Write + Send {
    /// How long a read may wait for the first byte; it then fails with `TimedOut` or `WouldBlock`.
    ///
    /// # Errors
    /// Where the system refuses.
    fn set_read_timeout(&mut self, timeout: Duration) -> io::Result<()>;
}

/// How long to wait for an answer, and how often to ask.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long to wait before asking again.
    pub wait: Duration,
    /// How often to ask, the first time counted.
    pub tries: u32,
}

/// Damaged answers that are borne for one request before the line is called bad.
const DAMAGED: u32 = 16;

/// How long one read may wait, so that an interruption is noticed.
const SLICE: Duration = Duration::from_millis(200);

/// A frame that has begun and not gone on for this long is forgotten.
const HALF_FRAME: Duration = Duration::from_secs(2);

/// Bytes that come without an answer among them before it is called a flood. A board's boot log is a twentieth of it.
const FLOOD: u64 = 1024 * 1024;

/// How long sending one request may take in all, should the other side take it a byte at a time.
const SEND: Duration = Duration::from_secs(20);

/// Why a board gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The line is gone: unplugged, or the connection ended.
    #[error("the line to the board is gone")]
    Gone(#[source] io::Error),
    /// Nothing came in time.
    #[error("the board does not answer")]
    Silent,
    /// Bytes without end came, and no answer.
    #[error("the board sends without end and does not answer")]
    Flood,
    /// Something came, again and again, and no answer.
    #[error("something talks there and does not answer")]
    Babble,
    /// The line gives back what is sent into it.
    #[error("the line echoes what is sent into it")]
    Echo,
    /// Too many answers came damaged.
    #[error("{DAMAGED} answers came damaged: the line is bad")]
    Damaged,
    /// The answer is of another kind than the question, or can't be read though it came whole.
    #[error("the board answers something else than it was asked")]
    WrongAnswer,
    /// The request does not fit into a frame.
    #[error("the request does not fit into one frame")]
    TooLong,
    /// The program is ending.
    #[error("interrupted")]
    Interrupted,
}

/// A certificate request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsrAnswer {
    /// The board's MAC.
    pub mac: nameplate_wire::Mac,
    /// The board's name.
    pub name: String,
    /// The request in DER.
    pub csr: Vec<u8>,
    /// The proof: r and s.
    pub proof: [u8; 64],
}

/// An answer, owned.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To `hello`.
    Hello(Box<reply::Hello>),
    /// To `csr`.
    Csr(CsrAnswer),
    /// To `install`.
    Install(reply::Install),
    /// To `prove`: r and s.
    Prove([u8; 64]),
    /// To whatever has nothing to say but that it is done.
    Done,
    /// The board can't.
    Error(reply::Error),
}

/// A conversation with whatever is at the other end of a stream.
pub struct Conversation<'a> {
    stream: &'a mut dyn Stream,
    reader: Box<Reader>,
    log: BoardLog,
    on_log: &'a dyn Fn(String),
    interrupt: &'a AtomicBool,
    next_id: u32,
    /// Bytes that went over the line, both ways.
    bytes: u64,
    /// Bytes that came since the last answer.
    unanswered: u64,
    heard: bool,
    last_byte: Instant,
    /// None for a line that is only memory.
    pace: Option<Pace>,
}

impl<'a> Conversation<'a> {
    /// Begins to listen. Ids begin at `first_id`, so that answers meant for somebody before are not taken for ours. Once
    /// `interrupt` is set, waiting ends.
    pub fn new(
        stream: &'a mut dyn Stream,
        first_id: u32,
        on_log: &'a dyn Fn(String),
        interrupt: &'a AtomicBool,
    ) -> Self {
        Self {
            stream,
            reader: Box::default(),
            log: BoardLog::default(),
            on_log,
            interrupt,
            next_id: first_id.max(1),
            bytes: 0,
            unanswered: 0,
            heard: false,
            last_byte: Instant::now(),
            pace: Some(Pace::new()),
        }
    }

    /// Reads as fast as it can: for `tests/fuzz`, whose lines are memory and come by the thousand.
    #[doc(hidden)]
    #[must_use]
    pub fn unpaced(self) -> Self {
        Self { pace: None, ..self }
    }

    /// Bytes that went over the line so far, both ways, since something was first heard.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes that came since the last answer.
    pub fn unanswered(&self) -> u64 {
        self.unanswered
    }

    /// From now on waiting ends once this is set.
    pub fn interrupted_by(&mut self, interrupt: &'a AtomicBool) {
        self.interrupt = interrupt;
    }

    /// Asks until an answer comes.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn ask(&mut self, request: &Request<'_>, patience: Patience) -> Result<Answer, LinkError> {
        let id = self.next_id;
        self.next_id = self.next_id.checked_add(1).unwrap_or(1);
        let mut out = [0; limits::FRAME];
        let frame = request
            .write(id, &mut out)
            .map_err(|_| LinkError::TooLong)?;
        let mut damaged = 0;
        let mut tries = 0;
        while tries < patience.tries {
            self.send(frame)?;
            match self.listen(id, Instant::now() + patience.wait)? {
                Heard::Answer(kind, answer) => {
                    self.unanswered = 0;
                    return fits(request, kind, answer);
                }
                Heard::Damage => {
                    damaged += 1;
                    if damaged >= DAMAGED {
                        return Err(LinkError::Damaged);
                    }
                }
                Heard::Nothing => {
                    tries += 1;
                    if !self.heard {
                        // What was said to nobody is not counted to the board that comes.
                        self.bytes = 0;
                    }
                }
            }
        }
        Err(LinkError::Silent)
    }

    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.bytes += frame.len() as u64;
        let end = Instant::now() + SEND;
        let mut rest = frame;
        while !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(0) => return Err(LinkError::Gone(io::ErrorKind::WriteZero.into())),
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(LinkError::Gone(error)),
            }
            // A write waits for long where the other side takes little: then the clock is looked at, and the end.
            if !rest.is_empty() {
                if Instant::now() >= end {
                    return Err(LinkError::Gone(io::ErrorKind::TimedOut.into()));
                }
                if self.interrupt.load(Ordering::Relaxed) {
                    return Err(LinkError::Interrupted);
                }
            }
        }
        self.stream.flush().map_err(LinkError::Gone)
    }

    /// Listens until an answer to `id`, damage, or `end`.
    fn listen(&mut self, id: u32, end: Instant) -> Result<Heard, LinkError> {
        let mut chunk = [0; 512];
        loop {
            let now = Instant::now();
            let Some(left) = end
                .checked_duration_since(now)
                .filter(|left| !left.is_zero())
            else {
                return Ok(Heard::Nothing);
            };
            if self.interrupt.load(Ordering::Relaxed) {
                return Err(LinkError::Interrupted);
            }
            self.stream
                .set_read_timeout(left.clamp(Duration::from_millis(1), SLICE))
                .map_err(LinkError::Gone)?;
            let count = match self.stream.read(&mut chunk) {
                Ok(0) => return Err(LinkError::Gone(io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => count,
                Err(error) if is_wait(&error) => continue,
                Err(error) => return Err(LinkError::Gone(error)),
            };
            let heard = self.take(id, chunk.get(..count).unwrap_or_default())?;
            if matches!(heard, Heard::Answer(..)) {
                return Ok(heard);
            }
            if self.unanswered > FLOOD {
                return Err(LinkError::Flood);
            }
            let pace = self.pace.as_mut();
            if let Some(left) = pace.and_then(|pace| pace.after(count, Instant::now())) {
                std::thread::sleep(left);
            }
            if matches!(heard, Heard::Damage) {
                return Ok(heard);
            }
        }
    }

    /// Takes bytes that came. An answer to `id` counts before damage: behind it nothing can matter any more.
    fn take(&mut self, id: u32, bytes: &[u8]) -> Result<Heard, LinkError> {
        self.bytes += bytes.len() as u64;
        self.unanswered += bytes.len() as u64;
        self.heard = true;
        if self.reader.is_inside() && self.last_byte.elapsed() > HALF_FRAME {
            self.reader.reset();
        }
        self.last_byte = Instant::now();
        let mut result = Heard::Nothing;
        for &byte in bytes {
            match self.reader.push(byte) {
                None => {}
                Some(Event::Outside(byte)) => {
                    if let Some(line) = self.log.push(byte) {
                        (self.on_log)(line);
                    }
                }
                Some(Event::Refused(_)) => result = Heard::Damage,
                Some(Event::Frame(frame)) => match read_frame(id, frame)? {
                    Heard::Nothing => {}
                    Heard::Damage => result = Heard::Damage,
                    answer @ Heard::Answer(..) => return Ok(answer),
                },
            }
        }
        Ok(result)
    }
}

enum Heard {
    /// An answer, and the kind that it said to be.
    Answer(&'static str, Answer),
    /// A frame came damaged, or the board says that ours did.
    Damage,
    Nothing,
}

fn is_wait(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

fn read_frame(id: u32, frame: &[u8]) -> Result<Heard, LinkError> {
    let Ok(message) = frame::open(frame) else {
        return Ok(Heard::Damage);
    };
    match Reply::read(message) {
        Ok((0, Reply::Error(_))) => Ok(Heard::Damage),
        Ok((re, reply)) if re == id => {
            let kind = reply.kind();
            owned(reply).map(|answer| Heard::Answer(kind, answer))
        }
        // An answer to an earlier request that was sent twice.
        Ok(_) => Ok(Heard::Nothing),
        Err(
            MessageError::UnknownKind(re)
            | MessageError::UnknownVersion(re)
            | MessageError::BadField(re),
        ) if re != id => Ok(Heard::Nothing),
        Err(MessageError::Echo) => Err(LinkError::Echo),
        Err(_) => Err(LinkError::WrongAnswer),
    }
}

fn owned(reply: Reply<'_>) -> Result<Answer, LinkError> {
    Ok(match reply {
        Reply::Hello(hello) => Answer::Hello(Box::new(hello)),
        Reply::Csr(answer) => {
            let mut der = vec![0; limits::CSR];
            let length = answer
                .csr
                .decode(&mut der)
                .map_err(|_| LinkError::WrongAnswer)?
                .len();
            der.truncate(length);
            Answer::Csr(CsrAnswer {
                mac: answer.mac,
                name: answer.name.as_str().to_owned(),
                csr: der,
                proof: answer.proof.0,
            })
        }
        Reply::Error(error) => Answer::Error(error),
        Reply::Identify(_) | Reply::Recorded(_) | Reply::Lock(_) | Reply::Erase(_) => Answer::Done,
        Reply::Install(install) => Answer::Install(install),
        Reply::Prove(prove) => Answer::Prove(prove.proof.0),
    })
}

/// An answer has the kind of its question, or is an error. Kinds that say nothing but "done" are told apart as well: a board that
/// answers `identify` where it was to lock is not locked.
fn fits(request: &Request<'_>, kind: &str, answer: Answer) -> Result<Answer, LinkError> {
    if kind == request.kind() || matches!(answer, Answer::Error(_)) {
        Ok(answer)
    } else {
        Err(LinkError::WrongAnswer)
    }
}

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod tests;
