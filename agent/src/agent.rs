//! The state machine: one frame in, one frame out.

use heapless::String;
use nameplate_wire::frame::{self, FrameError};
use nameplate_wire::{
    Bytes, ErrorNumber, Fixed, Mac, MessageError, Reply, Request, limits, proof, reply, request,
    version,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{Entropy, Identity, KeyStore, Name, PrivateKey, Randomness, certificate_request};

/// How a frame came to the board.
#[derive(Clone, Copy, Debug)]
pub enum Link<'a> {
    /// Over a cable that the board's own port ends: UART, USB, pty.
    Cable,
    /// Over a session in which the host has proved its key. Only there is the join token shown.
    Authenticated {
        /// What lets the board join, where it was given one; at most [`limits::TOKEN`] bytes.
        join_token: Option<&'a str>,
    },
}

/// The agent of one board. Holds one frame and one certificate request, about 3 KB, and no key between two requests.
#[derive(Debug)]
pub struct Agent<R, K, I> {
    entropy: Entropy<R>,
    keys: K,
    identity: I,
    csr: [u8; limits::CSR],
    /// SHA-256 of the certificate request that was last given out.
    last_csr: Option<[u8; 32]>,
    out: [u8; limits::FRAME],
}

impl<R: Randomness, K: KeyStore, I: Identity> Agent<R, K, I> {
    /// An agent over a board's parts. Touches none of them yet.
    pub fn new(randomness: R, keys: K, identity: I) -> Self {
        Self {
            entropy: Entropy::new(randomness),
            keys,
            identity,
            csr: [0; limits::CSR],
            last_csr: None,
            out: [0; limits::FRAME],
        }
    }

    /// Answers one frame, given from `RS` to `LF` as [`nameplate_wire::Reader`] finds it, with one frame.
    ///
    /// The same request always gets the same answer, so a host may ask again whenever it is in doubt. What was no frame or
    /// no request is answered by an error; only a reply is not answered at all (an empty slice), since two agents on
    /// one line would talk for ever.
    pub fn handle(&mut self, frame: &[u8], link: Link<'_>) -> &[u8] {
        let (id, reply) = match frame::open(frame).map(Request::read) {
            Err(error) => (0, Err(number_of(error))),
            Ok(Err(MessageError::NotARequest)) => return &[],
            Ok(Err(error)) => {
                let (id, number) = error.answer();
                (id, Err(number))
            }
            Ok(Ok((id, Request::Csr(asked)))) => return self.answer_csr(id, &asked),
            Ok(Ok((id, request))) => (id, self.answer(&request, link)),
        };
        self.finish(id, reply)
    }

    /// Answers a frame that could not be one: too long, or cut short by the next.
    pub fn refuse(&mut self, error: FrameError) -> &[u8] {
        self.finish(0, Err(number_of(error)))
    }

    /// A seed for one session's random generator, health-tested as the key's is.
    ///
    /// # Errors
    /// As [`Entropy::seed`].
    pub fn seed(&mut self) -> Result<Zeroizing<[u8; 32]>, ErrorNumber> {
        self.entropy.seed()
    }

    fn answer(
        &mut self,
        request: &Request<'_>,
        link: Link<'_>,
    ) -> Result<Reply<'static>, ErrorNumber> {
        match request {
            Request::Hello(asked) => self.hello(*asked, link),
            Request::Identify(asked) => {
                let can = self.identity.identify(asked.seconds);
                can.then_some(Reply::Identify(reply::Done {}))
                    .ok_or(ErrorNumber::NotSupported)
            }
            Request::Recorded(asked) => self.recorded(asked),
            Request::Prove(asked) => self.prove(asked),
            Request::Erase(asked) => self.erase(asked),
            Request::Install(_) | Request::Lock(_) | Request::Csr(_) => {
                Err(ErrorNumber::NotSupported)
            }
        }
    }

    fn hello(
        &mut self,
        asked: request::Hello,
        link: Link<'_>,
    ) -> Result<Reply<'static>, ErrorNumber> {
        let version = version::settle([version::MIN, version::CURRENT], asked.versions)
            .ok_or(ErrorNumber::NoCommonVersion)?;
        let (mac, name) = self.who()?;
        let token = match link {
            Link::Cable | Link::Authenticated { join_token: None } => None,
            Link::Authenticated {
                join_token: Some(token),
            } => Some(String::try_from(token).map_err(|_| ErrorNumber::IdentityBad)?),
        };
        Ok(Reply::Hello(reply::Hello {
            version,
            mac,
            name,
            firmware: shortened(self.identity.firmware()),
            agent: shortened(crate::VERSION),
            key: PrivateKey::is_stored(&mut self.keys)?,
            token,
        }))
    }

    fn recorded(&mut self, asked: &request::Recorded) -> Result<Reply<'static>, ErrorNumber> {
        if self.last_csr != Some(asked.csr_sha256.0) {
            return Err(ErrorNumber::WrongCsr);
        }
        self.identity.recorded();
        Ok(Reply::Recorded(reply::Done {}))
    }

    fn prove(&mut self, asked: &request::Prove) -> Result<Reply<'static>, ErrorNumber> {
        let (mac, name) = self.who()?;
        let key = PrivateKey::load(&mut self.keys)?.ok_or(ErrorNumber::NoKey)?;
        let signed =
            proof::possession(&asked.nonce.0, mac, &name).ok_or(ErrorNumber::IdentityBad)?;
        Ok(Reply::Prove(reply::Prove {
            proof: Fixed(key.sign(&signed)?),
        }))
    }

    fn erase(&mut self, asked: &request::Named<'_>) -> Result<Reply<'static>, ErrorNumber> {
        let (_, name) = self.who()?;
        if !asked.name.is(&name) {
            return Err(ErrorNumber::WrongName);
        }
        self.keys.erase().map_err(|_| ErrorNumber::StoreWrite)?;
        self.last_csr = None;
        Ok(Reply::Erase(reply::Done {}))
    }

    /// Apart from the others because its reply borrows the certificate request.
    fn answer_csr(&mut self, id: u32, asked: &request::Csr<'_>) -> &[u8] {
        match self.make_csr(asked) {
            Err(number) => self.finish(id, Err(number)),
            Ok((mac, name, proof, length)) => {
                let csr = Bytes::Raw(self.csr.get(..length).unwrap_or_default());
                let reply = Reply::Csr(reply::Csr {
                    mac,
                    name,
                    csr,
                    proof,
                });
                write(&mut self.out, id, &reply)
            }
        }
    }

    fn make_csr(
        &mut self,
        asked: &request::Csr<'_>,
    ) -> Result<(Mac, Name, Fixed<64>, usize), ErrorNumber> {
        let (mac, name) = self.who()?;
        let key = PrivateKey::load_or_make(&mut self.keys, &mut self.entropy)?;
        let csr = certificate_request::write(asked, &key, &mut self.csr)?;
        let digest = Sha256::digest(csr).into();
        let signed =
            proof::csr(&asked.nonce.0, mac, &name, &digest).ok_or(ErrorNumber::IdentityBad)?;
        let proof = Fixed(key.sign(&signed)?);
        self.last_csr = Some(digest);
        Ok((mac, name, proof, csr.len()))
    }

    fn who(&mut self) -> Result<(Mac, Name), ErrorNumber> {
        let mac = self.identity.mac().ok_or(ErrorNumber::IdentityBad)?;
        let name = self.identity.name().ok_or(ErrorNumber::IdentityBad)?;
        if name.is_empty() {
            return Err(ErrorNumber::IdentityBad);
        }
        Ok((mac, name))
    }

    fn finish(&mut self, id: u32, reply: Result<Reply<'static>, ErrorNumber>) -> &[u8] {
        let reply = reply.unwrap_or_else(|number| Reply::Error(number.into()));
        write(&mut self.out, id, &reply)
    }
}

fn number_of(error: FrameError) -> ErrorNumber {
    match error {
        FrameError::TooLong => ErrorNumber::FrameTooLong,
        FrameError::Form | FrameError::Checksum | FrameError::CutShort => ErrorNumber::DamagedFrame,
    }
}

/// Writes the reply, or, where it is too long for a frame, an error that says so.
fn write<'o>(out: &'o mut [u8; limits::FRAME], id: u32, reply: &Reply<'_>) -> &'o [u8] {
    let length = reply.write(id, out).map(<[u8]>::len).or_else(|_| {
        let error = Reply::Error(ErrorNumber::AnswerTooLong.into());
        error.write(id, out).map(<[u8]>::len)
    });
    out.get(..length.unwrap_or(0)).unwrap_or_default()
}

/// As much of a text as is reported.
fn shortened<const N: usize>(text: &str) -> String<N> {
    let end = text.floor_char_boundary(N);
    String::try_from(text.get(..end).unwrap_or_default()).unwrap_or_default()
}
