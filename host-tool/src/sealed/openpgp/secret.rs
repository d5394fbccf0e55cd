//! An OpenPGP secret key with the passphrase that opens it.

use pgp::composed::{Deserializable, SignedSecretKey};
use pgp::packet::{PublicSubkey, SecretSubkey};
use pgp::types::{Fingerprint, KeyDetails, Password, PublicParams};
use secrecy::{ExposeSecret, SecretString};

use crate::sealed::key::KeyError;

/// An OpenPGP secret key. Its `Debug` shows no more than its id.
pub struct SecretKey {
    key: SignedSecretKey,
    passphrase: Password,
}

impl SecretKey {
    /// Reads exactly one key, armored or binary.
    pub(in crate::sealed) fn read(bytes: &[u8]) -> Result<Self, KeyError> {
        let form = "an OpenPGP secret key";
        let unreadable = || KeyError::Unreadable { form };
        let (keys, _) = SignedSecretKey::from_reader_many(bytes).map_err(|_| unreadable())?;
        let mut keys: Vec<_> = keys.collect::<Result<_, _>>().map_err(|_| unreadable())?;
        let found = keys.len();
        match (keys.pop(), found) {
            (Some(key), 1) => Ok(Self {
                key,
                passphrase: Password::empty(),
            }),
            (None, _) => Err(KeyError::NoKey),
            _ => Err(KeyError::Several { found }),
        }
    }

    pub(in crate::sealed) fn is_locked(&self) -> bool {
        let mut subkeys = self.decrypting().peekable();
        if subkeys.peek().is_none() {
            return self.key.primary_key.secret_params().is_encrypted();
        }
        subkeys.any(|subkey| subkey.secret_params().is_encrypted())
    }

    /// Keeps the passphrase, having tried it.
    pub(in crate::sealed) fn unlock(
        &mut self,
        passphrase: Option<&SecretString>,
    ) -> Result<(), KeyError> {
        if !self.is_locked() {
            return Ok(());
        }
        let passphrase = passphrase.ok_or(KeyError::Locked)?;
        let passphrase = Password::from(passphrase.expose_secret());
        let opens =
            |opened: Result<Result<(), _>, pgp::errors::Error>| matches!(opened, Ok(Ok(())));
        let opened = if self.decrypting().next().is_none() {
            opens(self.key.primary_key.unlock(&passphrase, |_, _| Ok(())))
        } else {
            self.decrypting()
                .all(|subkey| opens(subkey.unlock(&passphrase, |_, _| Ok(()))))
        };
        if !opened {
            return Err(KeyError::Passphrase);
        }
        self.passphrase = passphrase;
        Ok(())
    }

    /// The subkeys whose algorithm can decrypt. Those for signing may be locked in another way, or be absent.
    fn decrypting(&self) -> impl Iterator<Item = &SecretSubkey> {
        let subkeys = self.key.secret_subkeys.iter().map(|subkey| &subkey.key);
        subkeys.filter(|subkey| encrypts(subkey.public_params()))
    }

    /// The public halves of the subkeys, which recipients are named by. GnuPG encrypts to subkeys alone, except to a primary
    /// key that is meant for it.
    pub(super) fn subkeys(&self) -> impl Iterator<Item = &PublicSubkey> {
        let subkeys = self.key.secret_subkeys.iter();
        subkeys.map(|subkey| subkey.key.public_key())
    }

    /// Whether it has the secret half of a part.
    pub(super) fn has(&self, fingerprint: &Fingerprint) -> bool {
        self.key.primary_key.fingerprint() == *fingerprint
            || self
                .subkeys()
                .any(|part| part.fingerprint() == *fingerprint)
    }

    pub(super) fn signed(&self) -> &SignedSecretKey {
        &self.key
    }

    pub(super) fn passphrase(&self) -> &Password {
        &self.passphrase
    }
}

/// Whether a key of this algorithm can be encrypted to.
pub(super) fn encrypts(parameters: &PublicParams) -> bool {
    matches!(
        parameters,
        PublicParams::RSA(_)
            | PublicParams::ECDH(_)
            | PublicParams::X25519(_)
            | PublicParams::X448(_)
    )
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = super::name(&self.key.primary_key);
        f.debug_struct("SecretKey")
            .field("id", &id)
            .finish_non_exhaustive()
    }
}
