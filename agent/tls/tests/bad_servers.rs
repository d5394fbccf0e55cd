//! Servers that break TLS: the board refuses each, says nothing of itself before, and does not panic.
//!
//! The other side is `bad_server.py`; it tells which records it got from the board. Before a board knows
//! its host these may be its ClientHello and one unencrypted alert, nothing else.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use embedded_io::{Read as _, Write as _};
use nameplate_tls::{ClientIdentity, Error, open};
use support::bad_server::{BadServer, Role, Seen};
use support::{BoardBuffers, Identity, seed};

/// The board's side of one connection: the error it ended with, or the session's.
fn board(server: &mut BadServer, host: &Identity, number: u64) -> (Result<(), Error>, Seen) {
    let device = Identity::self_signed("device-17");
    let key = device.signing_key();
    let identity = ClientIdentity {
        certificate: device.certificate.der(),
        key: &key,
    };
    let mut buffers = BoardBuffers::new();
    let result = open(
        server.connect(),
        &host.pins(),
        Some(&identity),
        &mut seed(number),
        &mut buffers,
    )
    .and_then(|mut session| {
        session.write_all(b"hello")?;
        session.flush()?;
        let mut answer = [0; 5];
        match session.read(&mut answer)? {
            5 => assert_eq!(&answer, b"hello"),
            0 => {}
            count => panic!("{count} bytes came back"),
        }
        session.close().map(drop)
    });
    (result, server.seen())
}

fn run(mode: &str, role: &Role<'_>, host: &Identity) -> (Result<(), Error>, Seen) {
    let mut server = BadServer::start(mode, role, 1);
    let outcome = board(&mut server, host, 1);
    server.finish();
    outcome
}

/// Runs a mode with the pinned host's own key, both with and without a request for a client certificate.
fn with_pinned_key(mode: &str) -> Vec<(Result<(), Error>, Seen)> {
    let host = Identity::self_signed("bench");
    let other = Identity::self_signed("bench");
    [false, true]
        .map(|ask_for_certificate| {
            let role = Role {
                chain: &[&host],
                key: &host,
                other_key: &other,
                ask_for_certificate,
            };
            run(mode, &role, &host)
        })
        .into()
}

fn assert_said_nothing(mode: &str, seen: &Seen) {
    let alerts_at_most = matches!(seen.records[..], [] | [(21, 2)]);
    assert!(alerts_at_most, "{mode}: {seen:?}");
}

macro_rules! refused {
    ($($mode:ident => $error:pat),+ $(,)?) => { $(
        #[test]
        fn $mode() {
            for (result, seen) in with_pinned_key(stringify!($mode)) {
                assert!(matches!(result, Err($error)), "{result:?} {seen:?}");
                assert_said_nothing(stringify!($mode), &seen);
            }
        }
    )+ };
}

refused! {
    no_certificate => Error::HostNotAuthenticated,
    no_verify => Error::HostNotAuthenticated,
    no_certificate_no_verify => Error::HostNotAuthenticated,
    finished_only => Error::HostNotAuthenticated,
    empty_certificate => Error::HostNotAuthenticated,
    certificate_twice => Error::HostNotAuthenticated,
    verify_twice => Error::HostNotAuthenticated,
    verify_before_certificate => Error::HostNotAuthenticated,
    verify_after_finished => Error::HostNotAuthenticated,
    certificate_after_verify => Error::HostNotAuthenticated,
    flipped_signature => Error::BadSignature,
    signature_by_other_key => Error::BadSignature,
    signature_over_other_transcript => Error::BadSignature,
    signature_as_client => Error::BadSignature,
    signature_without_context => Error::BadSignature,
    scheme_p384 => Error::BadSignature,
    scheme_rsa_pss => Error::BadSignature,
    scheme_unknown => Error::Tls(_),
    empty_signature => Error::BadSignature,
    long_signature => Error::BadSignature,
    raw_signature => Error::BadSignature,
    wrong_finished => Error::Tls(_),
    hello_suite => Error::ServerHelloRefused,
    hello_version => Error::ServerHelloRefused,
    hello_psk => Error::ServerHelloRefused,
    hello_session_id => Error::ServerHelloRefused,
    hello_group => Error::ServerHelloRefused,
    hello_retry => Error::ServerHelloRefused,
    hello_compression => Error::ServerHelloRefused,
    hello_point_off_curve => Error::ServerHelloRefused,
    tls12 => Error::HostAlert(Some(_)),
    plain_flight => Error::UnexpectedRecord,
    plain_alert_after_hello => Error::UnexpectedRecord,
    empty_record => Error::UnexpectedRecord,
    zero_record => Error::Tls(_),
    split_flight => Error::Tls(_),
    no_finished => Error::Truncated,
}

/// The control: the same server with nothing broken is taken, and is shown the client certificate.
#[test]
fn honest_server_is_taken() {
    for (result, seen) in with_pinned_key("honest") {
        result.unwrap();
        assert_eq!(seen.outcome, "handshake done");
        assert!(seen.records.iter().all(|(kind, _)| *kind == 23), "{seen:?}");
    }
}

#[test]
fn another_key_is_refused() {
    let host = Identity::self_signed("bench");
    let other = Identity::self_signed("bench");
    let role = Role {
        chain: &[&other],
        key: &other,
        other_key: &other,
        ask_for_certificate: true,
    };
    let (result, seen) = run("other_key", &role, &host);
    assert!(matches!(result, Err(Error::HostKeyNotPinned)), "{result:?}");
    assert_said_nothing("other_key", &seen);
}

/// A board enrolled by this bench plays the host, with a certificate it signed; behind that it shows its
/// own, and the bench's.
#[test]
fn certificate_signed_by_a_board_is_refused() {
    let host = Identity::self_signed("bench");
    let device = Identity::signed_by("device-1", &host);
    let fake = Identity::signed_by("bench", &device);
    let chain = [&fake, &device, &host];
    for length in 1..=chain.len() {
        let role = Role {
            chain: &chain[..length],
            key: &fake,
            other_key: &fake,
            ask_for_certificate: true,
        };
        let (result, seen) = run("chain", &role, &host);
        assert!(matches!(result, Err(Error::HostKeyNotPinned)), "{result:?}");
        assert_said_nothing("chain", &seen);
    }
}

/// It shows the bench's certificate in front of its own, but can sign with its own key only.
#[test]
fn the_hosts_certificate_without_its_key_is_refused() {
    let host = Identity::self_signed("bench");
    let device = Identity::signed_by("device-1", &host);
    let role = Role {
        chain: &[&host, &device],
        key: &host, // not used: the mode replaces the signature
        other_key: &device,
        ask_for_certificate: true,
    };
    let (result, seen) = run("signature_by_other_key", &role, &host);
    assert!(matches!(result, Err(Error::BadSignature)), "{result:?}");
    assert_said_nothing("signature_by_other_key", &seen);
}

/// What comes after a good handshake can end the session, but not pass for the host's goodbye.
#[test]
fn a_session_is_not_ended_or_moved_by_others() {
    type Expected = fn(&Error) -> bool;
    let cases: [(&str, Expected); 5] = [
        ("plain_goodbye", |error| {
            matches!(error, Error::UnexpectedRecord)
        }),
        ("plain_handshake_after_handshake", |error| {
            matches!(error, Error::UnexpectedRecord)
        }),
        ("cut", |error| matches!(error, Error::Truncated)),
        ("alert_after_handshake", |error| {
            matches!(error, Error::HostAlert(None))
        }),
        ("key_update", |error| matches!(error, Error::Tls(_))),
    ];
    for (mode, expected) in cases {
        for (result, seen) in with_pinned_key(mode) {
            assert!(
                result.as_ref().is_err_and(expected),
                "{mode}: {result:?} {seen:?}"
            );
        }
    }
}

/// Broken messages under good encryption, which only a server's own keys can make.
#[test]
fn mutated_and_meaningless_flights_are_refused() {
    let host = Identity::self_signed("bench");
    let role = Role {
        chain: &[&host],
        key: &host,
        other_key: &host,
        ask_for_certificate: true,
    };
    for mode in ["mutated", "garbage"] {
        let count = 150;
        let mut server = BadServer::start(mode, &role, count);
        for number in 0..count {
            let (result, seen) = board(&mut server, &host, number as u64 + 1);
            assert!(result.is_err(), "{mode} {number}");
            // A changed length of Finished is not seen by `embedded-tls` (see the crate's documentation): the host has proved
            // its key by then, and it is the host that finds the other transcript.
            let found_by_host = seen.outcome.starts_with("TLSLocalAlert: decrypt_error");
            if mode == "garbage" || !found_by_host {
                assert_said_nothing(mode, &seen);
            }
        }
        server.finish();
    }
}

/// A limit of `embedded-tls` that the crate's documentation names; when this test fails, it is gone.
#[test]
#[should_panic(expected = "not implemented")]
fn known_limit_the_pinned_host_can_make_the_board_panic() {
    let _ = with_pinned_key("finished_after_handshake");
}

/// The other one: inside one record the holder of the pinned key may put its messages in disorder.
#[test]
fn known_limit_the_pinned_host_may_finish_before_it_signs() {
    for (result, _) in with_pinned_key("verify_after_finished_one_record") {
        // The handshake is taken; the two sides then disagree about the keys, and nothing can be said.
        assert!(
            !matches!(result, Ok(()) | Err(Error::HostNotAuthenticated)),
            "{result:?}"
        );
    }
}
