//! The buffer: what is needed is said before anything is signed, is always enough, and is not more than it must be.

mod common;

use std::collections::BTreeSet;
use std::convert::Infallible;

use common::{full, public_key, sign, small};
use nameplate_csr::{AFTER_INFO_MAX, AltName, Error, Request, write};
use x509_parser::asn1_rs::{Any, FromDer};

/// The longest signature: both numbers take their extra zero.
const LONGEST: [u8; 64] = [0xFF; 64];

/// The shortest one that DER can hold.
fn shortest() -> [u8; 64] {
    std::array::from_fn(|i| u8::from(i == 31 || i == 63))
}

fn with(
    request: &Request<'_>,
    buffer: &mut [u8],
    signature: [u8; 64],
) -> Result<Vec<u8>, Error<Infallible>> {
    write(request, buffer, |_| Ok(signature)).map(<[u8]>::to_vec)
}

#[test]
fn every_buffer_gives_all_or_says_what_is_needed() {
    let key = public_key();
    for request in [small(&key), full(&key)] {
        let whole = common::try_write(&request).unwrap();
        let needed = request.buffer_len().unwrap();
        assert!(whole.len() <= needed);
        for size in 0..needed + 3 {
            let mut buffer = vec![0xA5; size];
            let mut signed = 0;
            let result = write(&request, &mut buffer, |info| {
                signed += 1;
                sign(info)
            });
            if size < needed {
                assert_eq!(result, Err(Error::BufferTooSmall { needed }));
                assert_eq!(signed, 0, "nothing is signed that cannot be written");
                assert!(buffer.iter().all(|byte| *byte == 0xA5));
            } else {
                assert_eq!(result, Ok(&whole[..]));
                assert_eq!(signed, 1);
                let rest = &buffer[needed..];
                assert!(rest.iter().all(|byte| *byte == 0xA5));
            }
        }
    }
}

#[test]
fn the_longest_signature_needs_exactly_what_is_said() {
    let key = public_key();
    for request in [small(&key), full(&key)] {
        let needed = request.buffer_len().unwrap();
        let mut buffer = vec![0; needed];
        let longest = with(&request, &mut buffer, LONGEST).unwrap();
        assert_eq!(longest.len(), needed);
        let mut info = 0;
        let shorter = write(&request, &mut buffer, |bytes| {
            info = bytes.len();
            Ok::<_, Infallible>(shortest())
        });
        let header = needed - info - AFTER_INFO_MAX;
        assert!((3..=4).contains(&header));
        let shorter = shorter.unwrap().len();
        assert!((64..=65).contains(&(needed - shorter)));
    }
}

/// Around 256 bytes and 64 KiB the signature decides how long the outer header is, and so where the signed part stands.
#[test]
fn the_outer_header_follows_the_signature() {
    let key = public_key();
    let mut moves = BTreeSet::new();
    for length in (1..180).chain(65_100..65_400) {
        let uri = format!("a:{}", "b".repeat(length));
        let request = Request {
            subject: &[],
            san: &[AltName::Uri(&uri)],
            ..small(&key)
        };
        let mut buffer = vec![0; request.buffer_len().unwrap()];
        let longest = with(&request, &mut buffer, LONGEST).unwrap();
        let shorter = with(&request, &mut buffer, shortest()).unwrap();
        assert_eq!(info_of(&longest), info_of(&shorter));
        moves.insert((shorter[1], longest[1]));
    }
    let expected = [
        (0x81, 0x81),
        (0x81, 0x82),
        (0x82, 0x82),
        (0x82, 0x83),
        (0x83, 0x83),
    ];
    assert_eq!(moves, BTreeSet::from(expected));
}

/// The first element of a request, whose outer header must end where the bytes end.
#[allow(clippy::unwrap_used, reason = "a test's helper")]
fn info_of(request: &[u8]) -> &[u8] {
    let (rest, outer) = Any::from_der(request).unwrap();
    assert!(rest.is_empty());
    let (rest, _) = Any::from_der(outer.data).unwrap();
    &outer.data[..outer.data.len() - rest.len()]
}

#[test]
fn the_signers_error_comes_back_and_zero_is_no_signature() {
    let key = public_key();
    let request = small(&key);
    let mut buffer = [0; 512];
    let refused = write(&request, &mut buffer, |_| Err("no key"));
    assert_eq!(refused, Err(Error::Sign("no key")));
    for zero in [0..32, 32..64] {
        let mut signature = LONGEST;
        signature[zero].fill(0);
        assert_eq!(
            with(&request, &mut buffer, signature),
            Err(Error::ZeroSignature)
        );
    }
}

#[test]
fn only_uncompressed_keys_are_taken() {
    for first in [0, 2, 3, 5, 6, 7, 0xFF] {
        let mut key = public_key();
        key[0] = first;
        let result = common::try_write(&small(&key));
        assert_eq!(
            result,
            Err(Error::Invalid(nameplate_csr::Invalid::PublicKey))
        );
    }
}
