//! Key rings of GnuPG and RNP, and the files that they encrypt.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nameplate::sealed::{DecryptionKey, EncryptionKey};
use nameplate_tests::programs::{Ran, run};

use super::workshop::{Workshop, key};

/// Key and subkey of each identity, as GnuPG's parameter files have them.
pub const KEYS: [(&str, &str); 4] = [
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
    pub workshop: Workshop,
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

    pub fn empty() -> Self {
        let ring = Self {
            workshop: Workshop::new(),
        };
        for folder in ["gnupg", "rnp"] {
            fs::create_dir(ring.workshop.path(folder)).unwrap();
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
            fs::set_permissions(ring.workshop.path(folder), private).unwrap();
        }
        ring
    }

    #[track_caller]
    pub fn gpg(&self, arguments: &[&str]) -> Ran {
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
    pub fn make(&self, name: &str, parameters: &str, more: &str) {
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
