#![no_std]
//! Opens a TLS 1.3 session (RFC 8446) from a board to its bench, with the bench's P-256 key pinned.
//!
//! The same code runs on Linux boards and on bare metal, over anything that is
//! [`embedded_io::Read`] and [`embedded_io::Write`] and that blocks. The record layer and the key schedule
//! are `embedded-tls`; what this crate adds is the part `embedded-tls` leaves open: knowing who is at
//! the other end. It must not know what is said inside the session.
//!
//! ```no_run
//! # use nameplate_tls::{open, Buffers, Error, HostKey, Pins};
//! # fn board<S: embedded_io::Read + embedded_io::Write>(link: S, spki: &[u8], seed: [u8; 32]) -> Result<(), Error> {
//! let pins = Pins { current: HostKey::from_spki_der(spki)?, next: None };
//! let mut seed = seed; // 32 bytes of the board's health-tested randomness, used once
//! let mut buffers: Buffers = Buffers::new();
//! let mut session = open(link, &pins, None, &mut seed, &mut buffers)?;
//! embedded_io::Write::write_all(&mut session, b"hello")?;
//! session.close()?;
//! # Ok(()) }
//! ```
//!
//! # What is promised
//! - A [`Session`] exists only after the host has proved, in this very handshake, that it holds a
//!   pinned key: exactly one Certificate with that key, then exactly one CertificateVerify
//!   (`ecdsa_secp256r1_sha256`, RFC 8446 §4.4.3) over the transcript. No chain, no name, no clock.
//! - Until then the board sends its ClientHello and nothing else: no Finished, no client certificate, no
//!   data. A refusal is told to the host by one alert, which carries nothing of the board. Two places hold
//!   to this independently: the provider hands out no client certificate and no signature, and the gate
//!   between `embedded-tls` and the link lets no second record out.
//! - Records and the ServerHello are checked by this crate before `embedded-tls` sees them.
//! - After any error a session is dead. `embedded-tls` would encrypt the next record under the nonce of
//!   a record that failed to be sent.
//!
//! # What `embedded-tls` 0.19 does by itself, and what stands against it here
//! | found by reading its source | here |
//! |---|---|
//! | `open()` succeeds without Certificate, without CertificateVerify, or without both | the session is refused |
//! | any order and any number of Certificate and CertificateVerify | one each, in order |
//! | the signature scheme is not compared with what was offered | compared |
//! | a ServerHello with another cipher suite, version, group, or a PSK nobody offered is taken | refused, see `server_hello` |
//! | unencrypted handshake messages and alerts are taken after the keys are in use: anybody on the network can end the session as if the host had, or make the board panic (`unimplemented!`) | refused |
//! | a protected record with nothing in it panics (`unwrap` of the last byte) | refused |
//! | its own alerts go out as ChangeCipherSpec records | held back; a well-formed one is sent instead |
//! | a write buffer of 133 bytes or less underflows | sizes are checked when the program is compiled |
//!
//! # What is left
//! - A host whose key **is** pinned and whose signature **was** checked can still make the board panic,
//!   by an encrypted handshake message after the handshake that is neither NewSessionTicket nor
//!   KeyUpdate (`unimplemented!` in `embedded-tls`). Nobody else can: it needs the session's keys. A
//!   KeyUpdate ends the session with an error.
//! - Messages inside one encrypted record are seen by `embedded-tls` alone. The holder of the pinned key
//!   could put its Finished before its CertificateVerify in one record and be accepted; it is still the
//!   holder of the pinned key, and the signature still covers this session's keys.
//! - The length in the header of the host's Finished is not looked at. The host has proved its key by then, and what is
//!   covered by Finished is compared; the host, which sees another transcript, ends the session.
//! - A handshake message split over several records is refused by `embedded-tls`. The host's flight
//!   (EncryptedExtensions to Finished) must fit into one record, see [`READ_BUFFER`].
//! - `embedded-tls` does not wipe its traffic keys. [`Buffers`] wipes itself when dropped.

mod certificate;
mod error;
mod gate;
mod host_key;
mod provider;
mod server_hello;
mod session;
mod verdict;

pub use error::Error;
pub use host_key::{HostKey, Pins};
pub use provider::ClientIdentity;
pub use session::{Buffers, SEED_SIZE, Session, open, open_in};

/// A read buffer that does, in bytes: one whole record from the host must fit in (without its
/// 5-byte header, with 17 bytes of overhead).
///
/// The largest record of a handshake is the host's flight. With a self-signed P-256 certificate of 351
/// bytes it took 501 bytes, with a request for a client certificate 584 (rustls, see the tests), so 2 KB
/// leave room for a longer certificate and for data records.
pub const READ_BUFFER: usize = 2048;

/// A write buffer that does, in bytes: the ClientHello takes 160, a client certificate its own length and
/// up to 64 more, and data goes out in records of at most 128 bytes less than the buffer.
pub const WRITE_BUFFER: usize = 2048;

/// Greatest plaintext of one record, in bytes, that a host may send to a board with [`READ_BUFFER`].
///
/// A host's TLS library sends 16 KB records unless told otherwise (`max_fragment_size` in rustls).
pub const GREATEST_PLAINTEXT: usize = READ_BUFFER - gate::PROTECTION;
