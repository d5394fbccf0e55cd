//! Certificates as they are looked at before they are submitted.

use std::time::{Duration, SystemTime};

use nameplate::sealed::{EncryptionKey, EncryptionKeyError, Mismatch, matches};

use super::workshop::Workshop;

fn check(text: &[u8], when: SystemTime) -> Result<(), EncryptionKeyError> {
    EncryptionKey::read(text)?.check(when)
}

#[test]
fn its_usage_size_and_time_are_held() {
    let workshop = Workshop::with_identities();
    let now = SystemTime::now();
    let day = Duration::from_hours(24);
    for name in ["rsa", "P-256", "P-384", "P-521"] {
        let text = workshop.bytes(&format!("{name}.pem"));
        check(&text, now).unwrap();
        check(&text, now + 29 * day).unwrap();
        let error = check(&text, now + 31 * day).unwrap_err();
        assert!(
            matches!(error, EncryptionKeyError::Expired { .. }),
            "{error}"
        );
        let error = check(&text, now - 2 * day).unwrap_err();
        assert!(
            matches!(error, EncryptionKeyError::NotYetValid { .. }),
            "{error}"
        );
    }
    let made = |key: &[&str], usage: &str| {
        let usage = format!("keyUsage=critical,{usage}");
        let begin = [
            "req", "-x509", "-nodes", "-keyout", "made.key", "-subj", "/CN=x", "-out", "made.pem",
        ];
        workshop.openssl(&[&begin, key, &["-addext", &usage]].concat());
        check(&workshop.bytes("made.pem"), SystemTime::now())
    };
    let (rsa, ec) = (
        &["-newkey", "rsa:2048"][..],
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"][..],
    );
    made(rsa, "keyEncipherment").unwrap();
    made(rsa, "digitalSignature,keyEncipherment,dataEncipherment").unwrap();
    made(ec, "keyAgreement").unwrap();
    for (key, usage, needed) in [
        (rsa, "digitalSignature", "keyEncipherment"),
        (rsa, "keyAgreement,keyCertSign", "keyEncipherment"),
        (ec, "digitalSignature", "keyAgreement"),
        (ec, "keyEncipherment", "keyAgreement"),
    ] {
        assert_eq!(
            made(key, usage),
            Err(EncryptionKeyError::KeyUsage { usage: needed })
        );
    }
    let small = made(&["-newkey", "rsa:1024"], "keyEncipherment");
    assert_eq!(small, Err(EncryptionKeyError::KeySize { bits: 1024 }));
    let curve = made(
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
        "keyAgreement",
    );
    assert!(
        matches!(curve, Err(EncryptionKeyError::KeyKind { .. })),
        "{curve:?}"
    );
    let other = made(&["-newkey", "ed25519"], "keyAgreement");
    assert!(
        matches!(other, Err(EncryptionKeyError::KeyKind { .. })),
        "{other:?}"
    );
}

#[test]
fn exactly_one_certificate_and_nothing_secret() {
    let workshop = Workshop::with_identities();
    let text = workshop.text("rsa.pem");
    let key = workshop.text("rsa.key");
    workshop.openssl(&[
        "x509", "-in", "rsa.pem", "-outform", "DER", "-out", "rsa.der",
    ]);
    workshop.openssl(&[
        "req", "-new", "-key", "rsa.key", "-subj", "/CN=x", "-out", "rsa.csr",
    ]);
    let read = |bytes: &[u8]| EncryptionKey::read(bytes).unwrap_err();
    // The seed's own sample, and the table's.
    let six = text.replace("-----BEGIN", "------BEGIN");
    assert_eq!(
        read(six.as_bytes()),
        EncryptionKeyError::Marker { line: 1, column: 6 }
    );
    assert_eq!(
        read(b"------BEGIN CERTIFICATE-----"),
        EncryptionKeyError::Marker { line: 1, column: 6 }
    );
    let table = read(b"-----BEGIN CERTIFICATE--MIIFAzCCA+ugA....");
    assert_eq!(
        table,
        EncryptionKeyError::Marker {
            line: 1,
            column: 25
        }
    );
    assert_eq!(
        read(format!("{text}{text}").as_bytes()),
        EncryptionKeyError::Blocks { found: 2 }
    );
    assert_eq!(read(&workshop.bytes("rsa.der")), EncryptionKeyError::NotPem);
    assert_eq!(read(b"hello"), EncryptionKeyError::NotPem);
    assert_eq!(read(b""), EncryptionKeyError::NotPem);
    assert!(matches!(
        read(&workshop.bytes("rsa.csr")),
        EncryptionKeyError::Label { .. }
    ));
    for with_key in [
        format!("{text}{key}"),
        format!("{key}{text}"),
        key.clone(),
        key.replace("-----BEGIN", "------BEGIN"),
        format!("{}\u{0}{key}", text.replace("-----", "----")),
    ] {
        let error = read(with_key.as_bytes());
        assert_eq!(error, EncryptionKeyError::PrivateKey);
        assert!(!format!("{error} {error:?}").contains(&key[40..60]));
    }
    for broken in [
        text.replace("MII", "MIJ"),
        text.replace("-----END", "x\n-----END"),
    ] {
        assert!(matches!(
            read(broken.as_bytes()),
            EncryptionKeyError::Unreadable { .. }
        ));
    }
}

#[test]
fn the_private_key_must_belong_to_it() {
    let workshop = Workshop::with_identities();
    workshop.identity("rsa-other");
    let names = ["rsa", "rsa-other", "P-256", "P-384", "P-521"];
    for public in names {
        for secret in names {
            let matched = matches(&workshop.certificate(public), &workshop.key(secret));
            let expected = if public == secret {
                Ok(())
            } else {
                Err(Mismatch::OtherKey)
            };
            assert_eq!(matched, expected, "{public} {secret}");
        }
    }
}
