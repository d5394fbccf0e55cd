//! The checks against real certificates, and against the same ones changed.

#[path = "../../tests/common/ca.rs"]
mod ca;

use std::vec::Vec;

use ca::Ca;
use proptest::prelude::*;
use rcgen::{KeyPair, PublicKeyData as _, date_time_ymd};

use super::*;
use crate::der::tests::Staged;

/// A CA, a board's request, the board's public point.
struct Bench {
    ca: Ca,
    csr: Vec<u8>,
    public: [u8; 65],
}

impl Bench {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let csr = rcgen::CertificateParams::default().serialize_request(&key);
        Self {
            ca: Ca::new(),
            csr: csr.unwrap().der().to_vec(),
            public: key.der_bytes().try_into().unwrap(),
        }
    }

    fn chain(&self) -> Vec<u8> {
        self.ca.chain(&self.csr)
    }

    fn check(&self, chain: &[u8]) -> Result<(), ErrorNumber> {
        let length = chain.len().try_into().unwrap();
        check(&mut Staged(chain), length, &self.public)
    }

    /// What is said of a chain whose first certificate was made otherwise.
    fn check_with(
        &self,
        change: impl FnOnce(&mut rcgen::CertificateParams),
    ) -> Result<(), ErrorNumber> {
        self.check(&self.ca.leaf_with(&self.csr, change))
    }
}

#[test]
fn chains_of_one_to_three_are_taken() {
    let bench = Bench::new();
    let leaf = bench.ca.leaf(&bench.csr);
    assert_eq!(bench.check(&leaf), Ok(()));
    assert_eq!(bench.check(&[&leaf, bench.ca.issuing()].concat()), Ok(()));
    assert_eq!(bench.check(&bench.chain()), Ok(()));
    let longest = bench.ca.chain_of(&bench.csr, 4096);
    assert_eq!(bench.check(&longest), Ok(()));
}

#[test]
fn a_certificate_of_version_1_has_no_version() {
    // Written by hand: no CA issues them any more, but old roots are.
    let element = |tag: u8, content: &[u8]| {
        let mut bytes = std::vec![tag, 0x81, u8::try_from(content.len()).unwrap()];
        if content.len() < 0x80 {
            bytes.remove(1);
        }
        bytes.extend_from_slice(content);
        bytes
    };
    let bench = Bench::new();
    let key_info = [&P256[..], &bench.public].concat();
    let times = [&b"\x17\x0d260101000000Z"[..], b"\x17\x0d270101000000Z"].concat();
    let empty = element(SEQUENCE, &[]);
    let tbs = [
        element(INTEGER, &[1]),
        empty.clone(),
        empty.clone(),
        element(SEQUENCE, &times),
        empty.clone(),
        element(SEQUENCE, &key_info),
    ]
    .concat();
    let certificate = [element(SEQUENCE, &tbs), empty, element(BIT_STRING, &[0])].concat();
    assert_eq!(bench.check(&element(SEQUENCE, &certificate)), Ok(()));
}

#[test]
fn every_chain_cut_short_or_added_to_is_refused() {
    let bench = Bench::new();
    let chain = bench.chain();
    let leaf = bench.ca.leaf(&bench.csr).len();
    let whole = |length: usize| {
        let mut rest = &chain[..length];
        while let Ok((behind, _)) = x509_parser::parse_x509_certificate(rest) {
            rest = behind;
        }
        rest.is_empty()
    };
    let mut taken = 0;
    for length in 0..chain.len() {
        let verdict = bench.check(&chain[..length]);
        let expected = if length > 0 && whole(length) {
            taken += 1;
            Ok(())
        } else {
            Err(ErrorNumber::ChainUnreadable)
        };
        assert_eq!(verdict, expected, "{length}");
    }
    assert_eq!(
        taken, 2,
        "the ends of two certificates; the first is about {leaf}"
    );
    for more in [&b"\0"[..], b"\x30", b"\x30\x00", b"0000000000"] {
        let longer = bench.check(&[&chain, more].concat());
        assert_eq!(longer, Err(ErrorNumber::ChainUnreadable), "{more:?}");
    }
}

#[test]
fn no_changed_byte_is_a_panic_and_none_of_what_is_checked_is_taken() {
    let bench = Bench::new();
    let chain = bench.chain();
    let point = chain.windows(65).position(|part| part == bench.public);
    let point = point.unwrap();
    for place in 0..chain.len() {
        for flip in [1, 0x80, 0xFF] {
            let mut changed = chain.clone();
            changed[place] ^= flip;
            let verdict = bench.check(&changed);
            if (point..point + 65).contains(&place) {
                assert_eq!(verdict, Err(ErrorNumber::OtherKey), "{place}");
            }
        }
    }
}

#[test]
fn another_key_is_another_key() {
    let (bench, other) = (Bench::new(), Bench::new());
    let chain = bench.ca.chain(&other.csr);
    assert_eq!(bench.check(&chain), Err(ErrorNumber::OtherKey));
    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let csr = rcgen::CertificateParams::default().serialize_request(&p384);
    let chain = bench.ca.chain(csr.unwrap().der());
    assert_eq!(bench.check(&chain), Err(ErrorNumber::OtherKey));
}

#[test]
fn each_certificate_is_followed_by_its_issuer_s() {
    let bench = Bench::new();
    let leaf = bench.ca.leaf(&bench.csr);
    let (issuing, root) = (bench.ca.issuing(), bench.ca.root());
    for wrong in [
        [&leaf[..], root, issuing],
        [&leaf, root, root],
        [&leaf, &leaf, issuing],
        [&leaf, issuing, issuing],
    ] {
        assert_eq!(bench.check(&wrong.concat()), Err(ErrorNumber::ChainOrder));
    }
    let from_the_top = [root, issuing, &leaf].concat();
    assert_eq!(bench.check(&from_the_top), Err(ErrorNumber::OtherKey));
}

#[test]
fn a_validity_that_ends_before_it_begins_is_refused() {
    let bench = Bench::new();
    for (from, to, verdict) in [
        ((2026, 1, 1), (2026, 1, 1), Ok(())),
        ((2026, 1, 1), (9999, 12, 31), Ok(())),
        ((1999, 12, 31), (2000, 1, 1), Ok(())),
        ((2049, 12, 31), (2050, 1, 1), Ok(())),
        ((2026, 1, 2), (2026, 1, 1), Err(ErrorNumber::BadValidity)),
        ((2050, 1, 1), (2049, 12, 31), Err(ErrorNumber::BadValidity)),
        ((2000, 1, 1), (1999, 12, 31), Err(ErrorNumber::BadValidity)),
    ] {
        let date = |(year, month, day)| date_time_ymd(year, month, day);
        let found = bench.check_with(|params| {
            (params.not_before, params.not_after) = (date(from), date(to));
        });
        assert_eq!(found, verdict, "{from:?} {to:?}");
    }
}

#[test]
fn times_are_held_to_their_form() {
    let read = |tag: u8, text: &[u8]| {
        let bytes = [&[tag, u8::try_from(text.len()).unwrap()], text].concat();
        let mut rest = Span::first(bytes.len().try_into().unwrap());
        time(&mut Der(&mut Staged(&bytes)), &mut rest)
    };
    for (tag, text, meant) in [
        (UTC_TIME, &b"260228235959Z"[..], b"20260228235959Z"),
        (UTC_TIME, b"491231000000Z", b"20491231000000Z"),
        (UTC_TIME, b"500101000000Z", b"19500101000000Z"),
        (UTC_TIME, b"990101000000Z", b"19990101000000Z"),
        (GENERALIZED_TIME, b"99991231235959Z", b"99991231235959Z"),
    ] {
        assert_eq!(read(tag, text).as_ref(), Ok(meant));
    }
    for (tag, text) in [
        (UTC_TIME, &b""[..]),
        (UTC_TIME, b"260228235959"),
        (UTC_TIME, b"2602282359Z"),
        (UTC_TIME, b"20260228235959Z"),
        (UTC_TIME, b"260028235959Z"),
        (UTC_TIME, b"261328235959Z"),
        (UTC_TIME, b"260200235959Z"),
        (UTC_TIME, b"260232235959Z"),
        (UTC_TIME, b"260228240000Z"),
        (UTC_TIME, b"260228236000Z"),
        (UTC_TIME, b"260228235960Z"),
        (UTC_TIME, b"26022823595 Z"),
        (UTC_TIME, b"2602282359:0Z"),
        (UTC_TIME, b"260228235959z"),
        (UTC_TIME, b"260228235959+"),
        (GENERALIZED_TIME, b"260228235959Z"),
        (GENERALIZED_TIME, b"20260228235959.5Z"),
        (GENERALIZED_TIME, b"2026022823595:Z"),
        (INTEGER, b"260228235959Z"),
    ] {
        assert_eq!(read(tag, text), Err(ErrorNumber::BadValidity), "{text:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_borne(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let length = bytes.len().try_into().unwrap();
        prop_assert!(check(&mut Staged(&bytes), length, &[4; 65]).is_err());
    }
}
