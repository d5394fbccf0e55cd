//! A fixed key, a request that uses everything, and a writer with a large buffer.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test takes what it needs"
)]

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nameplate_csr::{
    AltName, Attribute, BasicConstraints, Error, Extensions, KeyUsage, Purpose, Request, write,
};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

/// A key for tests alone: its secret is the number 1, 2, 3, … 32, and so known to everybody.
pub fn key() -> SigningKey {
    let secret: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap() + 1);
    SigningKey::from_slice(&secret).unwrap()
}

pub fn public_key() -> [u8; 65] {
    let point = key().verifying_key().to_encoded_point(false);
    point.as_bytes().try_into().unwrap()
}

/// Signs deterministically (RFC 6979).
#[allow(clippy::unnecessary_wraps, reason = "the callback's type")]
pub fn sign(info: &[u8]) -> Result<[u8; 64], Infallible> {
    let signature: Signature = key().sign(info);
    Ok(signature.to_bytes().into())
}

pub fn try_write(request: &Request<'_>) -> Result<Vec<u8>, Error<Infallible>> {
    write(request, &mut [0; 16 * 1024], sign).map(<[u8]>::to_vec)
}

pub const SUBJECT: [Attribute<'_>; 9] = [
    Attribute::Country("DE"),
    Attribute::State("Baden-Württemberg"),
    Attribute::Locality("Tübingen"),
    Attribute::Organization("Example Geräte GmbH"),
    Attribute::OrganizationalUnit("Line 3"),
    Attribute::OrganizationalUnit("検査"),
    Attribute::OrganizationalUnit("Revision C"),
    Attribute::CommonName("board-17 🦀"),
    Attribute::SerialNumber("02:00:5E:10:00:11"),
];

pub const SAN: [AltName<'_>; 5] = [
    AltName::Dns("board-17.devices.example.com"),
    AltName::Uri("urn:dev:mac:02005efffe100011"),
    AltName::Ip(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 17))),
    AltName::Ip(IpAddr::V6(Ipv6Addr::new(
        0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x11,
    ))),
    AltName::HardwareModule {
        hw_type: "1.3.6.1.4.1.99999.7.1",
        serial: &[0x02, 0x00, 0x5E, 0x10, 0x00, 0x11],
    },
];

pub const EXTENSIONS: Extensions<'_> = Extensions {
    basic_constraints: Some(BasicConstraints::EndEntity),
    key_usage: Some(KeyUsage::DIGITAL_SIGNATURE),
    extended_key_usage: &[
        Purpose::ServerAuth,
        Purpose::ClientAuth,
        Purpose::CodeSigning,
        Purpose::EmailProtection,
        Purpose::TimeStamping,
        Purpose::Other("1.3.6.1.4.1.99999.8.1"),
    ],
};

/// Every supported attribute, name and extension.
pub fn full(public_key: &[u8; 65]) -> Request<'_> {
    Request {
        subject: &SUBJECT,
        san: &SAN,
        extensions: EXTENSIONS,
        public_key,
    }
}

/// One common name and nothing else.
pub fn small(public_key: &[u8; 65]) -> Request<'_> {
    Request {
        subject: &[Attribute::CommonName("board-17")],
        san: &[],
        extensions: Extensions::default(),
        public_key,
    }
}
