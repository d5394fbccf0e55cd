//! Files of `gpg --encrypt`, and of `rnp` for what GnuPG 2.2 can't write (OCB).

use std::fs;

use nameplate::sealed::{
    Contents, DecryptionKey, EncryptionKey, KeyError, KeyFile, SealedError, matches,
};
use secrecy::SecretString;

use super::ring::{KEYS, Ring};
use super::workshop::{Workshop, key, locked, opens, plain, refuses};

#[test]
fn every_combination_opens() {
    let ring = Ring::new();
    // GnuPG does not compress what looks like a ZIP.
    let json = format!("[{}\"\"]", "\"0123456789\",".repeat(5000)).into_bytes();
    for (name, _) in KEYS {
        let (key, public) = (ring.secret(name), ring.public(name));
        matches(&public, &key).unwrap();
        for cipher in ["AES128", "AES192", "AES256"] {
            for compression in ["none", "zip", "zlib", "bzip2"] {
                for armor in [&[][..], &["--armor"]] {
                    let options = ["--cipher-algo", cipher, "--compress-algo", compression];
                    let sealed = ring.seal(name, &json, &[&options, armor].concat());
                    let opened = opens(&sealed, &key, Some(&public), &json);
                    assert!(opened.intact);
                    assert_eq!(opened.contents, Contents::Json);
                }
            }
        }
        // Who it is for may be hidden; and it may be signed.
        let hidden = ring.seal(name, &json, &["--throw-keyids"]);
        opens(&hidden, &key, None, &json);
        let signed = ring.seal(name, &json, &["--sign", "--local-user", "rsa@example.com"]);
        opens(&signed, &key, None, &json);
        // In several chunks.
        let large = plain(3_000_000);
        opens(&ring.seal_ocb(name, &large), &key, None, &large);
        opens(&ring.seal(name, &large, &[]), &key, None, &large);
    }
}

#[test]
fn another_key_is_told() {
    let ring = Ring::new();
    let plain = plain(60);
    let sealed = ring.seal("rsa", &plain, &[]);
    let error = refuses(&sealed, &ring.secret("cv25519"), None);
    assert!(
        matches!(&error, SealedError::NotForThisKey { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("the key "), "{error}");
    let workshop = Workshop::with_identities();
    let error = refuses(&sealed, &workshop.key("rsa"), None);
    assert_eq!(
        error.to_string(),
        "it is OpenPGP, and the key is a key for X.509"
    );
    let cms = workshop.seal(
        &plain,
        &["-aes-256-cbc", "-outform", "DER", "-recip", "rsa.pem"],
    );
    let error = refuses(&cms, &ring.secret("rsa"), None);
    assert_eq!(
        error.to_string(),
        "it is CMS, and the key is an OpenPGP key"
    );
    assert!(matches(&workshop.certificate("rsa"), &ring.secret("rsa")).is_err());
    let error = matches(&ring.public("rsa"), &ring.secret("cv25519")).unwrap_err();
    assert!(error.to_string().contains("does not belong"), "{error}");
}

#[test]
fn what_has_no_integrity_check_is_refused() {
    let ring = Ring::new();
    let plain = plain(60);
    let old = ring.seal(
        "rsa",
        &plain,
        &["--rfc2440", "--disable-mdc", "--cipher-algo", "3DES"],
    );
    // Newer ones of GnuPG's write the check all the same.
    match refuses_or_opens(&old, &ring.secret("rsa")) {
        Some(error) => assert!(error.to_string().contains("no integrity check"), "{error}"),
        None => assert!(old.windows(1).any(|byte| byte[0] & 0x3F == 18)),
    }
    fs::write(ring.path("plain"), &plain).unwrap();
    let _ = ring.gpg(&["--output", "sealed", "--store", "plain"]);
    let stored = fs::read(ring.path("sealed")).unwrap();
    let error = refuses(&stored, &ring.secret("rsa"), None);
    assert!(error.to_string().contains("not encrypted"), "{error}");
}

fn refuses_or_opens(sealed: &[u8], key: &DecryptionKey) -> Option<SealedError> {
    nameplate::sealed::open(sealed.to_vec(), key, None).err()
}

#[test]
fn a_passphrase_opens_the_key() {
    let ring = Ring::empty();
    for (name, parameters) in KEYS {
        ring.make(
            name,
            parameters,
            "Passphrase: correct horse\nExpire-Date: 0",
        );
        let bytes = ring.workshop.bytes(&format!("{name}.sec"));
        let sealed = ring.seal(name, &plain(60), &[]);
        opens(&sealed, &locked(&bytes, "correct horse"), None, &plain(60));
        let file = || KeyFile::parse(&bytes).unwrap();
        assert!(matches!(file().unlock(None), Err(KeyError::Locked)));
        for wrong in ["", "Correct horse"] {
            let wrong = file().unlock(Some(&SecretString::from(wrong)));
            assert!(matches!(wrong, Err(KeyError::Passphrase)), "{wrong:?}");
        }
    }
}

#[test]
fn public_keys_are_looked_at_before_they_are_sent() {
    let ring = Ring::new();
    let now = std::time::SystemTime::now();
    for (name, _) in KEYS {
        ring.public(name).check(now).unwrap();
    }
    let check = |name: &str, when| ring.public(name).check(when).unwrap_err().to_string();
    let never = "%no-protection\nExpire-Date: 0";
    ring.make("sign-only", "Key-Type: EDDSA\nKey-Curve: ed25519", never);
    assert!(check("sign-only", now).contains("no subkey for encryption"));
    ring.make(
        "short",
        "Key-Type: RSA\nKey-Length: 1024\nKey-Usage: sign,encrypt",
        never,
    );
    assert!(check("short", now).contains("1024 bits"));
    ring.make("week", KEYS[1].1, "%no-protection\nExpire-Date: 1w");
    ring.public("week").check(now).unwrap();
    let later = now + std::time::Duration::from_hours(24 * 8);
    assert!(check("week", later).contains("has expired"));
    let _ = ring.gpg(&[
        "--armor",
        "--output",
        "two.pub",
        "--export",
        "rsa@example.com",
        "cv25519@example.com",
    ]);
    let two = EncryptionKey::read(&ring.workshop.bytes("two.pub")).unwrap_err();
    assert!(two.to_string().contains("not 2"), "{two}");
    let secret = EncryptionKey::read(&ring.workshop.bytes("rsa.sec")).unwrap_err();
    assert!(
        secret.to_string().contains("holds a PRIVATE KEY"),
        "{secret}"
    );
}

/// A key without the secret half of the subkey that the service would encrypt to.
#[test]
fn an_absent_subkey_is_told() {
    let ring = Ring::new();
    let listed = ring.gpg(&["--with-colons", "--list-secret-keys", "cv25519@example.com"]);
    let primary = listed
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("fpr:::::::::"));
    let primary = primary.unwrap().trim_end_matches(':').to_owned();
    let before = ring.workshop.bytes("cv25519.sec");
    let _ = ring.gpg(&[
        "--passphrase",
        "",
        "--quick-add-key",
        &primary,
        "cv25519",
        "encr",
        "never",
    ]);
    let _ = ring.gpg(&[
        "--armor",
        "--output",
        "cv25519.pub",
        "--export",
        "cv25519@example.com",
    ]);
    let error = matches(&ring.public("cv25519"), &key(&before)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no secret part for the encryption subkey"),
        "{error}"
    );
}
