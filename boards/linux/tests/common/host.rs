//! A host's side of the protocol over any stream, and an independent judge of what a board answers.

use std::io::{Read, Write};

use nameplate_wire::request::{
    AttributeKind, Csr, Hello, Identify, Install, List, Named, Prove, Recorded,
};
use nameplate_wire::{
    Bytes, Event, Fixed, Mac, Reader, Reply, Request, Text, frame, limits, proof, reply,
};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use super::board::{MAC, NAME};

/// A certificate request that was judged, and the public key in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub csr: Vec<u8>,
    pub key: Vec<u8>,
}

/// A host that asks one board.
pub struct Host<S> {
    pub stream: S,
    reader: Reader,
    id: u32,
}

impl<S: Read + Write> Host<S> {
    pub fn new(stream: S) -> Self {
        let reader = Reader::new();
        Self {
            stream,
            reader,
            id: 0,
        }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
        self.stream.flush().unwrap();
    }

    /// The next frame from the board. Anything outside of frames fails the test: a board's log belongs elsewhere.
    pub fn frame(&mut self) -> Vec<u8> {
        self.try_frame().expect("an answer")
    }

    /// As [`Self::frame`]; `None` where the board is gone.
    pub fn try_frame(&mut self) -> Option<Vec<u8>> {
        let mut byte = [0];
        loop {
            match self.stream.read(&mut byte) {
                Ok(1..) => {}
                Ok(0) | Err(_) => return None,
            }
            match self.reader.push(byte[0]) {
                Some(Event::Frame(frame)) => return Some(frame.to_vec()),
                Some(other) => panic!("the board wrote {other:?}"),
                None => {}
            }
        }
    }

    pub fn ask(&mut self, request: &Request<'_>) -> Vec<u8> {
        self.id += 1;
        let mut out = [0; limits::FRAME];
        let frame = request.write(self.id, &mut out).unwrap().to_vec();
        self.send(&frame);
        self.frame()
    }

    /// As [`Self::ask`]; `None` where the board is gone.
    pub fn try_ask(&mut self, request: &Request<'_>) -> Option<Vec<u8>> {
        self.id += 1;
        let mut out = [0; limits::FRAME];
        let frame = request.write(self.id, &mut out).unwrap();
        self.stream.write_all(frame).ok()?;
        self.try_frame()
    }

    /// Delivers a chain, as far as the board is there: all pieces, its proof, the lock. Whether it came to the end.
    pub fn deliver(&mut self, chain: &[u8], key: &[u8]) -> bool {
        self.try_deliver(chain, key).is_some()
    }

    fn try_deliver(&mut self, chain: &[u8], key: &[u8]) -> Option<()> {
        let mut have = 0;
        loop {
            let end = chain.len().min(have + limits::INSTALL_PIECE);
            let reply = self.try_ask(&piece(chain, have, end))?;
            let Reply::Install(reply) = read(&reply) else {
                panic!("{}", String::from_utf8_lossy(&reply));
            };
            have = reply.have.into();
            if reply.current {
                break;
            }
        }
        let reply = self.try_ask(&Request::Prove(Prove {
            nonce: Fixed(NONCE),
        }))?;
        let Reply::Prove(reply) = read(&reply) else {
            panic!("{}", String::from_utf8_lossy(&reply));
        };
        let signed = proof::possession(&NONCE, Mac::parse(MAC).unwrap(), NAME).unwrap();
        let signature = Signature::from_slice(&reply.proof.0).unwrap();
        let key = VerifyingKey::from_sec1_bytes(key).unwrap();
        key.verify(&signed, &signature).unwrap();
        let reply = self.try_ask(&lock())?;
        assert!(matches!(read(&reply), Reply::Lock(_)));
        Some(())
    }

    pub fn hello(&mut self) -> reply::Hello {
        match read(&self.ask(&Request::Hello(Hello { versions: [1, 1] }))) {
            Reply::Hello(hello) => hello,
            other => panic!("{other:?}"),
        }
    }

    pub fn identify(&mut self) {
        let reply = self.ask(&Request::Identify(Identify { seconds: 3 }));
        assert!(matches!(read(&reply), Reply::Identify(_)));
    }

    /// Asks for a certificate request and judges it.
    pub fn csr(&mut self) -> Judged {
        judge(&self.ask(&csr_request()))
    }

    /// Asks for a certificate request that has to fail, and returns the number of the error.
    pub fn csr_error(&mut self) -> u16 {
        code(&self.ask(&csr_request()))
    }

    /// The number of the error that has to come next.
    pub fn error(&mut self) -> u16 {
        code(&self.frame())
    }

    pub fn recorded(&mut self, judged: &Judged) {
        let csr_sha256 = Fixed(Sha256::digest(&judged.csr).into());
        let reply = self.ask(&Request::Recorded(Recorded { csr_sha256 }));
        assert!(matches!(read(&reply), Reply::Recorded(_)));
    }

    /// Everything that a bench asks a board until it is collected.
    pub fn collect(&mut self) -> (reply::Hello, Judged) {
        let hello = self.hello();
        let judged = self.csr();
        self.recorded(&judged);
        (hello, judged)
    }
}

const NONCE: [u8; 32] = [9; 32];

pub fn csr_request() -> Request<'static> {
    let subject = [
        (AttributeKind::O, Text::Plain("Example")),
        (AttributeKind::Cn, Text::Plain(NAME)),
    ];
    Request::Csr(Csr {
        nonce: Fixed(NONCE),
        subject: subject.into_iter().collect(),
        san: List::new(),
        key_usage: List::new(),
        purposes: List::new(),
        ca: None,
    })
}

/// The piece of a chain from `offset` to `end`.
pub fn piece(chain: &[u8], offset: usize, end: usize) -> Request<'_> {
    Request::Install(Install {
        chain_sha256: sha256(chain),
        length: chain.len().try_into().unwrap(),
        offset: offset.try_into().unwrap(),
        piece: Bytes::Raw(&chain[offset..end]),
    })
}

pub fn lock() -> Request<'static> {
    Request::Lock(Named {
        name: Text::Plain(NAME),
    })
}

pub fn erase() -> Request<'static> {
    Request::Erase(Named {
        name: Text::Plain(NAME),
    })
}

pub fn sha256(bytes: &[u8]) -> Fixed<32> {
    Fixed(Sha256::digest(bytes).into())
}

pub fn read(frame: &[u8]) -> Reply<'_> {
    Reply::read(frame::open(frame).unwrap()).unwrap().1
}

/// Checks a `csr` reply by an X.509 library that the board does not use: signature, subject, proof, MAC and name.
pub fn judge(frame: &[u8]) -> Judged {
    let Reply::Csr(reply) = read(frame) else {
        panic!("no certificate request: {}", String::from_utf8_lossy(frame));
    };
    let mac = Mac::parse(MAC).unwrap();
    assert_eq!((reply.mac, reply.name.as_str()), (mac, NAME));
    let mut room = [0; limits::CSR];
    let der = reply.csr.decode(&mut room).unwrap();
    let (rest, csr) = X509CertificationRequest::from_der(der).unwrap();
    assert!(rest.is_empty());
    csr.verify_signature().unwrap();
    let info = &csr.certification_request_info;
    assert_eq!(info.subject.to_string(), format!("O=Example, CN={NAME}"));
    let key = info.subject_pki.subject_public_key.data.to_vec();
    let digest = Sha256::digest(der).into();
    let signed = proof::csr(&NONCE, mac, NAME, &digest).unwrap();
    VerifyingKey::from_sec1_bytes(&key)
        .unwrap()
        .verify(&signed, &Signature::from_slice(&reply.proof.0).unwrap())
        .unwrap();
    Judged {
        csr: der.to_vec(),
        key,
    }
}

pub fn code(frame: &[u8]) -> u16 {
    match read(frame) {
        Reply::Error(error) => error.code,
        other => panic!("{other:?}"),
    }
}
