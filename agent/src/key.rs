//! The board's one private key: made once, stored before it is used, and gone from memory after each use.

use nameplate_wire::ErrorNumber;
use p256::SecretKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::Coordinates;
use zeroize::Zeroizing;

use crate::hash::sha256;
use crate::{CertificateStore, Entropy, KeyStore, Randomness};

/// Length of a P-256 private key: the scalar, most significant byte first.
pub const PRIVATE_KEY_BYTES: usize = 32;

/// How many seeds may be no private key before the source is called broken: one in 2^32 is none.
const TRIES: usize = 4;

/// The private key in memory; overwritten when dropped.
pub struct PrivateKey {
    signing: SigningKey,
}

impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PrivateKey")
    }
}

impl PrivateKey {
    /// Whether there is a key in the store. Computes nothing with it: on a small board the public key alone takes seconds, and
    /// a host that asks who is there does not wait for that.
    pub(crate) fn is_stored(store: &mut impl KeyStore) -> Result<bool, ErrorNumber> {
        Ok(stored(store)?.is_some())
    }

    /// The key in the store.
    #[inline(never)]
    pub(crate) fn load(store: &mut impl KeyStore) -> Result<Self, ErrorNumber> {
        stored(store)?.map(Self::from).ok_or(ErrorNumber::NoKey)
    }

    /// The key in the store; made and stored first where there is none. A chain that has outlived its key, because somebody took
    /// that away, is forgotten before.
    pub(crate) fn load_or_make(
        store: &mut (impl KeyStore + CertificateStore),
        entropy: &mut Entropy<impl Randomness>,
    ) -> Result<Self, ErrorNumber> {
        if !Self::is_stored(store)? {
            store.forget().map_err(|_| ErrorNumber::CertificateWrite)?;
            Self::make(store, entropy)?;
        }
        // What is used is what the store gives back: a key that was not kept is never used.
        Self::load(store)
    }

    #[inline(never)]
    fn make(
        store: &mut impl KeyStore,
        entropy: &mut Entropy<impl Randomness>,
    ) -> Result<(), ErrorNumber> {
        let mut bytes = Zeroizing::new([0; PRIVATE_KEY_BYTES]);
        Self::draw(entropy, &mut bytes)?;
        store.store(&bytes).map_err(|_| ErrorNumber::StoreWrite)?;
        let mut kept = Zeroizing::new([0; PRIVATE_KEY_BYTES]);
        let same = read(store, &mut kept)? && *kept == *bytes;
        same.then_some(()).ok_or(ErrorNumber::StoreWrite)
    }

    /// Draws seeds until one is a private key: FIPS 186-5 section A.2.2, rejection sampling.
    fn draw(
        entropy: &mut Entropy<impl Randomness>,
        bytes: &mut [u8; PRIVATE_KEY_BYTES],
    ) -> Result<(), ErrorNumber> {
        for _ in 0..TRIES {
            entropy.fill(bytes)?;
            if secret(bytes).is_ok() {
                return Ok(());
            }
        }
        Err(ErrorNumber::RandomnessFailed)
    }

    /// The public key as an uncompressed point: 4, x, y (SEC 1 section 2.3.3).
    pub fn public(&self) -> [u8; 65] {
        let point = self.signing.verifying_key().to_encoded_point(false);
        let mut bytes = [0; 65];
        if let Coordinates::Uncompressed { x, y } = point.coordinates() {
            let coordinates: [[u8; 32]; 2] = [(*x).into(), (*y).into()];
            bytes[0] = 4;
            for (place, byte) in bytes.iter_mut().skip(1).zip(coordinates.as_flattened()) {
                *place = *byte;
            }
        }
        bytes
    }

    /// ECDSA with SHA-256, deterministic (RFC 6979): r and s, 32 bytes each.
    ///
    /// # Errors
    /// None that a valid key can meet; [`ErrorNumber::StoredKeyBad`] rather than a panic.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], ErrorNumber> {
        let signature: Signature = self
            .signing
            .sign_prehash(&sha256(message))
            .map_err(|_| ErrorNumber::StoredKeyBad)?;
        Ok(signature.to_bytes().into())
    }
}

impl From<SecretKey> for PrivateKey {
    fn from(secret: SecretKey) -> Self {
        Self {
            signing: SigningKey::from(secret),
        }
    }
}

/// The key in the store, if there is one.
#[inline(never)]
fn stored(store: &mut impl KeyStore) -> Result<Option<SecretKey>, ErrorNumber> {
    let mut bytes = Zeroizing::new([0; PRIVATE_KEY_BYTES]);
    if !read(store, &mut bytes)? {
        return Ok(None);
    }
    secret(&bytes).map(Some)
}

/// Whether the store holds anything, and what.
fn read(
    store: &mut impl KeyStore,
    bytes: &mut [u8; PRIVATE_KEY_BYTES],
) -> Result<bool, ErrorNumber> {
    store.load(bytes).map_err(|_| ErrorNumber::StoreRead)
}

/// The scalar, if it is one: neither zero nor the curve's order or more.
fn secret(bytes: &[u8; PRIVATE_KEY_BYTES]) -> Result<SecretKey, ErrorNumber> {
    SecretKey::from_bytes(bytes.into()).map_err(|_| ErrorNumber::StoredKeyBad)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6979 section A.2.5, P-256 with SHA-256, message "sample".
    #[test]
    fn signatures_are_those_of_rfc_6979() {
        let hex = |text: &str| -> std::vec::Vec<u8> {
            (0..text.len())
                .step_by(2)
                .map(|place| u8::from_str_radix(&text[place..place + 2], 16).unwrap())
                .collect()
        };
        let private = hex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
        let key = PrivateKey::from(secret(private.as_slice().try_into().unwrap()).unwrap());
        let expected = hex(concat!(
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
            "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
        ));
        assert_eq!(key.sign(b"sample").unwrap().as_slice(), expected);
    }

    #[test]
    fn zero_and_the_order_are_no_keys() {
        assert!(secret(&[0; 32]).is_err());
        assert!(secret(&[0xFF; 32]).is_err());
    }
}
