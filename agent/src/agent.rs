//! The state machine: one frame in, one frame out.

use nameplate_wire::frame::{self, FrameError};
use nameplate_wire::request::Asked;
use nameplate_wire::{
    Bytes, ErrorNumber, Fixed, Kind, Mac, MessageError, answer, limits, proof, version,
};
use zeroize::Zeroizing;

use crate::hash::sha256;
use crate::install::{Staged, current_chain, is_locked, unlocked};
use crate::{
    CertificateStore, Entropy, Identity, KeyStore, Name, PrivateKey, Randomness,
    certificate_request,
};

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
pub struct Agent<R, S, I> {
    entropy: Entropy<R>,
    pub(crate) store: S,
    identity: I,
    csr: [u8; limits::CSR],
    /// SHA-256 of the certificate request that was last given out.
    last_csr: Option<Fixed<32>>,
    /// How much of which certificate chain was gathered since the board was started.
    pub(crate) staged: Option<Staged>,
    /// The answer, and how long it is.
    pub(crate) out: [u8; limits::FRAME],
    length: usize,
}

impl<R: Randomness, S: KeyStore + CertificateStore, I: Identity> Agent<R, S, I> {
    /// An agent over a board's parts. Touches none of them yet.
    pub fn new(randomness: R, store: S, identity: I) -> Self {
        Self {
            entropy: Entropy::new(randomness),
            store,
            identity,
            csr: [0; limits::CSR],
            last_csr: None,
            staged: None,
            out: [0; limits::FRAME],
            length: 0,
        }
    }

    /// Answers one frame, given from `RS` to `LF` as [`nameplate_wire::Reader`] finds it, with one frame.
    ///
    /// The same request always gets the same answer, so a host may ask again whenever it is in doubt. What was no frame or
    /// no request is answered by an error; only a reply is not answered at all (an empty slice), since two agents on
    /// one line would talk for ever.
    pub fn handle(&mut self, frame: &[u8], link: Link<'_>) -> &[u8] {
        let message = match frame::open(frame) {
            Ok(message) => message,
            Err(error) => return self.refuse(error),
        };
        match Asked::read(message) {
            Ok(asked) => {
                let done = self.answer(&asked, link);
                self.finish(asked.id, done)
            }
            Err(MessageError::NotARequest) => &[],
            Err(error) => {
                let (id, number) = error.answer();
                self.finish(id, Err(number))
            }
        }
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

    /// Carries out a request and writes the reply.
    #[inline(never)]
    fn answer(&mut self, asked: &Asked<'_>, link: Link<'_>) -> Result<(), ErrorNumber> {
        let written = match asked.kind {
            Kind::Hello => return self.hello(asked, link),
            Kind::Csr => return self.csr(asked),
            Kind::Prove => return self.prove(asked),
            Kind::Identify => {
                let seconds = asked.identify()?.seconds;
                if !self.identity.identify(seconds) {
                    return Err(ErrorNumber::NotSupported);
                }
                answer::identify(&mut self.out, asked.id)
            }
            Kind::Recorded => {
                self.recorded(asked)?;
                answer::recorded(&mut self.out, asked.id)
            }
            Kind::Erase => {
                self.erase(asked)?;
                answer::erase(&mut self.out, asked.id)
            }
            Kind::Install => {
                let (have, current) = self.install(asked)?;
                answer::install(&mut self.out, asked.id, have, current)
            }
            Kind::Lock => {
                self.lock(asked)?;
                answer::lock(&mut self.out, asked.id)
            }
            Kind::Error => return Err(ErrorNumber::UnknownKind),
        };
        let length = written.map(<[u8]>::len);
        self.wrote(length)
    }

    #[inline(never)]
    fn hello(&mut self, asked: &Asked<'_>, link: Link<'_>) -> Result<(), ErrorNumber> {
        let theirs = asked.hello()?.versions;
        let version = version::settle([version::MIN, version::CURRENT], theirs)
            .ok_or(ErrorNumber::NoCommonVersion)?;
        let who = self.who();
        let (mac, name) = who.as_ref().ok_or(ErrorNumber::IdentityBad)?;
        let token = match link {
            Link::Cable => None,
            Link::Authenticated { join_token } => join_token,
        };
        if token.is_some_and(|token| token.len() > limits::TOKEN) {
            return Err(ErrorNumber::IdentityBad);
        }
        let board = answer::Hello {
            version,
            mac: *mac,
            name,
            firmware: shortened(self.identity.firmware()),
            agent: crate::VERSION,
            key: PrivateKey::is_stored(&mut self.store)?,
            chain: current_chain(&mut self.store)?.map(|chain| chain.sha256),
            locked: is_locked(&mut self.store)?,
            token,
        };
        let length = answer::hello(&mut self.out, asked.id, &board).map(<[u8]>::len);
        self.wrote(length)
    }

    fn recorded(&mut self, asked: &Asked<'_>) -> Result<(), ErrorNumber> {
        if self.last_csr != Some(asked.recorded()?.csr_sha256) {
            return Err(ErrorNumber::WrongCsr);
        }
        self.identity.recorded();
        Ok(())
    }

    #[inline(never)]
    fn prove(&mut self, asked: &Asked<'_>) -> Result<(), ErrorNumber> {
        let fields = asked.prove()?;
        let key = PrivateKey::load(&mut self.store)?;
        let proof = self.proof(&key, &fields.nonce, None)?;
        let length = answer::prove(&mut self.out, asked.id, &proof).map(<[u8]>::len);
        self.wrote(length)
    }

    #[inline(never)]
    fn erase(&mut self, asked: &Asked<'_>) -> Result<(), ErrorNumber> {
        self.named(asked)?;
        unlocked(&mut self.store)?;
        self.staged = None;
        // The chain first: one without its key would be nobody's.
        let forgotten = self.store.forget();
        forgotten.map_err(|_| ErrorNumber::CertificateWrite)?;
        self.store.erase().map_err(|_| ErrorNumber::StoreWrite)?;
        self.last_csr = None;
        Ok(())
    }

    /// Whether the request gives this board's name.
    #[inline(never)]
    pub(crate) fn named(&mut self, asked: &Asked<'_>) -> Result<(), ErrorNumber> {
        let fields = asked.named()?;
        let who = self.who();
        let (_, name) = who.as_ref().ok_or(ErrorNumber::IdentityBad)?;
        // Nothing is answered yet: the answer's place is free.
        let (mut room, _) = self.out.split_at_mut(limits::ESCAPED_TEXT);
        if fields.name.resolve(&mut room) != Ok(name) {
            return Err(ErrorNumber::WrongName);
        }
        Ok(())
    }

    fn csr(&mut self, asked: &Asked<'_>) -> Result<(), ErrorNumber> {
        unlocked(&mut self.store)?;
        let fields = asked.csr();
        let fields = fields.as_ref().map_err(|number| *number)?;
        self.who().ok_or(ErrorNumber::IdentityBad)?;
        let key = PrivateKey::load_or_make(&mut self.store, &mut self.entropy)?;
        // Nothing is answered yet: the answer's place is free.
        let csr = certificate_request::write(fields, &key, &mut self.out, &mut self.csr)?;
        let (digest, end) = (Fixed(sha256(csr)), csr.len());
        let proof = self.proof(&key, &fields.nonce, Some(&digest))?;
        self.last_csr = Some(digest);
        let who = self.who();
        let (mac, name) = who.as_ref().ok_or(ErrorNumber::IdentityBad)?;
        let csr = Bytes::Raw(self.csr.get(..end).unwrap_or_default());
        let written = answer::csr(&mut self.out, asked.id, *mac, name, csr, &proof);
        let length = written.map(<[u8]>::len);
        self.wrote(length)
    }

    /// The proof beside the certificate request with this SHA-256; with none, that the board holds its key.
    #[inline(never)]
    fn proof(
        &mut self,
        key: &PrivateKey,
        nonce: &Fixed<32>,
        csr_sha256: Option<&Fixed<32>>,
    ) -> Result<Fixed<64>, ErrorNumber> {
        let who = self.who();
        let (mac, name) = who.as_ref().ok_or(ErrorNumber::IdentityBad)?;
        let signed = proof::signed(&nonce.0, *mac, name, csr_sha256.map(|digest| &digest.0));
        let signed = signed.as_ref().ok_or(ErrorNumber::IdentityBad)?;
        key.sign(signed).map(Fixed)
    }

    fn who(&mut self) -> Option<(Mac, Name)> {
        let mac = self.identity.mac()?;
        let name = self.identity.name()?;
        (!name.is_empty()).then_some((mac, name))
    }

    /// Keeps how long the answer is that was written.
    #[inline(never)]
    fn wrote(&mut self, length: Option<usize>) -> Result<(), ErrorNumber> {
        self.length = length.ok_or(ErrorNumber::AnswerTooLong)?;
        Ok(())
    }

    /// What goes back: the reply that was written, or the error instead of it.
    fn finish(&mut self, id: u32, done: Result<(), ErrorNumber>) -> &[u8] {
        if let Err(number) = done {
            self.length = answer::error(&mut self.out, id, number).map_or(0, <[u8]>::len);
        }
        self.out.get(..self.length).unwrap_or_default()
    }
}

fn number_of(error: FrameError) -> ErrorNumber {
    match error {
        FrameError::TooLong => ErrorNumber::FrameTooLong,
        FrameError::Form | FrameError::Checksum | FrameError::CutShort => ErrorNumber::DamagedFrame,
    }
}

/// As much of a text as is reported.
#[inline(never)]
fn shortened(text: &str) -> &str {
    let end = text.floor_char_boundary(limits::FIRMWARE);
    text.get(..end).unwrap_or_default()
}
