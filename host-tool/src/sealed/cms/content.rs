//! The content under its key: AES-CBC (RFC 3565), AES-GCM (RFC 5084).

use aws_lc_rs::aead::{
    AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptingKey, DecryptionContext, PaddedBlockDecryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::iv::FixedLength;
use rasn::prelude::*;
use rasn_cms::{AlgorithmIdentifier, AuthAttributes, EncryptedContentInfo};
use secrecy::zeroize::Zeroizing;

use super::oid;
use crate::sealed::error::SealedError;

/// Length of a whole GCM tag, in bytes.
const TAG: usize = 16;
/// Shortest tag that a file may have, in bytes: what RFC 5084 section 3.2 has as the least.
const SHORTEST_TAG: usize = 12;

/// How long AES's key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    L128,
    L192,
    L256,
}

/// How the content is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    Cbc(Length),
    Gcm(Length),
}

impl Cipher {
    fn of(algorithm: &AlgorithmIdentifier) -> Result<Self, SealedError> {
        Ok(match oid(&algorithm.algorithm).as_str() {
            "2.16.840.1.101.3.4.1.2" => Self::Cbc(Length::L128),
            "2.16.840.1.101.3.4.1.22" => Self::Cbc(Length::L192),
            "2.16.840.1.101.3.4.1.42" => Self::Cbc(Length::L256),
            "2.16.840.1.101.3.4.1.6" => Self::Gcm(Length::L128),
            "2.16.840.1.101.3.4.1.26" => Self::Gcm(Length::L192),
            "2.16.840.1.101.3.4.1.46" => Self::Gcm(Length::L256),
            other => {
                let what = format!("the content encryption {other}");
                return Err(SealedError::unsupported(what));
            }
        })
    }

    /// Of its key, in bytes.
    pub(super) fn key_length(self) -> usize {
        match self {
            Self::Cbc(length) | Self::Gcm(length) => match length {
                Length::L128 => 16,
                Length::L192 => 24,
                Length::L256 => 32,
            },
        }
    }
}

/// Encrypted content with all that its decryption needs but the key.
#[derive(Clone)]
pub(super) struct Sealed {
    pub(super) cipher: Cipher,
    /// Of CBC 16 bytes, of GCM 12.
    nonce: Vec<u8>,
    ciphertext: Vec<u8>,
    /// GCM alone: what is authenticated beside the content, and the tag.
    associated: Vec<u8>,
    tag: Vec<u8>,
}

/// GCMParameters (RFC 5084 section 3.2).
#[derive(AsnType, Clone, Debug, Decode, PartialEq, Eq)]
struct GcmParameters {
    nonce: OctetString,
    #[rasn(default = "shortest_tag")]
    tag_length: u64,
}

fn shortest_tag() -> u64 {
    SHORTEST_TAG as u64
}

fn parameters<T: Decode>(algorithm: &AlgorithmIdentifier) -> Result<T, SealedError> {
    let bytes = algorithm.parameters.as_ref();
    bytes
        .and_then(|bytes| rasn::ber::decode(bytes.as_bytes()).ok())
        .ok_or_else(|| SealedError::malformed("the parameters of its encryption can't be read"))
}

fn ciphertext(content: Option<OctetString>) -> Result<Vec<u8>, SealedError> {
    let content = content.ok_or_else(|| SealedError::unsupported("its content in another file"))?;
    Ok(content.to_vec())
}

impl Sealed {
    pub(super) fn enveloped(info: EncryptedContentInfo) -> Result<Self, SealedError> {
        let algorithm = &info.content_encryption_algorithm;
        let cipher = Cipher::of(algorithm)?;
        if matches!(cipher, Cipher::Gcm(_)) {
            return Err(SealedError::unsupported(
                "AES-GCM in EnvelopedData, which has no place for its tag",
            ));
        }
        let nonce: OctetString = parameters(algorithm)?;
        if nonce.len() != 16 {
            return Err(SealedError::malformed(
                "its initialization vector has not 16 bytes",
            ));
        }
        Ok(Self {
            cipher,
            nonce: nonce.to_vec(),
            ciphertext: ciphertext(info.encrypted_content)?,
            associated: Vec::new(),
            tag: Vec::new(),
        })
    }

    pub(super) fn authenticated(
        info: EncryptedContentInfo,
        attributes: Option<&AuthAttributes>,
        tag: &[u8],
    ) -> Result<Self, SealedError> {
        let algorithm = &info.content_encryption_algorithm;
        let cipher = Cipher::of(algorithm)?;
        if matches!(cipher, Cipher::Cbc(_)) {
            return Err(SealedError::unsupported(
                "AES-CBC in AuthEnvelopedData, which would not be authenticated",
            ));
        }
        let GcmParameters { nonce, tag_length } = parameters(algorithm)?;
        if nonce.len() != NONCE_LEN {
            let what = format!("AES-GCM with a nonce of {} bytes", nonce.len());
            return Err(SealedError::unsupported(what));
        }
        if !(SHORTEST_TAG..=TAG).contains(&tag.len()) || tag.len() as u64 != tag_length {
            let why = format!(
                "its tag has {} bytes, and {tag_length} are announced",
                tag.len()
            );
            return Err(SealedError::Malformed { why });
        }
        // RFC 5083 section 2.2: as a SET OF in DER, whatever it was sent as.
        let associated = match attributes {
            None => Vec::new(),
            Some(attributes) => rasn::der::encode(attributes)
                .map_err(|_| SealedError::malformed("its attributes can't be encoded"))?,
        };
        Ok(Self {
            cipher,
            nonce: nonce.to_vec(),
            ciphertext: ciphertext(info.encrypted_content)?,
            associated,
            tag: tag.to_vec(),
        })
    }

    /// The plaintext. Of GCM only what its tag vouches for.
    pub(super) fn open(self, key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self.cipher {
            Cipher::Cbc(length) => self.cbc(length, key),
            Cipher::Gcm(length) => self.gcm(length, key),
        }
    }

    fn cbc(self, length: Length, key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(cipher_key(length, key)?).ok()?;
        let nonce = FixedLength::try_from(self.nonce.as_slice()).ok()?;
        let mut bytes = Zeroizing::new(self.ciphertext);
        let plain = key.decrypt(&mut bytes, DecryptionContext::Iv128(nonce));
        let plain = plain.ok()?.len();
        bytes.truncate(plain);
        Some(bytes)
    }

    fn gcm(self, length: Length, key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let algorithm = match length {
            Length::L128 => &AES_128_GCM,
            Length::L192 => &AES_192_GCM,
            Length::L256 => &AES_256_GCM,
        };
        let gcm = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
        let nonce = || Nonce::try_assume_unique_for_key(&self.nonce).ok();
        let mut bytes = Zeroizing::new(self.ciphertext);
        if self.tag.len() == TAG {
            bytes.extend_from_slice(&self.tag);
            let plain = gcm.open_in_place(nonce()?, Aad::from(&self.associated), &mut bytes);
            let plain = plain.ok()?.len();
            bytes.truncate(plain);
            return Some(bytes);
        }
        // A shorter tag is the beginning of the whole one, which only encryption gives: decrypt by GCM's counter mode
        // (NIST SP 800-38D section 7.2), encrypt the result again, and compare both.
        let mut counter = [0; 16];
        let (start, last) = counter.split_at_mut(NONCE_LEN);
        start.copy_from_slice(&self.nonce);
        last.copy_from_slice(&2_u32.to_be_bytes());
        let before = bytes.clone();
        let counted = DecryptingKey::ctr(cipher_key(length, key)?).ok()?;
        let context = DecryptionContext::Iv128(FixedLength::from(counter));
        counted.decrypt(&mut bytes, context).ok()?;
        let mut again = bytes.clone();
        let tag = gcm
            .seal_in_place_separate_tag(nonce()?, Aad::from(&self.associated), &mut again)
            .ok()?;
        let tag = tag.as_ref().get(..self.tag.len())?;
        verify_slices_are_equal(tag, &self.tag).ok()?;
        (again == before).then_some(bytes)
    }
}

fn cipher_key(length: Length, key: &[u8]) -> Option<UnboundCipherKey> {
    let algorithm = match length {
        Length::L128 => &AES_128,
        Length::L192 => &AES_192,
        Length::L256 => &AES_256,
    };
    UnboundCipherKey::new(algorithm, key).ok()
}
