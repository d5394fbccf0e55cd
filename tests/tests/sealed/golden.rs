//! Files that are read for ever: made once, never edited, only added to. `tests/golden/sealed/README` says by which programs.

use std::fs;
use std::path::PathBuf;

use nameplate::sealed::{EncryptionKey, matches, open};

use super::workshop::key;

fn golden(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/sealed"));
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_file_of_once_still_opens() {
    let plain = golden("plain.zip");
    for (file, secret, public, intact) in [
        ("rsa-aes256cbc.der", "rsa.key", "rsa.pem", false),
        ("rsa-aes128cbc-stream.ber", "rsa.key", "rsa.pem", false),
        ("rsa-oaep-aes256gcm.der", "rsa.key", "rsa.pem", true),
        (
            "rsa-oaep-sha256-aes192cbc.smime",
            "rsa.key",
            "rsa.pem",
            false,
        ),
        ("p256-aes256cbc-stream.ber", "p256.key", "p256.pem", false),
        ("p384-sha384-aes256gcm.pem", "p384.key", "p384.pem", true),
        ("several.der", "p256.key", "p256.pem", true),
        ("gpg-rsa.gpg", "gpg-rsa.sec", "gpg-rsa.pub", true),
        (
            "gpg-cv25519.asc",
            "gpg-cv25519.sec",
            "gpg-cv25519.pub",
            true,
        ),
        (
            "rnp-cv25519-ocb.gpg",
            "gpg-cv25519.sec",
            "gpg-cv25519.pub",
            true,
        ),
    ] {
        let (secret, public) = (
            key(&golden(secret)),
            EncryptionKey::read(&golden(public)).unwrap(),
        );
        matches(&public, &secret).unwrap();
        for public in [None, Some(&public)] {
            let opened = open(golden(file), &secret, public)
                .unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(*opened.bytes == plain, "{file}");
            assert_eq!(opened.intact, intact, "{file}");
        }
    }
}
