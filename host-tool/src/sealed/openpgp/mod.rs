//! OpenPGP (RFC 9580), by `pgp`: what `gpg --encrypt` makes, and GnuPG's own OCB packets.
//!
//! Nothing is handed out that is not vouched for: data without an integrity check is refused (RFC 9580 section 13.7), data
//! with one is read to its end first. A signature within is not looked at: the service's key is not known to us.

mod framing;
mod public;
mod secret;

use std::io::Read;

use pgp::composed::{DecryptionOptions, Edata, Esk, Message, TheRing};
use pgp::types::{KeyDetails, Seipdv1ReadMode};
use secrecy::zeroize::Zeroizing;

pub use public::PublicKey;
pub use secret::SecretKey;

use super::error::SealedError;
use super::{Contents, MAX_OPENED, Opened};

/// So often compressed data may be compressed again. GnuPG does it once.
const MOST_LAYERS: usize = 3;

/// Longest description of a fault that is passed on, in characters.
const LONGEST: usize = 200;

/// Decrypts a whole file.
pub(super) fn open(bytes: &[u8], key: &SecretKey) -> Result<Opened, SealedError> {
    framing::check(bytes)?;
    let (message, _) = Message::from_reader(bytes).map_err(|error| fault(&error))?;
    let Message::Encrypted { esk, edata, .. } = &message else {
        return Err(SealedError::NotSealed {
            found: "OpenPGP that is not encrypted",
        });
    };
    if matches!(edata, Edata::SymEncryptedData { .. }) {
        return Err(SealedError::unsupported(
            "OpenPGP's oldest way, which has no integrity check",
        ));
    }
    addressed(esk, key)?;
    let most = usize::try_from(MAX_OPENED).unwrap_or(usize::MAX);
    let options = DecryptionOptions::new()
        .enable_gnupg_aead()
        .set_seipdv1_read_mode(Seipdv1ReadMode::CheckFirst {
            max_message_size: most.saturating_add(1 << 20),
        });
    let ring = TheRing {
        secret_keys: vec![key.signed()],
        key_passwords: vec![key.passphrase()],
        decrypt_options: options,
        ..TheRing::default()
    };
    // From here on one word for every fault.
    let damaged = |_| SealedError::Damaged;
    let (mut message, _) = message.decrypt_the_ring(ring, false).map_err(damaged)?;
    let mut layers = 0;
    while message.is_compressed() {
        layers += 1;
        if layers > MOST_LAYERS {
            return Err(SealedError::Expands);
        }
        message = message.decompress().map_err(damaged)?;
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(bytes.len()));
    (&mut message)
        .take(MAX_OPENED + 1)
        .read_to_end(&mut plain)
        .map_err(|_| SealedError::Damaged)?;
    if plain.len() as u64 > MAX_OPENED {
        return Err(SealedError::Expands);
    }
    if message.is_encrypted() {
        return Err(SealedError::unsupported("OpenPGP within OpenPGP"));
    }
    Ok(Opened {
        contents: Contents::of(&plain),
        bytes: plain,
        intact: true,
    })
}

/// Whether one of the recipients is ours, or hides who it is.
fn addressed(esk: &[Esk], key: &SecretKey) -> Result<(), SealedError> {
    let mut recipients = Vec::new();
    for esk in esk {
        match esk {
            Esk::PublicKeyEncryptedSessionKey(esk) => {
                let primary = key.signed().primary_key.public_key();
                if esk.match_identity(primary) || key.subkeys().any(|part| esk.match_identity(part))
                {
                    return Ok(());
                }
                recipients.push(match esk.id() {
                    Ok(id) => format!("the key {id}"),
                    Err(_) => "a key".to_owned(),
                });
            }
            Esk::SymKeyEncryptedSessionKey(_) => recipients.push("a passphrase".to_owned()),
        }
    }
    if recipients.is_empty() {
        recipients.push("nobody".to_owned());
    }
    recipients.truncate(4);
    Err(SealedError::NotForThisKey { recipients })
}

/// A fault of the outer form, before anything secret is at hand.
fn fault(error: &pgp::errors::Error) -> SealedError {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    // The reader's own checks, which say nothing to an operator.
    if line.starts_with("assertion failed") {
        return SealedError::unsupported("OpenPGP packets of a form that is not known");
    }
    SealedError::malformed(line.chars().take(LONGEST).collect::<String>())
}

/// A key's id as people know it.
fn name(key: &impl KeyDetails) -> String {
    key.legacy_key_id().to_string().to_ascii_uppercase()
}
