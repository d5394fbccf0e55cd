//! Files of `gpg --encrypt`, and of `rnp` for what GnuPG 2.2 can't write (OCB).

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nameplate::sealed::{
    Contents, DecryptionKey, EncryptionKey, KeyError, KeyFile, SealedError, matches,
};
use nameplate_tests::programs::{Ran, run};
use secrecy::SecretString;

use super::workshop::{Workshop, key, locked, opens, plain, refuses};

/// Key and subkey of each identity, as GnuPG's parameter files have them.
const KEYS: [(&str, &str); 4] = [
    (
        "rsa",
        "Key-Type: RSA\nKey-Length: 2048\nKey-Usage: sign\nSubkey-Type: RSA\nSubkey-Length: 2048\nSubkey-Usage: encrypt",
    ),
    (
        "cv25519",
        "Key-Type: EDDSA\nKey-Curve: ed25519\nSubkey-Type: ECDH\nSubkey-Curve: cv25519",
    ),
    (
        "nistp256",
        "Key-Type: ECDSA\nKey-Curve: nistp256\nSubkey-Type: ECDH\nSubkey-Curve: nistp256",
    ),
    (
        "both",
        "Key-Type: RSA\nKey-Length: 2048\nKey-Usage: sign,encrypt",
    ),
];

/// A key ring of GnuPG's, and one of RNP's with the same public keys.
pub struct Ring {
    workshop: Workshop,
}

impl Ring {
    /// With every key of this file.
    pub fn new() -> Self {
        let ring = Self::empty();
        for (name, parameters) in KEYS {
            ring.make(name, parameters, "%no-protection\nExpire-Date: 0");
        }
        ring
    }

    fn empty() -> Self {
        let ring = Self {
            workshop: Workshop::new(),
        };
        for folder in ["gnupg", "rnp"] {
            fs::create_dir(ring.workshop.path(folder)).unwrap();
            ring.workshop.openssl(&["version"]);
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
            fs::set_permissions(ring.workshop.path(folder), private).unwrap();
        }
        ring
    }

    #[track_caller]
    fn gpg(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new("gpg");
        command
            .args([
                "--batch",
                "--quiet",
                "--yes",
                "--trust-model",
                "always",
                "--pinentry-mode",
                "loopback",
            ])
            .args(arguments)
            .env("GNUPGHOME", self.workshop.path("gnupg"))
            .current_dir(self.workshop.home())
            .stdin(Stdio::null());
        run(&mut command).expect(0)
    }

    /// Makes a key; `<name>.pub` and `<name>.sec` in armor.
    fn make(&self, name: &str, parameters: &str, more: &str) {
        let text = format!("{parameters}\nName-Email: {name}@example.com\n{more}\n%commit\n");
        self.workshop.write("parameters", text);
        let _ = self.gpg(&["--gen-key", "parameters"]);
        let address = format!("{name}@example.com");
        let _ = self.gpg(&[
            "--armor",
            "--output",
            &format!("{name}.pub"),
            "--export",
            &address,
        ]);
        let secret = format!("{name}.sec");
        let _ = self.gpg(&[
            "--passphrase",
            "correct horse",
            "--armor",
            "--output",
            &secret,
            "--export-secret-keys",
            &address,
        ]);
    }

    pub fn public(&self, name: &str) -> EncryptionKey {
        EncryptionKey::read(&self.workshop.bytes(&format!("{name}.pub"))).unwrap()
    }

    pub fn secret(&self, name: &str) -> DecryptionKey {
        key(&self.workshop.bytes(&format!("{name}.sec")))
    }

    /// By GnuPG.
    pub fn seal(&self, name: &str, plain: &[u8], arguments: &[&str]) -> Vec<u8> {
        self.workshop.write("plain", plain);
        let address = format!("{name}@example.com");
        let begin = ["--output", "sealed", "--recipient", &address];
        let _ = self.gpg(&[&begin, arguments, &["--encrypt", "plain"]].concat());
        self.workshop.bytes("sealed")
    }

    /// By RNP, in GnuPG's OCB packets.
    pub fn seal_ocb(&self, name: &str, plain: &[u8]) -> Vec<u8> {
        self.workshop.write("plain", plain);
        let (public, address) = (format!("{name}.pub"), format!("{name}@example.com"));
        for (program, arguments) in [
            ("rnpkeys", &["--homedir", "rnp", "--import", &public][..]),
            (
                "rnp",
                &[
                    "--homedir",
                    "rnp",
                    "--overwrite",
                    "--encrypt",
                    "--recipient",
                    &address,
                    "--aead=ocb",
                    "--output",
                    "sealed",
                    "plain",
                ],
            ),
        ] {
            let mut command = Command::new(program);
            command
                .args(arguments)
                .current_dir(self.workshop.home())
                .stdin(Stdio::null());
            let _ = run(&mut command).expect(0);
        }
        self.workshop.bytes("sealed")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.workshop.path(name)
    }
}

/// GnuPG leaves its agent running.
impl Drop for Ring {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .args(["--kill", "all"])
            .env("GNUPGHOME", self.workshop.path("gnupg"))
            .status();
    }
}

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
