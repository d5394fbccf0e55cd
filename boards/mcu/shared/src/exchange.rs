//! Bytes in, answers out: the one place where a link and the agent meet.

use nameplate_agent::{Agent, CertificateStore, Identity, KeyStore, Link, Randomness};
use nameplate_wire::{Event, Reader};

/// One agent and the reader of its link: about 5.5 KB, best kept in a static.
#[derive(Debug)]
pub struct Exchange<R, S, I> {
    agent: Agent<R, S, I>,
    reader: Reader,
}

impl<R: Randomness, S: KeyStore + CertificateStore, I: Identity> Exchange<R, S, I> {
    /// An exchange over a board's parts. Touches none of them yet.
    pub fn new(randomness: R, store: S, identity: I) -> Self {
        Self {
            agent: Agent::new(randomness, store, identity),
            reader: Reader::new(),
        }
    }

    /// Takes one byte from the link. Where it ended a frame, what is to be sent back comes out; never an empty slice.
    ///
    /// An answer can take seconds: a small core signs slowly.
    pub fn push(&mut self, byte: u8, link: Link<'_>) -> Option<&[u8]> {
        let answer = match self.reader.push(byte)? {
            Event::Frame(frame) => self.agent.handle(frame, link),
            Event::Refused(error) => self.agent.refuse(error),
            Event::Outside(_) => return None,
        };
        (!answer.is_empty()).then_some(answer)
    }

    /// Forgets half a frame: another session begins.
    pub fn reset(&mut self) {
        self.reader.reset();
    }

    /// The agent itself, for a session's seed.
    pub fn agent(&mut self) -> &mut Agent<R, S, I> {
        &mut self.agent
    }
}
