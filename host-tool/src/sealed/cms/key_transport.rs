//! RSA recipients: PKCS#1 v1.5 (RFC 3370 section 4.2.1) and OAEP (RFC 3560).

#[cfg(feature = "mixed-oaep")]
mod mixed;

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepAlgorithm, OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey,
};
use rasn::prelude::*;
use rasn_cms::{AlgorithmIdentifier, KeyTransRecipientInfo};
use secrecy::zeroize::Zeroizing;

use super::content::Cipher;
use super::oid;
use crate::sealed::error::SealedError;

const RSA_PKCS1: &str = "1.2.840.113549.1.1.1";
const RSA_OAEP: &str = "1.2.840.113549.1.1.7";
const MGF1: &str = "1.2.840.113549.1.1.8";
const P_SPECIFIED: &str = "1.2.840.113549.1.1.9";

const SHA1: &str = "1.3.14.3.2.26";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const SHA512: &str = "2.16.840.1.101.3.4.2.3";

type ContentKey = Zeroizing<Vec<u8>>;

/// RSAES-OAEP-params (RFC 8017 appendix A.2.1); what is left out is SHA-1, MGF1 with SHA-1, and an empty label.
#[derive(AsnType, Clone, Debug, Decode, PartialEq, Eq)]
struct OaepParameters {
    #[rasn(tag(explicit(0)))]
    hash: Option<AlgorithmIdentifier>,
    #[rasn(tag(explicit(1)))]
    mask: Option<AlgorithmIdentifier>,
    #[rasn(tag(explicit(2)))]
    label: Option<AlgorithmIdentifier>,
}

/// The key of the content, or `None` where it is certain that it was encrypted to another key.
pub(super) fn content_key(
    info: &KeyTransRecipientInfo,
    key: &PrivateDecryptingKey,
    cipher: Cipher,
) -> Result<Option<ContentKey>, SealedError> {
    let algorithm = &info.key_encryption_algorithm;
    match oid(&algorithm.algorithm).as_str() {
        RSA_PKCS1 => pkcs1(&info.encrypted_key, key, cipher.key_length()).map(Some),
        RSA_OAEP => {
            let parameters = algorithm.parameters.as_ref();
            let oaep = oaep(parameters.map(Any::as_bytes))?;
            Ok(oaep.content_key(&info.encrypted_key, key, cipher.key_length()))
        }
        other => Err(SealedError::unsupported(format!(
            "the key transport {other}"
        ))),
    }
}

/// What is not of the right form becomes a random key, which then does not decrypt the content: so nobody learns more than
/// that it does not (RFC 3218 section 2.3.2).
fn pkcs1(
    encrypted: &[u8],
    key: &PrivateDecryptingKey,
    length: usize,
) -> Result<ContentKey, SealedError> {
    let mut random = Zeroizing::new(vec![0; length]);
    aws_lc_rs::rand::fill(&mut random).map_err(|_| SealedError::Randomness)?;
    let Ok(key) = Pkcs1PrivateDecryptingKey::new(key.clone()) else {
        return Ok(random);
    };
    let mut plain = Zeroizing::new(vec![0; key.min_output_size()]);
    match key.decrypt(encrypted, &mut plain) {
        Ok(found) if found.len() == length => Ok(Zeroizing::new(found.to_vec())),
        _ => Ok(random),
    }
}

/// What OAEP has to know: two hashes, which are usually one.
enum Oaep {
    One(&'static OaepAlgorithm),
    #[cfg(feature = "mixed-oaep")]
    Mixed(mixed::Hashes),
}

impl Oaep {
    fn content_key(
        &self,
        encrypted: &[u8],
        key: &PrivateDecryptingKey,
        length: usize,
    ) -> Option<ContentKey> {
        let found = match self {
            Self::One(algorithm) => {
                let key = OaepPrivateDecryptingKey::new(key.clone()).ok()?;
                let mut plain = Zeroizing::new(vec![0; key.min_output_size()]);
                let found = key.decrypt(algorithm, encrypted, &mut plain, None).ok()?;
                Zeroizing::new(found.to_vec())
            }
            #[cfg(feature = "mixed-oaep")]
            Self::Mixed(hashes) => mixed::decrypt(*hashes, encrypted, key)?,
        };
        (found.len() == length).then_some(found)
    }
}

fn oaep(parameters: Option<&[u8]>) -> Result<Oaep, SealedError> {
    let OaepParameters { hash, mask, label } = match parameters {
        None => OaepParameters {
            hash: None,
            mask: None,
            label: None,
        },
        Some(bytes) => decode(bytes)?,
    };
    let name = |algorithm: &AlgorithmIdentifier| oid(&algorithm.algorithm);
    let hash = hash.as_ref().map_or_else(|| SHA1.to_owned(), name);
    let mask_hash = match &mask {
        None => SHA1.to_owned(),
        Some(mask) if name(mask) == MGF1 => {
            let inner = mask.parameters.as_ref();
            let inner = inner.ok_or_else(|| SealedError::malformed("MGF1 without its hash"))?;
            name(&decode(inner.as_bytes())?)
        }
        Some(mask) => {
            let what = format!("the mask generation {}", name(mask));
            return Err(SealedError::unsupported(what));
        }
    };
    if let Some(label) = &label {
        let parameters = label.parameters.as_ref().map(Any::as_bytes);
        if name(label) != P_SPECIFIED || parameters != Some(&[4, 0]) {
            return Err(SealedError::unsupported("an OAEP label"));
        }
    }
    match (hash.as_str(), mask_hash.as_str()) {
        (SHA1, SHA1) => Ok(Oaep::One(&OAEP_SHA1_MGF1SHA1)),
        (SHA256, SHA256) => Ok(Oaep::One(&OAEP_SHA256_MGF1SHA256)),
        (SHA384, SHA384) => Ok(Oaep::One(&OAEP_SHA384_MGF1SHA384)),
        (SHA512, SHA512) => Ok(Oaep::One(&OAEP_SHA512_MGF1SHA512)),
        #[cfg(feature = "mixed-oaep")]
        (SHA256, SHA1) => Ok(Oaep::Mixed(mixed::Hashes::Sha256AndSha1)),
        #[cfg(feature = "mixed-oaep")]
        (SHA1, SHA256) => Ok(Oaep::Mixed(mixed::Hashes::Sha1AndSha256)),
        (hash, mask) => Err(SealedError::unsupported(format!(
            "OAEP with the hash {hash} and MGF1 with {mask}"
        ))),
    }
}

fn decode<T: Decode>(bytes: &[u8]) -> Result<T, SealedError> {
    rasn::ber::decode(bytes)
        .map_err(|_| SealedError::malformed("the OAEP parameters can't be read"))
}
