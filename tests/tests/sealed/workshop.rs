//! A folder in which keys and sealed files are made by other people's programs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nameplate::sealed::{DecryptionKey, EncryptionKey, KeyFile, Opened, SealedError, open};
use nameplate_tests::programs::{Ran, run};
use secrecy::SecretString;

/// Ways to encrypt to a recipient: who it is, and what OpenSSL is told beside.
pub const RECIPIENTS: [(&str, &[&str]); 9] = [
    ("rsa", &[]),
    ("rsa", &["-keyopt", "rsa_padding_mode:oaep"]),
    (
        "rsa",
        &[
            "-keyopt",
            "rsa_padding_mode:oaep",
            "-keyopt",
            "rsa_oaep_md:sha256",
        ],
    ),
    (
        "rsa",
        &[
            "-keyopt",
            "rsa_padding_mode:oaep",
            "-keyopt",
            "rsa_oaep_md:sha512",
        ],
    ),
    (
        "rsa",
        &[
            "-keyopt",
            "rsa_padding_mode:oaep",
            "-keyopt",
            "rsa_oaep_md:sha256",
            "-keyopt",
            "rsa_mgf1_md:sha1",
        ],
    ),
    (
        "rsa",
        &[
            "-keyopt",
            "rsa_padding_mode:oaep",
            "-keyopt",
            "rsa_oaep_md:sha1",
            "-keyopt",
            "rsa_mgf1_md:sha256",
        ],
    ),
    ("P-256", &[]),
    ("P-384", &[]),
    ("P-521", &[]),
];

pub struct Workshop {
    home: tempfile::TempDir,
}

impl Workshop {
    pub fn new() -> Self {
        let home = tempfile::Builder::new()
            .prefix("np-seal-")
            .tempdir()
            .unwrap();
        Self { home }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home().join(name)
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Writes a file that only its owner can read.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// OpenSSL here; it must be content.
    #[track_caller]
    pub fn openssl(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new("openssl");
        command
            .args(arguments)
            .current_dir(self.home())
            .stdin(Stdio::null());
        run(&mut command).expect(0)
    }

    /// Makes `<name>.key` and a certificate `<name>.pem` for it: `rsa…` with 2048 bits, or the name of a curve.
    pub fn identity(&self, name: &str) {
        let (kind, option) = match name.strip_prefix("P-") {
            Some(_) => ("EC", format!("ec_paramgen_curve:{name}")),
            None => ("RSA", "rsa_keygen_bits:2048".to_owned()),
        };
        let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
        self.openssl(&[
            "genpkey",
            "-algorithm",
            kind,
            "-pkeyopt",
            &option,
            "-out",
            &key,
        ]);
        let subject = format!("/O=Exämple/CN={name}");
        self.openssl(&[
            "req",
            "-x509",
            "-utf8",
            "-key",
            &key,
            "-subj",
            &subject,
            "-days",
            "30",
            "-out",
            &certificate,
        ]);
    }

    /// A folder with every identity of [`RECIPIENTS`].
    pub fn with_identities() -> Self {
        let workshop = Self::new();
        for name in ["rsa", "P-256", "P-384", "P-521"] {
            workshop.identity(name);
        }
        workshop
    }

    pub fn key(&self, name: &str) -> DecryptionKey {
        key(&self.bytes(&format!("{name}.key")))
    }

    pub fn certificate(&self, name: &str) -> EncryptionKey {
        EncryptionKey::read(&self.bytes(&format!("{name}.pem"))).unwrap()
    }

    /// Has OpenSSL encrypt `plain`; what it made.
    pub fn seal(&self, plain: &[u8], arguments: &[&str]) -> Vec<u8> {
        fs::write(self.path("plain"), plain).unwrap();
        let begin = [
            "cms", "-encrypt", "-binary", "-in", "plain", "-out", "sealed",
        ];
        self.openssl(&[&begin, arguments].concat());
        self.bytes("sealed")
    }
}

pub fn key(bytes: &[u8]) -> DecryptionKey {
    KeyFile::parse(bytes).unwrap().unlock(None).unwrap()
}

pub fn locked(bytes: &[u8], passphrase: &str) -> DecryptionKey {
    let file = KeyFile::parse(bytes).unwrap();
    assert!(file.is_locked());
    file.unlock(Some(&SecretString::from(passphrase))).unwrap()
}

/// What the service sends, by its look: a ZIP of so many bytes.
pub fn plain(length: usize) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04".to_vec();
    bytes.extend(
        (0..)
            .map(|number: u32| number.to_le_bytes()[0] ^ number.to_le_bytes()[1])
            .take(length),
    );
    bytes
}

/// Opens it and holds the plaintext to what was sealed.
#[track_caller]
pub fn opens(
    sealed: &[u8],
    key: &DecryptionKey,
    certificate: Option<&EncryptionKey>,
    plain: &[u8],
) -> Opened {
    let opened = open(sealed.to_vec(), key, certificate).unwrap_or_else(|error| panic!("{error}"));
    assert!(*opened.bytes == plain, "another plaintext came out");
    opened
}

/// The error of a file that must not open.
#[track_caller]
pub fn refuses(
    sealed: &[u8],
    key: &DecryptionKey,
    certificate: Option<&EncryptionKey>,
) -> SealedError {
    open(sealed.to_vec(), key, certificate).expect_err("it opened")
}
