//! A delivery by hand, over a board's cable: what a bench asks of a board from its first `hello` to its lock, and what a test
//! wants to stop in the middle.

use std::fs::File;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nameplate::demo::emulated::Emulator;
use nameplate_wire::{
    Bytes, Event, Fixed, Reader, Reply, Request, Text, frame, limits, reply, request,
};
use sha2::{Digest, Sha256};

use crate::boards::{csr, serial};
use crate::ca::Ca;

/// The longest that a board may take to answer.
const PATIENCE: Duration = Duration::from_mins(5);

/// How often a board that may not have been ready is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// How often it is looked whether the delivery is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// The host's end of one board's cable, for as long as the board is there.
pub struct Line {
    name: String,
    port: File,
    bytes: Receiver<u8>,
    id: u32,
}

impl Line {
    pub fn new(board: &Emulator) -> Self {
        let mut reading = serial(board);
        let (send, bytes) = channel();
        std::thread::spawn(move || {
            let mut byte = [0];
            while reading.read_exact(&mut byte).is_ok() && send.send(byte[0]).is_ok() {}
        });
        Self {
            name: board.name().to_owned(),
            port: serial(board),
            bytes,
            id: 0,
        }
    }

    /// The answer to a request; `None` where the test says stop. Every request may be asked again, so it is.
    fn ask(&mut self, asked: &Request<'_>, stop: &AtomicBool) -> Option<Vec<u8>> {
        self.id += 1;
        let mut out = [0; limits::FRAME];
        let frame = asked.write(self.id, &mut out).unwrap();
        let mut reader = Reader::new();
        let begun = Instant::now();
        let mut sent: Option<Instant> = None;
        while !stop.load(Ordering::Relaxed) {
            assert!(begun.elapsed() < PATIENCE, "{} does not answer", self.name);
            // Later ones come to a board that is busy, and nothing may be in its way.
            let is_first = matches!(asked, Request::Hello(_));
            if sent.is_none_or(|sent| is_first && sent.elapsed() > AGAIN) {
                self.port.write_all(frame).unwrap();
                sent = Some(Instant::now());
            }
            match self.bytes.recv_timeout(LOOK) {
                Ok(byte) => {
                    if let Some(Event::Frame(frame)) = reader.push(byte)
                        && self.is_answer(frame)
                    {
                        return Some(frame.to_vec());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("{}: no cable", self.name),
            }
        }
        None
    }

    fn is_answer(&self, frame: &[u8]) -> bool {
        // What was left of a board that lost its power may be half of one.
        let message = frame::open(frame).ok();
        message.is_some_and(|message| Reply::read(message).unwrap().0 == self.id)
    }

    pub fn hello(&mut self, stop: &AtomicBool) -> Option<reply::Hello> {
        let answer = self.ask(&Request::Hello(request::Hello { versions: [1, 1] }), stop)?;
        match read(&answer) {
            Reply::Hello(hello) => Some(hello),
            other => panic!("{}: {other:?}", self.name),
        }
    }
}

fn read(answer: &[u8]) -> Reply<'_> {
    Reply::read(frame::open(answer).unwrap()).unwrap().1
}

/// What the host knows of one board.
#[derive(Default)]
pub struct Known {
    csr: Option<Vec<u8>>,
    chain: Option<Vec<u8>>,
}

impl Known {
    /// The digest of the chain that the board is to have, once its request is known.
    pub fn sha256(&self) -> Option<Fixed<32>> {
        self.chain.as_deref().map(sha256)
    }

    pub fn has_csr(&self) -> bool {
        self.csr.is_some()
    }

    /// Takes a board from wherever it stands to its end; `None` where the test stopped it.
    pub fn deliver(
        &mut self,
        line: &mut Line,
        ca: &Ca,
        length: usize,
        stop: &AtomicBool,
    ) -> Option<()> {
        let name = line.name.clone();
        let hello = line.hello(stop)?;
        if !hello.locked {
            let answer = line.ask(&csr(&name), stop)?;
            let Reply::Csr(reply) = read(&answer) else {
                panic!("{name}: {}", String::from_utf8_lossy(&answer));
            };
            let mut room = [0; limits::CSR];
            let csr = reply.csr.decode(&mut room).unwrap().to_vec();
            match &self.csr {
                Some(known) => assert_eq!(&csr, known, "{name}: its key was lost or made twice"),
                None => self.csr = Some(csr),
            }
        }
        let csr = self
            .csr
            .as_ref()
            .expect("a locked board has told its request");
        let chain = self.chain.get_or_insert_with(|| ca.leaf_of(csr, length));
        if hello.chain != Some(sha256(chain)) {
            install(line, chain, stop)?;
        }
        let lock = Request::Lock(request::Named {
            name: Text::Plain(&name),
        });
        let answer = line.ask(&lock, stop)?;
        assert!(
            matches!(read(&answer), Reply::Lock(_)),
            "{name}: {answer:?}"
        );
        Some(())
    }
}

fn install(line: &mut Line, chain: &[u8], stop: &AtomicBool) -> Option<()> {
    let mut have = 0;
    loop {
        let end = chain.len().min(have + limits::INSTALL_PIECE);
        let piece = Request::Install(request::Install {
            chain_sha256: sha256(chain),
            length: chain.len().try_into().unwrap(),
            offset: have.try_into().unwrap(),
            piece: Bytes::Raw(&chain[have..end]),
        });
        let answer = line.ask(&piece, stop)?;
        let Reply::Install(reply) = read(&answer) else {
            panic!("{}: {}", line.name, String::from_utf8_lossy(&answer));
        };
        if reply.current {
            return Some(());
        }
        have = reply.have.into();
    }
}

fn sha256(bytes: &[u8]) -> Fixed<32> {
    Fixed(Sha256::digest(bytes).into())
}
