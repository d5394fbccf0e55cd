//! A recorded handshake with one thing changed, and plain noise: no session, no panic, nothing said.
//!
//! The seed makes the board's ClientHello the same each time, so a recorded answer of a real host fits it.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::sync::OnceLock;

use nameplate_tls::{Error, HostKey, Pins, open};
use proptest::collection::vec;
use proptest::prelude::*;
use rcgen::PublicKeyData as _;
use support::rustls_server::{InMemory, config};
use support::{BoardBuffers, Identity, Tape, records, seed};

struct Recording {
    pins: Pins,
    /// ServerHello, ChangeCipherSpec and the flight up to the Finished.
    answer: Vec<u8>,
    certificate: Vec<u8>,
    spki: Vec<u8>,
}

fn recording() -> &'static Recording {
    static RECORDING: OnceLock<Recording> = OnceLock::new();
    RECORDING.get_or_init(|| {
        let host = Identity::self_signed("bench");
        let mut link = InMemory::new(config(&host, None));
        let mut buffers = BoardBuffers::new();
        open(&mut link, &host.pins(), None, &mut seed(1), &mut buffers).unwrap();
        let answer = link.from_server[..link.read].to_vec();
        assert!(matches!(records(&answer)[..], [(22, _), (20, 1), (23, _)]));
        Recording {
            pins: host.pins(),
            answer,
            certificate: host.certificate.der().to_vec(),
            spki: host.key.subject_public_key_info(),
        }
    })
}

/// What the board makes of these bytes; fails when it says more than its ClientHello and an alert
/// without having taken the host for the pinned one.
fn play(bytes: &[u8]) -> Result<(), Error> {
    let mut tape = Tape::new(bytes.to_vec());
    let mut buffers = BoardBuffers::new();
    let result = open(
        &mut tape,
        &recording().pins,
        None,
        &mut seed(1),
        &mut buffers,
    )
    .map(drop);
    let sent = records(&tape.output);
    if result.is_err() {
        assert!(
            matches!(sent[..], [(22, _)] | [(22, _), (21, 2)]),
            "{sent:?}"
        );
    }
    result
}

/// Without this the tests below could not fail.
#[test]
fn the_recording_itself_opens_a_session() {
    play(&recording().answer).unwrap();
}

#[test]
fn every_flipped_byte_is_refused() {
    let answer = &recording().answer;
    for at in 0..answer.len() {
        for mask in [0xFF, 1 << (at % 8)] {
            let mut changed = answer.clone();
            changed[at] ^= mask;
            assert!(play(&changed).is_err(), "byte {at}, mask {mask:#04x}");
        }
    }
}

#[test]
fn every_lost_byte_and_every_end_is_refused() {
    let answer = &recording().answer;
    for at in 0..answer.len() {
        assert!(
            matches!(play(&answer[..at]), Err(Error::Truncated)),
            "end at {at}"
        );
        let mut changed = answer.clone();
        let lost = changed.remove(at);
        // Where its neighbour is the same byte, either may be the lost one; the end is missing all the same.
        assert!(play(&changed).is_err(), "byte {at} ({lost:#04x}) lost");
    }
}

#[test]
fn every_repeated_or_lost_record_is_refused() {
    let answer = &recording().answer;
    let mut at = 0;
    for (kind, size) in records(answer) {
        let record = at..at + 5 + size;
        let mut repeated = answer[..record.end].to_vec();
        repeated.extend_from_slice(&answer[at..]);
        let mut lost = answer[..at].to_vec();
        lost.extend_from_slice(&answer[record.end..]);
        // The last record repeated is a record of the session that follows; reading it must fail.
        if kind != 23 {
            assert!(play(&repeated).is_err(), "type {kind} repeated");
        }
        // The ChangeCipherSpec may be left out (RFC 8446 appendix D.4).
        assert_eq!(play(&lost).is_ok(), kind == 20, "type {kind} lost");
        at = record.end;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise_is_refused(bytes in vec(any::<u8>(), 0..600)) {
        prop_assert!(play(&bytes).is_err());
    }

    /// Noise in the shape of records gets further than plain noise.
    #[test]
    fn noise_in_records_is_refused(
        bodies in vec((prop::sample::select(vec![20u8, 21, 22, 23]), vec(any::<u8>(), 0..200)), 0..5),
        after_server_hello in any::<bool>(),
    ) {
        let mut bytes = Vec::new();
        if after_server_hello {
            bytes.extend_from_slice(&recording().answer[..128]);
        }
        for (kind, body) in bodies {
            bytes.extend_from_slice(&[kind, 3, 3]);
            bytes.extend_from_slice(&u16::try_from(body.len()).unwrap().to_be_bytes());
            bytes.extend_from_slice(&body);
        }
        prop_assert!(play(&bytes).is_err());
    }

    #[test]
    fn several_changes_are_refused(
        changes in vec((any::<prop::sample::Index>(), 1u8..), 1..6),
    ) {
        let mut changed = recording().answer.clone();
        for (index, mask) in changes {
            let at = index.index(changed.len());
            changed[at] ^= mask;
        }
        prop_assume!(changed != recording().answer);
        prop_assert!(play(&changed).is_err());
    }

    /// A changed certificate gives the same key, another key or none; never a panic.
    #[test]
    fn changed_certificates_do_not_panic(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        end in any::<prop::sample::Index>(),
    ) {
        let mut changed = recording().certificate.clone();
        for (index, value) in changes {
            let at = index.index(changed.len());
            changed[at] = value;
        }
        let _ = HostKey::from_certificate_der(&changed);
        let cut = &recording().certificate[..end.index(recording().certificate.len())];
        prop_assert!(HostKey::from_certificate_der(cut).is_err());
    }

    #[test]
    fn noise_is_no_key(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(HostKey::from_certificate_der(&bytes).is_err());
        prop_assert!(HostKey::from_spki_der(&bytes).is_err());
    }
}

/// Every byte of the algorithm and of the structure counts; the point itself is checked to be on the curve.
#[test]
fn every_flipped_bit_of_a_public_key_is_noticed() {
    let recording = recording();
    for at in 0..recording.spki.len() {
        for bit in 0..8 {
            let mut changed = recording.spki.clone();
            changed[at] ^= 1 << bit;
            let read = HostKey::from_spki_der(&changed);
            assert!(
                read.is_err() || read.unwrap() != recording.pins.current,
                "byte {at} bit {bit}"
            );
        }
    }
}

/// The pinned key standing somewhere else in the certificate is not the certificate's key.
#[test]
fn the_pinned_key_elsewhere_in_a_certificate_is_not_its_key() {
    use rcgen::{CertificateParams, CustomExtension, KeyPair};
    let recording = recording();
    let mut params = CertificateParams::new(["bench".to_owned()]).unwrap();
    let smuggled =
        CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 1], recording.spki.clone());
    params.custom_extensions.push(smuggled);
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let der = certificate.der();
    assert!(
        der.windows(recording.spki.len())
            .any(|window| window == recording.spki)
    );
    let key = HostKey::from_certificate_der(der).unwrap();
    assert!(!recording.pins.contains(&key));
}

/// Other kinds of keys are no host keys.
#[test]
fn other_algorithms_are_malformed() {
    use rcgen::{CertificateParams, KeyPair};
    for algorithm in [&rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let params = CertificateParams::new(["bench".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let read = HostKey::from_certificate_der(certificate.der());
        assert!(matches!(read, Err(Error::MalformedKey)));
    }
}
