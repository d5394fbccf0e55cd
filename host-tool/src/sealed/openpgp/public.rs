//! An OpenPGP public key as `encryption_certificate`: which of its parts may be encrypted to.

use std::time::SystemTime;

use pgp::composed::{Deserializable, SignedPublicKey, SignedPublicSubKey};
use pgp::packet::{Signature, SignatureType};
use pgp::ser::Serialize;
use pgp::types::{Duration, KeyDetails, PublicParams, RsaPublicParams, Timestamp};

use super::secret::{SecretKey, encrypts};
use crate::sealed::encryption_key::EncryptionKeyError;
use crate::sealed::matching::Mismatch;
use crate::sealed::x509::MIN_RSA_BITS;

/// An OpenPGP public key.
#[derive(Clone, Debug)]
pub struct PublicKey {
    key: SignedPublicKey,
}

impl PublicKey {
    /// Reads exactly one key in armor.
    pub(in crate::sealed) fn read(text: &str) -> Result<Self, EncryptionKeyError> {
        let kind = "an OpenPGP public key";
        let unreadable = || EncryptionKeyError::Unreadable { kind };
        let (keys, _) =
            SignedPublicKey::from_armor_many(text.as_bytes()).map_err(|_| unreadable())?;
        let mut keys: Vec<_> = keys.collect::<Result<_, _>>().map_err(|_| unreadable())?;
        match (keys.pop(), keys.len()) {
            (Some(key), 0) => Ok(Self { key }),
            (None, _) => Err(unreadable()),
            (_, more) => Err(EncryptionKeyError::Blocks { found: more + 1 }),
        }
    }

    /// Whether at least one part may be encrypted to at this time, and none that may is too short.
    pub(in crate::sealed) fn check(&self, now: SystemTime) -> Result<(), EncryptionKeyError> {
        let none = |why: &str| EncryptionKeyError::NoEncryptionSubkey {
            why: why.to_owned(),
        };
        if !self.key.details.revocation_signatures.is_empty() {
            return Err(none("the key is revoked"));
        }
        let primary = &self.key.primary_key;
        let lasts = newest(self.own_signatures()).and_then(Signature::key_expiration_time);
        if has_expired(primary.created_at(), lasts, now) {
            return Err(none("the key has expired"));
        }
        let mut why = "it has no subkey for encryption";
        let mut usable = Vec::new();
        if self.primary_encrypts() {
            usable.push(primary.public_params());
        }
        for subkey in self.encryption_subkeys() {
            if subkey
                .signatures
                .iter()
                .any(|signature| signature.typ() == Some(SignatureType::SubkeyRevocation))
            {
                why = "its subkey for encryption is revoked";
                continue;
            }
            let lasts = newest(subkey.signatures.iter()).and_then(Signature::key_expiration_time);
            if has_expired(subkey.key.created_at(), lasts, now) {
                why = "its subkey for encryption has expired";
                continue;
            }
            usable.push(subkey.key.public_params());
        }
        if usable.is_empty() {
            return Err(none(why));
        }
        for parameters in usable {
            if let PublicParams::RSA(rsa) = parameters {
                let bits = modulus_bits(rsa);
                if bits < MIN_RSA_BITS {
                    return Err(EncryptionKeyError::KeySize { bits });
                }
            }
        }
        Ok(())
    }

    /// Whether every part that may be encrypted to has its secret half there.
    pub(in crate::sealed) fn matches(&self, secret: &SecretKey) -> Result<(), Mismatch> {
        let parts = self
            .encryption_subkeys()
            .map(|subkey| (super::name(&subkey.key), subkey.key.fingerprint()))
            .chain(self.primary_encrypts().then(|| {
                let primary = &self.key.primary_key;
                (super::name(primary), primary.fingerprint())
            }));
        let mut found = 0;
        let mut absent = None;
        for (name, fingerprint) in parts {
            if secret.has(&fingerprint) {
                found += 1;
            } else {
                absent = absent.or(Some(name));
            }
        }
        match absent {
            None if found > 0 => Ok(()),
            Some(subkey) if found > 0 || secret.has(&self.key.primary_key.fingerprint()) => {
                Err(Mismatch::NoSecretFor { subkey })
            }
            _ => Err(Mismatch::OtherKey),
        }
    }

    /// The subkeys that their owner meant for encryption, as a signature of the primary key says.
    fn encryption_subkeys(&self) -> impl Iterator<Item = &SignedPublicSubKey> {
        self.key.public_subkeys.iter().filter(|subkey| {
            encrypts(subkey.key.public_params())
                && newest(subkey.signatures.iter().filter(|signature| {
                    signature.typ() == Some(SignatureType::SubkeyBinding)
                        && signature
                            .verify_subkey_binding(&self.key.primary_key, &subkey.key)
                            .is_ok()
                }))
                .is_some_and(means_encryption)
        })
    }

    fn primary_encrypts(&self) -> bool {
        encrypts(self.key.primary_key.public_params())
            && newest(self.own_signatures()).is_some_and(means_encryption)
    }

    /// What the key says of itself.
    fn own_signatures(&self) -> impl Iterator<Item = &Signature> {
        let id = self.key.primary_key.legacy_key_id();
        let details = &self.key.details;
        details
            .users
            .iter()
            .flat_map(|user| &user.signatures)
            .chain(&details.direct_signatures)
            .filter(move |signature| signature.issuer_key_id().contains(&&id))
    }
}

fn means_encryption(signature: &Signature) -> bool {
    let flags = signature.key_flags();
    flags.encrypt_comms() || flags.encrypt_storage()
}

fn newest<'a>(signatures: impl Iterator<Item = &'a Signature>) -> Option<&'a Signature> {
    signatures.max_by_key(|signature| signature.created())
}

/// Zero means that it never expires (RFC 9580 section 5.2.3.13).
fn has_expired(created: Timestamp, lasts: Option<Duration>, now: SystemTime) -> bool {
    let lasts = lasts.map(std::time::Duration::from);
    lasts.filter(|lasts| !lasts.is_zero()).is_some_and(|lasts| {
        SystemTime::from(created)
            .checked_add(lasts)
            .is_some_and(|end| end <= now)
    })
}

/// An RSA key begins with its modulus, a number that begins with its length in bits (RFC 9580 section 3.2).
fn modulus_bits(key: &RsaPublicParams) -> usize {
    match key.to_bytes().as_deref() {
        Ok([high, low, ..]) => usize::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    }
}
