//! Seals an answer that holds private keys, for the certificate or the OpenPGP key that came with the job.
//!
//! By the programs `openssl` and `gpg`: a mistake that the host tool makes in decrypting can't be made here as well. Where they
//! are missing the job is refused when it is sent, not when its certificates are asked for.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::switches::{SealCipher, SealPadding, Switches};

/// Greatest part of a program's complaint that is passed on, bytes.
const COMPLAINT: usize = 500;

/// The public key that answers with private keys are sealed for, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Recipient {
    /// An X.509 certificate, PEM.
    Certificate(String),
    /// An OpenPGP public key, armored.
    OpenPgp(String),
}

/// Why nothing was sealed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The program is not there.
    NoProgram(&'static str),
    /// The program refused; its own words.
    Refused(String),
    /// The sandbox's own files.
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Io(error)
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NoProgram(program) => io::Error::other(format!("{program} is not installed")),
            Fault::Refused(words) => io::Error::other(words),
            Fault::Io(error) => error,
        }
    }
}

impl Recipient {
    /// Media type and disposition of what is sealed.
    pub(crate) fn content(&self) -> (&'static str, &'static str) {
        match self {
            Recipient::Certificate(_) => (
                "application/pkcs7-mime",
                "attachment; filename=\"certificates.p7m\"",
            ),
            Recipient::OpenPgp(_) => (
                "application/pgp-encrypted",
                "attachment; filename=\"certificates.pgp\"",
            ),
        }
    }

    /// Seals `plain` from its beginning into a nameless file.
    pub(crate) fn seal(&self, mut plain: File, switches: &Switches) -> Result<File, Fault> {
        plain.rewind()?;
        let sealed = tempfile::tempfile()?;
        // What the programs want as files, and all that `gpg` leaves behind; nothing of the plaintext.
        let folder = tempfile::tempdir()?;
        let mut command = match self {
            Recipient::Certificate(text) => {
                let path = folder.path().join("recipient.pem");
                std::fs::write(&path, text)?;
                openssl(&path, switches)
            }
            Recipient::OpenPgp(text) => {
                let path = folder.path().join("recipient.asc");
                std::fs::write(&path, text)?;
                gpg(folder.path(), &path)
            }
        };
        command.stdin(plain).stdout(sealed.try_clone()?);
        run(command, self.program())?;
        Ok(sealed)
    }

    /// Whether anything can be sealed for it: asked before the job is made.
    pub(crate) fn try_out(&self, switches: &Switches) -> Result<(), Fault> {
        let mut plain = tempfile::tempfile()?;
        plain.write_all(b"trial")?;
        self.seal(plain, switches).map(drop)
    }

    fn program(&self) -> &'static str {
        match self {
            Recipient::Certificate(_) => "openssl",
            Recipient::OpenPgp(_) => "gpg",
        }
    }
}

/// CMS EnvelopedData in DER (RFC 5652 §6), or AuthEnvelopedData (RFC 5083) with GCM.
fn openssl(recipient: &Path, switches: &Switches) -> Command {
    let mut command = Command::new("openssl");
    command.args(["cms", "-encrypt", "-binary", "-outform", "DER"]);
    command.arg(match switches.seal_cipher {
        SealCipher::Aes256Cbc => "-aes-256-cbc",
        SealCipher::Aes128Cbc => "-aes-128-cbc",
        SealCipher::Aes256Gcm => "-aes-256-gcm",
    });
    if switches.seal_stream {
        command.arg("-stream");
    }
    command.arg("-recip").arg(recipient);
    // Said of a recipient with an elliptic curve, it would be an error.
    match switches.seal_padding {
        SealPadding::Pkcs1 => {}
        SealPadding::Oaep => {
            command.args(["-keyopt", "rsa_padding_mode:oaep"]);
        }
        SealPadding::OaepSha256 => {
            command.args([
                "-keyopt",
                "rsa_padding_mode:oaep",
                "-keyopt",
                "rsa_oaep_md:sha256",
            ]);
        }
    }
    command
}

/// An OpenPGP message, binary.
fn gpg(home: &Path, recipient: &Path) -> Command {
    let mut command = Command::new("gpg");
    command.arg("--homedir").arg(home).args([
        "--batch",
        "--quiet",
        "--no-autostart",
        "--trust-model",
        "always",
        "--output",
        "-",
        "--recipient-file",
    ]);
    command.arg(recipient).arg("--encrypt");
    command
}

fn run(mut command: Command, program: &'static str) -> Result<(), Fault> {
    let mut child = match command.stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Fault::NoProgram(program));
        }
        Err(error) => return Err(Fault::Io(error)),
    };
    let mut words = Vec::new();
    if let Some(mut stderr) = child.stderr.take() {
        // To its end, or the program waits for its reader.
        stderr.read_to_end(&mut words)?;
    }
    if child.wait()?.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&words);
    let words: String = words.chars().take(COMPLAINT).collect();
    Err(Fault::Refused(format!("{program}: {}", words.trim())))
}
