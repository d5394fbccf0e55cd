//! What the tests share: certificates, links, and the board's side of a session.
//!
//! Every test program compiles this for itself and uses a part of it.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

pub mod bad_server;
pub mod rustls_server;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use embedded_io::{ErrorKind, ErrorType};
use nameplate_tls::{Buffers, HostKey, Pins};
use rcgen::{CertificateParams, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256};

pub type BoardBuffers = Buffers;

/// A key and a certificate for it.
pub struct Identity {
    pub key: KeyPair,
    pub certificate: rcgen::Certificate,
}

impl Identity {
    /// As the bench makes its own: self-signed P-256.
    pub fn self_signed(name: &str) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { key, certificate }
    }

    /// Signed by somebody else, a board for instance.
    pub fn signed_by(name: &str, signer: &Self) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let issuer = Issuer::from_ca_cert_der(signer.certificate.der(), &signer.key).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        Self { key, certificate }
    }

    pub fn host_key(&self) -> HostKey {
        HostKey::from_certificate_der(self.certificate.der()).unwrap()
    }

    pub fn pins(&self) -> Pins {
        Pins {
            current: self.host_key(),
            next: None,
        }
    }

    pub fn signing_key(&self) -> p256::ecdsa::SigningKey {
        use p256::pkcs8::DecodePrivateKey as _;
        p256::ecdsa::SigningKey::from_pkcs8_der(&self.key.serialize_der()).unwrap()
    }
}

/// A seed of its own for each session of a test; the same in each run.
pub fn seed(number: u64) -> [u8; 32] {
    let mut seed = [0x5E; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    seed
}

/// A socket as the board's link.
pub struct Tcp(pub TcpStream);

impl ErrorType for Tcp {
    type Error = ErrorKind;
}

impl embedded_io::Read for Tcp {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(buf).map_err(|error| error.kind().into())
    }
}

impl embedded_io::Write for Tcp {
    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(buf).map_err(|error| error.kind().into())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.0.flush().map_err(|error| error.kind().into())
    }
}

impl Drop for Tcp {
    /// A socket closed with unread bytes resets the connection, and what was sent last is lost with it.
    fn drop(&mut self) {
        let _ = self.0.shutdown(Shutdown::Write);
        let _ = std::io::copy(&mut self.0, &mut std::io::sink());
    }
}

/// A link that plays back bytes and keeps what was written.
#[derive(Default)]
pub struct Tape {
    pub input: Vec<u8>,
    pub at: usize,
    pub output: Vec<u8>,
}

impl Tape {
    pub fn new(input: Vec<u8>) -> Self {
        Self {
            input,
            ..Self::default()
        }
    }
}

impl ErrorType for Tape {
    type Error = ErrorKind;
}

impl embedded_io::Read for Tape {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        let count = buf.len().min(self.input.len() - self.at);
        buf[..count].copy_from_slice(&self.input[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

impl embedded_io::Write for Tape {
    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.output.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// The types and sizes of the TLS records in a stretch of bytes; panics when they don't come out even.
pub fn records(mut bytes: &[u8]) -> Vec<(u8, usize)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let size = usize::from(u16::from_be_bytes([bytes[3], bytes[4]]));
        found.push((bytes[0], size));
        bytes = &bytes[5 + size..];
    }
    found
}
