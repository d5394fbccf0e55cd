//! The host's side of TLS 1.3 (RFC 8446) as somebody has it who can send anything: every message and record by itself, under the
//! right keys.
//!
//! The board's seed is always the same, and so is all that is random here. So a whole handshake can be computed beforehand, and the same
//! input is always the same bytes. This host does not read what the board answers.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use p256::SecretKey;
use p256::ecdh::diffie_hellman;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use sha2::{Digest, Sha256};

use crate::der;

/// Message types (RFC 8446 section 4).
pub const ENCRYPTED_EXTENSIONS: u8 = 8;
/// Certificate.
pub const CERTIFICATE: u8 = 11;
/// CertificateVerify.
pub const CERTIFICATE_VERIFY: u8 = 15;
/// Finished.
pub const FINISHED: u8 = 20;
/// Content types (RFC 8446 section 5.1).
pub const CHANGE_CIPHER_SPEC: u8 = 20;
/// Alert.
pub const ALERT: u8 = 21;
/// Handshake.
pub const HANDSHAKE: u8 = 22;
/// Application data, and every protected record.
pub const APPLICATION_DATA: u8 = 23;

/// Keys for fuzzing alone, known to everybody: of the pinned host, of somebody else, of one handshake.
#[derive(Clone, Copy, Debug)]
pub enum Who {
    /// The host that the board pins.
    Pinned = 3,
    /// Anybody else.
    Other = 4,
}

impl Who {
    fn key(self) -> SigningKey {
        SigningKey::from_slice(&[self as u8; 32]).expect("a key")
    }

    /// What looks like this one's certificate.
    pub fn certificate(self) -> Vec<u8> {
        let point = self.key().verifying_key().to_encoded_point(false);
        der::certificate(point.as_bytes(), "bench", "bench")
    }

    /// The body of a Certificate message.
    pub fn certificate_message(self) -> Vec<u8> {
        let certificate = self.certificate();
        let entry = [&long(&certificate)[..], &[0, 0]].concat();
        [&[0][..], &long(&entry)].concat()
    }

    /// The body of a CertificateVerify over this transcript (RFC 8446 section 4.4.3).
    pub fn proof(self, transcript: &[u8; 32]) -> Vec<u8> {
        let mut signed = vec![0x20; 64];
        signed.extend_from_slice(b"TLS 1.3, server CertificateVerify\0");
        signed.extend_from_slice(transcript);
        let signature: DerSignature = self.key().sign(&signed);
        let length = u8::try_from(signature.as_bytes().len()).expect("at most 72");
        [&[4, 3, 0, length][..], signature.as_bytes()].concat()
    }
}

/// Behind three bytes of length.
fn long(bytes: &[u8]) -> Vec<u8> {
    let [.., a, b, c] = bytes.len().to_be_bytes();
    [&[a, b, c][..], bytes].concat()
}

/// A message with its header.
pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &long(body)].concat()
}

/// A record as it is.
pub fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let [.., high, low] = body.len().to_be_bytes();
    [&[kind, 3, 3, high, low][..], body].concat()
}

/// A handshake after the ServerHello.
#[derive(Clone)]
pub struct Handshake {
    transcript: Sha256,
    /// The ServerHello as a record.
    pub server_hello: Vec<u8>,
    secret: [u8; 32],
    master: [u8; 32],
    keys: Keys,
}

#[derive(Clone)]
struct Keys {
    key: [u8; 16],
    iv: [u8; 12],
    sequence: u64,
}

impl Handshake {
    /// Answers a ClientHello, given as its record.
    pub fn answer(client_hello: &[u8]) -> Self {
        let hello = &client_hello[5..];
        let share = [0, 0x17, 0, 0x41, 4];
        let at = hello
            .windows(share.len())
            .position(|window| window == share)
            .expect("a key share of P-256");
        let theirs = p256::PublicKey::from_sec1_bytes(&hello[at + 4..at + 69]).expect("a point");
        let ours = SecretKey::from_slice(&[5; 32]).expect("a key");
        let shared = diffie_hellman(ours.to_nonzero_scalar(), theirs.as_affine());
        let point = SigningKey::from(&ours)
            .verifying_key()
            .to_encoded_point(false);
        let body = [
            &[3, 3][..],
            &[0xB0; 32],
            &[0, 0x13, 0x01, 0, 0, 79],
            &[0, 43, 0, 2, 3, 4],
            &[0, 51, 0, 69, 0, 23, 0, 65],
            point.as_bytes(),
        ]
        .concat();
        let server_hello = message(2, &body);
        let transcript = Sha256::new()
            .chain_update(hello)
            .chain_update(&server_hello);
        let nothing: [u8; 32] = Sha256::digest([]).into();
        let early = extract(&[0; 32], &[0; 32]);
        let derived: [u8; 32] = expand(&early, "derived", &nothing);
        let secret = extract(&derived, shared.raw_secret_bytes());
        let so_far: [u8; 32] = transcript.clone().finalize().into();
        let traffic: [u8; 32] = expand(&secret, "s hs traffic", &so_far);
        let master = extract(&expand::<32>(&secret, "derived", &nothing), &[0; 32]);
        Self {
            transcript,
            server_hello: record(HANDSHAKE, &server_hello),
            secret: traffic,
            master,
            keys: Keys::of(&traffic),
        }
    }

    /// The hash of all messages so far.
    pub fn transcript(&self) -> [u8; 32] {
        self.transcript.clone().finalize().into()
    }

    /// A message, counted to the transcript.
    pub fn say(&mut self, kind: u8, body: &[u8]) -> Vec<u8> {
        let message = message(kind, body);
        self.transcript.update(&message);
        message
    }

    /// The body of a Finished that is right here.
    pub fn finished(&self) -> Vec<u8> {
        let key: [u8; 32] = expand(&self.secret, "finished", &[]);
        hmac::sign(&hmac::Key::new(HMAC_SHA256, &key), &self.transcript())
            .as_ref()
            .to_vec()
    }

    /// A protected record of this inner type, with so many zeros behind it.
    pub fn protected(&mut self, kind: u8, content: &[u8], zeros: usize) -> Vec<u8> {
        let inner = [content, &[kind][..], &vec![0; zeros]].concat();
        self.keys.seal(inner)
    }

    /// From here on under the keys of the session: the host's Finished was said.
    pub fn open_session(&mut self) {
        let traffic: [u8; 32] = expand(&self.master, "s ap traffic", &self.transcript());
        self.keys = Keys::of(&traffic);
    }

    /// The flight of an honest host, from ServerHello to Finished, and the session behind it.
    pub fn honest_flight(&mut self) -> Vec<u8> {
        let mut flight = self.say(ENCRYPTED_EXTENSIONS, &[0, 0]);
        flight.extend(self.say(CERTIFICATE, &Who::Pinned.certificate_message()));
        let proof = Who::Pinned.proof(&self.transcript());
        flight.extend(self.say(CERTIFICATE_VERIFY, &proof));
        let finished = self.finished();
        flight.extend(self.say(FINISHED, &finished));
        let flight = self.protected(HANDSHAKE, &flight, 0);
        self.open_session();
        [&self.server_hello[..], &flight].concat()
    }
}

impl Keys {
    fn of(traffic: &[u8; 32]) -> Self {
        Self {
            key: expand(traffic, "key", &[]),
            iv: expand(traffic, "iv", &[]),
            sequence: 0,
        }
    }

    fn seal(&mut self, mut inner: Vec<u8>) -> Vec<u8> {
        let mut nonce = self.iv;
        for (byte, count) in nonce[4..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= count;
        }
        self.sequence += 1;
        let [.., high, low] = (inner.len() + 16).to_be_bytes();
        let header = [APPLICATION_DATA, 3, 3, high, low];
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &self.key).expect("16 bytes"));
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonce, Aad::from(header), &mut inner)
            .expect("a record");
        [&header[..], &inner].concat()
    }
}

fn extract(salt: &[u8], input: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(HMAC_SHA256, salt), input);
    tag.as_ref().try_into().expect("32 bytes")
}

/// HKDF-Expand-Label (RFC 8446 section 7.1), of at most 32 bytes.
fn expand<const N: usize>(secret: &[u8; 32], label: &str, context: &[u8]) -> [u8; N] {
    let label = format!("tls13 {label}");
    let byte = |length: usize| u8::try_from(length).expect("short");
    let info = [
        &[0, byte(N), byte(label.len())][..],
        label.as_bytes(),
        &[byte(context.len())],
        context,
        &[1],
    ]
    .concat();
    let block = hmac::sign(&hmac::Key::new(HMAC_SHA256, secret), &info);
    let mut out = [0; N];
    out.copy_from_slice(&block.as_ref()[..N]);
    out
}
