//! What a session takes in memory: buffers that suffice, that do not, and seeds.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use embedded_io::Read as _;
use nameplate_tls::{Buffers, ClientIdentity, Error, GREATEST_PLAINTEXT, READ_BUFFER, open};
use support::rustls_server::{InMemory, config, echo, spawn};
use support::{BoardBuffers, Identity, records, seed};

#[test]
fn a_record_larger_than_the_buffer_is_refused() {
    let host = Identity::self_signed("bench");
    let mut unbounded = (*config(&host, None)).clone();
    unbounded.max_fragment_size = None;
    let (link, server) = spawn(unbounded.into(), |stream| {
        std::io::Write::write_all(stream, &[7; 3000])?;
        std::io::Write::flush(stream)?;
        echo(stream)
    });
    let mut buffers = BoardBuffers::new();
    let mut session = open(link, &host.pins(), None, &mut seed(1), &mut buffers).unwrap();
    let mut answer = [0; 16];
    assert!(matches!(
        session.read(&mut answer),
        Err(Error::RecordTooLarge)
    ));
    drop(session);
    assert!(server.join().unwrap().is_err());
}

/// What the buffers have to hold, in figures. The bounds are what the crate's documentation says.
#[test]
fn two_kilobytes_are_enough() {
    let host = Identity::self_signed("bench");
    let device = Identity::signed_by("device-17", &host);
    let key = device.signing_key();
    let identity = ClientIdentity {
        certificate: device.certificate.der(),
        key: &key,
    };
    let certificate = host.certificate.der().len();
    println!("host certificate: {certificate} bytes");
    for (clients, greatest) in [(None, 640), (Some(&host), 760)] {
        let mut link = InMemory::new(config(&host, clients));
        let mut buffers = BoardBuffers::new();
        open(
            &mut link,
            &host.pins(),
            Some(&identity),
            &mut seed(1),
            &mut buffers,
        )
        .map(drop)
        .unwrap();
        let received = records(&link.from_server);
        let sent = records(&link.from_board);
        println!(
            "client certificate: {}; host: {received:?}; board: {sent:?}",
            clients.is_some()
        );
        println!(
            "bytes: {} in, {} out",
            link.from_server.len(),
            link.from_board.len()
        );
        let flight = received.iter().map(|(_, size)| *size).max().unwrap();
        assert!(flight <= greatest && flight < READ_BUFFER, "{flight}");
        assert!(sent.iter().all(|(_, size)| *size <= 640), "{sent:?}");
    }
}

/// A host's certificate may be much longer than the bench's own before 2 KB are too little.
#[test]
fn a_flight_that_fills_the_read_buffer() {
    let host = Identity::self_signed(&["n".repeat(60), "m".repeat(60), "o".repeat(60)].join("."));
    let mut link = InMemory::new(config(&host, None));
    let mut buffers = BoardBuffers::new();
    open(&mut link, &host.pins(), None, &mut seed(1), &mut buffers).unwrap();
    let flight = records(&link.from_server)
        .iter()
        .map(|(_, size)| *size)
        .max()
        .unwrap();

    let mut link = InMemory::new(config(&host, None));
    let mut small = Buffers::<640, 512>::new();
    let refused = open(&mut link, &host.pins(), None, &mut seed(1), &mut small).map(drop);
    assert!(flight > 640 && flight < GREATEST_PLAINTEXT);
    assert!(matches!(refused, Err(Error::RecordTooLarge)), "{refused:?}");
}

#[test]
fn a_certificate_that_does_not_fit_is_said_before_anything_is_sent() {
    let host = Identity::self_signed("bench");
    let key = host.signing_key();
    let identity = ClientIdentity {
        certificate: &[0; 500],
        key: &key,
    };
    let mut link = InMemory::new(config(&host, None));
    let mut buffers = Buffers::<2048, 512>::new();
    let refused = open(
        &mut link,
        &host.pins(),
        Some(&identity),
        &mut seed(1),
        &mut buffers,
    );
    assert!(matches!(refused, Err(Error::IdentityTooLarge)));
    drop(refused);
    assert!(link.from_board.is_empty());
}

/// A seed serves one session: it is wiped, and an all-zero one is refused before anything is sent.
#[test]
fn a_seed_serves_once() {
    let host = Identity::self_signed("bench");
    let mut seed = seed(1);
    let mut buffers = BoardBuffers::new();
    let mut link = InMemory::new(config(&host, None));
    open(&mut link, &host.pins(), None, &mut seed, &mut buffers).unwrap();
    assert_eq!(seed, [0; 32]);
    let mut link = InMemory::new(config(&host, None));
    let refused = open(&mut link, &host.pins(), None, &mut seed, &mut buffers).map(drop);
    assert!(matches!(refused, Err(Error::NoRandomness)));
    assert!(link.from_board.is_empty());
}

/// Buffers serve one session after another, and a refusal does not stay in them.
#[test]
fn buffers_are_used_again() {
    let (host, other) = (
        Identity::self_signed("bench"),
        Identity::self_signed("bench"),
    );
    let mut buffers = BoardBuffers::new();
    for (number, (at, taken)) in [(&host, true), (&other, false), (&host, true)]
        .iter()
        .enumerate()
    {
        let mut link = InMemory::new(config(at, None));
        let mut seed = seed(number as u64 + 1);
        let result = open(&mut link, &host.pins(), None, &mut seed, &mut buffers);
        assert_eq!(result.is_ok(), *taken);
    }
}
