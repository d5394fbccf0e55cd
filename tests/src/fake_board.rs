//! Boards that lie: an honest agent in memory, and a liar that may change or replace every answer before it goes out.
//!
//! On a cable, or dialling in over TLS without a look at the bench's certificate.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use nameplate::demo::Cable;
use nameplate_agent::double::{FixedIdentity, Memory, MemoryStore, SeededRandomness};
use nameplate_agent::{Agent, Link, Randomness, RandomnessFault};
use nameplate_wire::{
    ErrorNumber, Event, Fixed, Mac, Reader, Reply, Request, frame, limits, proof, request,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};

use crate::bench::{Bench, TOKEN};

/// Changes an answer: gets the id and the request, and the honest answer as a frame; what is left in it is sent.
pub type Lie = Box<dyn FnMut(u32, &Request<'_>, &mut Vec<u8>) + Send>;

/// A board, as it is built.
pub struct Fake {
    /// What it says its MAC is.
    pub mac: [u8; 6],
    /// What it says its name is.
    pub name: String,
    /// Boards of one seed have one key. `None`: its generator is stuck.
    pub seed: Option<u64>,
    /// What it shows over the network.
    pub token: &'static str,
    /// It was asked for a certificate request before, and so has its key.
    keyed: bool,
    lie: Lie,
}

/// A fake that runs; ended when dropped.
pub struct Running {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// The host's end of its cable, for one on a cable.
    pub port: Option<std::path::PathBuf>,
    cable: Option<Cable>,
}

/// Either a seeded generator or one that is stuck.
struct Generator(Option<SeededRandomness>);

impl Randomness for Generator {
    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        if let Some(seeded) = &mut self.0 {
            return seeded.fill(samples);
        }
        samples.fill(0x5A);
        Ok(())
    }
}

impl Fake {
    /// An honest board with number N: MAC and name as [`crate::board`] gives them.
    pub fn new(number: u16) -> Self {
        let [high, low] = number.to_be_bytes();
        Self {
            mac: [2, 0, 0x5E, 0, high, low],
            name: crate::board::name(number),
            seed: Some(u64::from(number)),
            token: TOKEN,
            keyed: false,
            lie: Box::new(|_, _, _| {}),
        }
    }

    /// With another MAC.
    #[must_use]
    pub fn mac(self, mac: [u8; 6]) -> Self {
        Self { mac, ..self }
    }

    /// With another name.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        let name = name.to_owned();
        Self { name, ..self }
    }

    /// With another seed.
    #[must_use]
    pub fn seed(self, seed: Option<u64>) -> Self {
        Self { seed, ..self }
    }

    /// With another token.
    #[must_use]
    pub fn token(self, token: &'static str) -> Self {
        Self { token, ..self }
    }

    /// That has made its key before: of one seed it is always the same.
    #[must_use]
    pub fn keyed(self) -> Self {
        Self {
            keyed: true,
            ..self
        }
    }

    /// That lies so.
    #[must_use]
    pub fn lies(self, lie: impl FnMut(u32, &Request<'_>, &mut Vec<u8>) + Send + 'static) -> Self {
        let lie = Box::new(lie);
        Self { lie, ..self }
    }

    /// That answers `csr` with what this makes of the request: the certificate request in DER, and the proof.
    #[must_use]
    pub fn forges(
        self,
        mut forge: impl FnMut(&request::Csr<'_>) -> (Vec<u8>, [u8; 64]) + Send + 'static,
    ) -> Self {
        let (mac, name) = (Mac(self.mac), self.name.clone());
        self.lies(move |id, request, answer| {
            if let Request::Csr(asked) = request {
                let (csr, proof) = forge(asked);
                *answer = csr_frame(id, mac, &name, &csr, &proof);
            }
        })
    }

    /// Answers on a cable of its own.
    pub fn on_cable(self) -> Running {
        let cable = Cable::new().expect("a pty");
        self.plugged(cable)
    }

    /// Answers on this cable.
    pub fn plugged(self, cable: Cable) -> Running {
        let mut running = self.session_on(cable.board_end());
        running.port = Some(cable.host_end().to_owned());
        running.cable = Some(cable);
        running
    }

    /// Answers on the board's end of somebody's cable.
    pub fn session_on(self, board_end: &Path) -> Running {
        let path = board_end.to_owned();
        let ended = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ended);
        let thread = std::thread::spawn(move || {
            let mut options = OpenOptions::new();
            let flags = rustix::fs::OFlags::NOCTTY.bits().cast_signed();
            let end = options.read(true).write(true).custom_flags(flags);
            let end = end.open(path).expect("the cable's end");
            let (mut incoming, mut outgoing) = (&end, &end);
            self.answer(
                |chunk| wait(&end, &flag).and_then(|()| incoming.read(chunk)),
                |frame| outgoing.write_all(frame),
            );
        });
        Running {
            ended,
            thread: Some(thread),
            port: None,
            cable: None,
        }
    }

    /// Dials the bench until it is there, answers one session, and does not come back.
    pub fn on_network(self, bench: &Bench) -> Running {
        let address = bench.door;
        let ended = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ended);
        let thread = std::thread::spawn(move || {
            let Some(socket) = dial(address, &flag) else {
                return;
            };
            let socket_too = File::from(OwnedFd::from(socket.try_clone().expect("a socket")));
            let stream = RefCell::new(session(socket));
            stream.borrow_mut().flush().expect("a handshake");
            self.answer(
                |chunk| {
                    wait(&socket_too, &flag)?;
                    stream.borrow_mut().read(chunk)
                },
                |frame| stream.borrow_mut().write_all(frame),
            );
        });
        Running {
            ended,
            thread: Some(thread),
            port: None,
            cable: None,
        }
    }

    /// Answers until the other side is gone.
    fn answer(
        mut self,
        mut read: impl FnMut(&mut [u8]) -> std::io::Result<usize>,
        mut write: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) {
        let memory = RefCell::new(Memory::default());
        let mut agent = Agent::new(
            Generator(self.seed.map(SeededRandomness)),
            MemoryStore(&memory),
            FixedIdentity::new(self.mac, &self.name),
        );
        let link = Link::Authenticated {
            join_token: Some(self.token),
        };
        if self.keyed {
            agent.handle(&csr_request(), link);
        }
        let mut reader = Reader::new();
        // All that one read of a session can hold: what stays behind would not wake the next.
        let mut chunk = [0; 16 * 1024];
        while let Ok(count @ 1..) = read(&mut chunk) {
            for byte in &chunk[..count] {
                let Some(Event::Frame(asked)) = reader.push(*byte) else {
                    continue;
                };
                let mut answer = agent.handle(asked, link).to_vec();
                if let Ok(Ok((id, request))) = frame::open(asked).map(Request::read) {
                    (self.lie)(id, &request, &mut answer);
                }
                if write(&answer).is_err() {
                    return;
                }
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Waits until something can be read, or the board is to end.
fn wait(end: &File, ended: &AtomicBool) -> std::io::Result<()> {
    let look = Timespec {
        tv_sec: 0,
        tv_nsec: 50_000_000,
    };
    while !ended.load(Ordering::Relaxed) {
        if poll(&mut [PollFd::new(end, PollFlags::IN)], Some(&look))? > 0 {
            return Ok(());
        }
    }
    Err(std::io::ErrorKind::UnexpectedEof.into())
}

/// The least that makes a board make its key.
fn csr_request() -> Vec<u8> {
    let request = Request::Csr(request::Csr {
        nonce: Fixed([0; 32]),
        subject: request::List::new(),
        san: request::List::new(),
        key_usage: request::List::new(),
        purposes: request::List::new(),
        ca: None,
    });
    let mut out = [0; limits::FRAME];
    request.write(1, &mut out).expect("it fits").to_vec()
}

/// A frame with this error.
pub fn error_frame(id: u32, error: ErrorNumber) -> Vec<u8> {
    reply_frame(id, &Reply::Error(error.into()))
}

/// The answer to `hello`, changed at will.
pub fn changed_hello(
    id: u32,
    honest: &[u8],
    change: impl FnOnce(&mut nameplate_wire::reply::Hello),
) -> Vec<u8> {
    let message = frame::open(honest).expect("an honest frame");
    let Ok((_, Reply::Hello(mut hello))) = Reply::read(message) else {
        panic!("it is the answer to hello");
    };
    change(&mut hello);
    reply_frame(id, &Reply::Hello(hello))
}

/// A frame with this reply.
pub fn reply_frame(id: u32, reply: &Reply<'_>) -> Vec<u8> {
    let mut out = [0; limits::FRAME];
    reply.write(id, &mut out).expect("it fits").to_vec()
}

/// A frame around any message.
pub fn raw_frame(message: &str) -> Vec<u8> {
    let crc = frame::checksum(message.as_bytes());
    format!("\u{1e}[\"{crc:08x}\",{message}]\n").into_bytes()
}

/// The answer to `csr`.
pub fn csr_frame(id: u32, mac: Mac, name: &str, csr: &[u8], proof: &[u8; 64]) -> Vec<u8> {
    let csr = nameplate_wire::reply::Csr {
        mac,
        name: name.try_into().expect("a short name"),
        csr: nameplate_wire::Bytes::Raw(csr),
        proof: Fixed(*proof),
    };
    reply_frame(id, &Reply::Csr(csr))
}

/// A key that signs what it is told to.
pub struct Forger {
    /// For certificate requests.
    pub key: rcgen::KeyPair,
    signing: aws_lc_rs::signature::EcdsaKeyPair,
}

impl Default for Forger {
    fn default() -> Self {
        Self::new()
    }
}

impl Forger {
    /// A new P-256 key.
    pub fn new() -> Self {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let signing = aws_lc_rs::signature::EcdsaKeyPair::from_pkcs8(
            &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            &key.serialize_der(),
        );
        Self {
            signing: signing.expect("the same key"),
            key,
        }
    }

    /// A certificate request with the attributes that [`crate::bench::COLUMNS`] asks of a board of this name, changed at will.
    pub fn request(
        &self,
        name: &str,
        change: impl FnOnce(&mut rcgen::CertificateParams),
    ) -> Vec<u8> {
        let mut parameters = Self::asked(name);
        change(&mut parameters);
        let request = parameters.serialize_request(&self.key).expect("a request");
        request.der().to_vec()
    }

    /// What [`crate::bench::COLUMNS`] asks of a board of this name.
    pub fn asked(name: &str) -> rcgen::CertificateParams {
        let dns = format!("{name}.devices.example.com");
        let mut parameters = rcgen::CertificateParams::new(vec![dns]).expect("a DNS name");
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        let subject = &mut parameters.distinguished_name;
        subject.push(rcgen::DnType::CommonName, name);
        subject.push(rcgen::DnType::OrganizationName, "Example");
        parameters
    }

    /// The proof for a certificate request of a board with this MAC and name.
    pub fn proof(&self, nonce: &[u8; 32], mac: [u8; 6], name: &str, csr: &[u8]) -> [u8; 64] {
        let digest =
            sha2::Digest::finalize(sha2::Digest::chain_update(sha2::Sha256::default(), csr));
        let signed = proof::csr(nonce, Mac(mac), name, &digest.into()).expect("a short name");
        let random = aws_lc_rs::rand::SystemRandom::new();
        let signature = self.signing.sign(&random, &signed).expect("signed");
        signature.as_ref().try_into().expect("64 bytes")
    }
}

/// Dials until somebody listens.
pub fn dial(address: SocketAddr, ended: &AtomicBool) -> Option<TcpStream> {
    while !ended.load(Ordering::Relaxed) {
        if let Ok(socket) = TcpStream::connect(address) {
            return Some(socket);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    None
}

/// A TLS session that takes any certificate: a liar does not care whom it lies to.
pub fn session(socket: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    let name = ServerName::try_from("bench.local").expect("a name");
    let tls = ClientConnection::new(Arc::new(config), name).expect("a client");
    StreamOwned::new(tls, socket)
}

#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}
