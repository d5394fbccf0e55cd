#![no_std]
//! PKCS#10 certificate requests (RFC 2986) for P-256 keys, without a heap.
//!
//! [`write()`] puts a [`Request`] into the caller's buffer as DER and asks a callback for the signature. The private key
//! never comes here: this crate knows no curve arithmetic, no hash, no storage and no I/O, only what a request looks like.
//!
//! ```text
//! CertificationRequest ::= SEQUENCE {
//!     certificationRequestInfo  SEQUENCE {
//!         version        INTEGER { v1(0) },
//!         subject        Name,                  -- one RDN per attribute, in the order given
//!         subjectPKInfo  SubjectPublicKeyInfo,  -- id-ecPublicKey, prime256v1
//!         attributes     [0] SET OF Attribute   -- extensionRequest, or empty
//!     },
//!     signatureAlgorithm        AlgorithmIdentifier,  -- ecdsa-with-SHA256
//!     signature                 BIT STRING
//! }
//! ```
//!
//! What a name may hold is checked before anything is written ([`Request::check`]), so a request that an issuer would
//! refuse for its form is refused on the board, with the place of the mistake.
//!
//! ```
//! use nameplate_csr::{AltName, Attribute, Extensions, Request, write};
//!
//! # let public_key = { let mut key = [1; 65]; key[0] = 4; key };
//! # let sign = |_info: &[u8]| Ok::<_, core::convert::Infallible>([1; 64]);
//! let request = Request {
//!     subject: &[Attribute::Organization("Example"), Attribute::CommonName("board-17")],
//!     san: &[AltName::Dns("board-17.devices.example.com")],
//!     extensions: Extensions::default(),
//!     public_key: &public_key,
//! };
//! let mut buffer = [0; 512];
//! let der = write(&request, &mut buffer, sign)?;
//! assert_eq!(der[0], 0x30);
//! # Ok::<_, nameplate_csr::Error<core::convert::Infallible>>(())
//! ```

mod alphabet;
mod error;
mod extensions;
mod oids;
mod request;
mod san;
mod subject;
mod tlv;
mod write;

#[cfg(test)]
extern crate std;

pub use error::{Error, Invalid, Reason};
pub use extensions::{BasicConstraints, Extensions, KeyUsage, Purpose};
pub use request::Request;
pub use san::AltName;
pub use subject::Attribute;
pub use write::{AFTER_INFO_MAX, write};
