//! Sessions with the host as it really is (rustls), and what they take in buffers and bytes.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use embedded_io::{Read as _, Write as _};
use nameplate_tls::{ClientIdentity, Error, Pins, open};
use rcgen::PublicKeyData as _;
use support::rustls_server::{InMemory, config, echo, spawn};
use support::{BoardBuffers, Identity, Tcp, records, seed};

/// Sends all of it and reads it back, in pieces of sizes that fit no record.
fn exchange<S: embedded_io::Read + embedded_io::Write>(
    session: &mut nameplate_tls::Session<'_, S>,
    data: &[u8],
) -> Result<(), Error> {
    for piece in data.chunks(1777) {
        session.write_all(piece)?;
        session.flush()?;
        let mut answer = vec![0; piece.len()];
        session.read_exact(&mut answer).unwrap();
        assert_eq!(answer, piece);
    }
    Ok(())
}

fn test_data() -> Vec<u8> {
    (0..20_000_u32)
        .map(|number| (number * number).to_be_bytes()[2])
        .collect()
}

#[test]
fn echo_both_ways_and_close() {
    let host = Identity::self_signed("bench");
    let (link, server) = spawn(config(&host, None), echo);
    let mut buffers = BoardBuffers::new();
    let mut session = open(link, &host.pins(), None, &mut seed(1), &mut buffers).unwrap();
    exchange(&mut session, &test_data()).unwrap();
    let _: Tcp = session.close().unwrap();
    assert_eq!(server.join().unwrap().unwrap(), test_data().len());
}

/// One write of several buffers' size goes out as several records.
#[test]
fn large_writes() {
    let host = Identity::self_signed("bench");
    let (link, server) = spawn(config(&host, None), |stream| {
        let mut all = Vec::new();
        std::io::Read::read_to_end(stream, &mut all).map(|_| all)
    });
    let mut buffers = BoardBuffers::new();
    let mut session = open(link, &host.pins(), None, &mut seed(1), &mut buffers).unwrap();
    session.write_all(&test_data()).unwrap();
    session.close().unwrap();
    assert_eq!(server.join().unwrap().unwrap(), test_data());
}

#[test]
fn the_next_key_is_taken_as_well() {
    let (old, new) = (
        Identity::self_signed("bench"),
        Identity::self_signed("bench"),
    );
    let pins = Pins {
        current: old.host_key(),
        next: Some(new.host_key()),
    };
    for host in [&old, &new] {
        let (link, server) = spawn(config(host, None), echo);
        let mut buffers = BoardBuffers::new();
        let mut session = open(link, &pins, None, &mut seed(1), &mut buffers).unwrap();
        exchange(&mut session, b"hello").unwrap();
        session.close().unwrap();
        server.join().unwrap().unwrap();
    }
}

/// The host learns why: its operator reads this alert.
#[test]
fn another_host_is_refused_and_told_so() {
    let (host, other) = (
        Identity::self_signed("bench"),
        Identity::self_signed("bench"),
    );
    let mut link = InMemory::new(config(&other, None));
    let mut buffers = BoardBuffers::new();
    let refused = open(&mut link, &host.pins(), None, &mut seed(1), &mut buffers);
    assert!(matches!(refused, Err(Error::HostKeyNotPinned)));
    let sent = records(&link.from_board);
    assert!(matches!(sent[..], [(22, _), (21, 2)]), "{sent:?}");
    let told = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateUnknown);
    assert_eq!(link.failure, Some(told));
}

#[test]
fn client_certificate_where_the_host_demands_one() {
    let (host, factory) = (
        Identity::self_signed("bench"),
        Identity::self_signed("factory"),
    );
    let device = Identity::signed_by("device-17", &factory);
    let key = device.signing_key();
    let identity = ClientIdentity {
        certificate: device.certificate.der(),
        key: &key,
    };
    let (link, server) = spawn(config(&host, Some(&factory)), |stream| {
        let total = echo(stream);
        (total, stream.conn.peer_certificates().map(<[_]>::to_vec))
    });
    let mut buffers = BoardBuffers::new();
    let mut session = open(
        link,
        &host.pins(),
        Some(&identity),
        &mut seed(1),
        &mut buffers,
    )
    .unwrap();
    exchange(&mut session, &test_data()).unwrap();
    session.close().unwrap();
    let (total, shown) = server.join().unwrap();
    assert_eq!(total.unwrap(), test_data().len());
    assert_eq!(shown.unwrap()[..], [device.certificate.der().clone()]);
}

/// The handshake ends before the host can say that it misses a certificate.
#[test]
fn without_the_demanded_certificate_the_first_read_fails() {
    let (host, factory) = (
        Identity::self_signed("bench"),
        Identity::self_signed("factory"),
    );
    let mut link = InMemory::new(config(&host, Some(&factory)));
    let mut buffers = BoardBuffers::new();
    let mut session = open(&mut link, &host.pins(), None, &mut seed(1), &mut buffers).unwrap();
    let mut answer = [0; 5];
    assert!(matches!(
        session.read(&mut answer),
        Err(Error::HostAlert(None))
    ));
    assert!(matches!(session.read(&mut answer), Err(Error::Closed)));
    assert!(matches!(session.write(b"x"), Err(Error::Closed)));
    assert!(matches!(session.close(), Err(Error::Closed)));
}

#[test]
fn the_hosts_goodbye_is_the_end_of_the_data() {
    let host = Identity::self_signed("bench");
    let (link, server) = spawn(config(&host, None), |stream| {
        std::io::Write::write_all(stream, b"last words")?;
        stream.conn.send_close_notify();
        std::io::Write::flush(stream)?;
        std::io::Read::read_to_end(stream, &mut Vec::new())
    });
    let mut buffers = BoardBuffers::new();
    let mut session = open(link, &host.pins(), None, &mut seed(1), &mut buffers).unwrap();
    session.write_all(b"not flushed in time").unwrap();
    let mut answer = [0; 10];
    session.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"last words");
    assert_eq!(session.read(&mut answer).unwrap(), 0);
    assert_eq!(session.read(&mut answer).unwrap(), 0);
    assert!(matches!(session.write(b"x"), Err(Error::Closed)));
    drop(session.close().unwrap());
    let end = server.join().unwrap();
    assert!(end.is_err() || end.unwrap() == 0);
}

#[test]
fn host_keys_are_read_from_every_form() {
    let host = Identity::self_signed("bench");
    let key = host.host_key();
    let spki = host.key.subject_public_key_info();
    assert_eq!(nameplate_tls::HostKey::from_spki_der(&spki).unwrap(), key);
    assert_eq!(
        nameplate_tls::HostKey::from_sec1(&key.to_sec1()).unwrap(),
        key
    );
    let compressed = p256::PublicKey::from_sec1_bytes(&key.to_sec1()).unwrap();
    let compressed: Box<[u8]> = {
        use p256::elliptic_curve::sec1::ToEncodedPoint as _;
        compressed.to_encoded_point(true).as_bytes().into()
    };
    assert_eq!(nameplate_tls::HostKey::from_sec1(&compressed).unwrap(), key);
}
