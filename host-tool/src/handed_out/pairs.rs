//! What each file is, and whether a private key belongs to the certificate of the same name.

use std::collections::HashMap;

use rcgen::{KeyPair, PublicKeyData};
use rustls_pki_types::PrivateKeyDer;
use secrecy::zeroize::Zeroize;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::Unpacked;
use crate::service::words::printable;
use crate::store::sha256;

/// Most faults that are kept in words.
const MOST: usize = 20;

/// What a person should look at, in words; the first of them.
#[derive(Debug, Default)]
pub struct Faults {
    lines: Vec<String>,
    left_out: u64,
}

impl Faults {
    /// The first of them.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// How many more there are.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    fn add(&mut self, name: &str, what: &str) {
        if self.lines.len() < MOST {
            self.lines.push(format!("{}: {what}", printable(name, 80)));
        } else {
            self.left_out += 1;
        }
    }
}

/// The hash of a public key's bits.
type Public = [u8; 32];

/// One half that waits for the other.
enum Half {
    Certificate(Public),
    Key(Public),
}

/// Files as they come.
pub(super) struct Pairs {
    expected: bool,
    waiting: HashMap<String, Half>,
    unpacked: Unpacked,
}

impl Pairs {
    /// With `expected`, each certificate is to have its key.
    pub fn new(expected: bool) -> Self {
        Self {
            expected,
            waiting: HashMap::new(),
            unpacked: Unpacked::default(),
        }
    }

    /// Looks at a file.
    pub fn look(&mut self, name: &str, bytes: &[u8]) {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let (mut certificate, mut key, mut locked) = (None, None, false);
        if let Ok(blocks) = pem::parse_many(bytes) {
            for block in blocks {
                let tag = block.tag().to_owned();
                let mut contents = block.into_contents();
                match tag.as_str() {
                    // The first is the device's; a chain follows it.
                    "CERTIFICATE" if certificate.is_none() => {
                        certificate = certificate_key(&contents);
                    }
                    "ENCRYPTED PRIVATE KEY" => locked = true,
                    "PRIVATE KEY" | "EC PRIVATE KEY" | "RSA PRIVATE KEY" => {
                        key = private_key(&contents);
                    }
                    _ => {}
                }
                contents.zeroize();
            }
        }
        if certificate.is_none() && key.is_none() && !locked {
            certificate = certificate_key(bytes);
            if certificate.is_none() {
                key = private_key(bytes);
            }
        }
        if certificate.is_none() && key.is_none() && !locked {
            let what = "it is neither a certificate nor a private key that can be read";
            self.unpacked.faults.add(name, what);
        }
        if let Some(public) = certificate {
            self.unpacked.certificates += 1;
            self.half(stem, Half::Certificate(public));
        }
        if let Some(public) = key {
            self.unpacked.keys += 1;
            self.half(stem, Half::Key(public));
        }
        if locked {
            self.unpacked.keys += 1;
            self.waiting.remove(stem);
            let what = "it is encrypted itself, so it was not held against its certificate";
            self.unpacked.faults.add(name, what);
        }
    }

    fn half(&mut self, stem: &str, half: Half) {
        // Certificates alone are what is expected where devices made their keys: nothing is to be remembered.
        if !self.expected && matches!(half, Half::Certificate(_)) {
            return;
        }
        match (self.waiting.remove(stem), half) {
            (Some(Half::Certificate(public)), Half::Key(other))
            | (Some(Half::Key(public)), Half::Certificate(other)) => {
                if public == other {
                    self.unpacked.matched += 1;
                } else {
                    let what = "the private key does not belong to the certificate";
                    self.unpacked.faults.add(stem, what);
                }
            }
            (_, half) => {
                self.waiting.insert(stem.to_owned(), half);
            }
        }
    }

    /// What it all came to.
    pub fn finish(mut self) -> Unpacked {
        let mut rest: Vec<_> = self.waiting.into_iter().collect();
        rest.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (stem, half) in rest {
            let what = match half {
                Half::Certificate(_) => "a certificate without its private key",
                Half::Key(_) => "a private key without its certificate",
            };
            self.unpacked.faults.add(&stem, what);
        }
        self.unpacked
    }
}

/// Of a certificate's public key (RFC 5280 section 4.1.2.7).
fn certificate_key(der: &[u8]) -> Option<Public> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    rest.is_empty()
        .then(|| sha256(&certificate.public_key().subject_public_key.data))
}

/// Of the public half of a private key: PKCS#8, PKCS#1 or SEC 1.
fn private_key(der: &[u8]) -> Option<Public> {
    let der = PrivateKeyDer::try_from(der).ok()?;
    let pair = KeyPair::try_from(&der).ok()?;
    Some(sha256(pair.der_bytes()))
}
