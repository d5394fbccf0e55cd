//! EC recipients: ECDH with an ephemeral key, the key derivation of ANSI X9.63, AES key wrap (RFC 5753 sections 3.1 and 7.2).

use aes::{Aes128, Aes192, Aes256};
use aes_kw::Kek;
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::digest::{self, Context};
use rasn::types::OctetString;
use rasn_cms::{
    AlgorithmIdentifier, EncryptedKey, KeyAgreeRecipientInfo, OriginatorIdentifierOrKey,
};
use secrecy::zeroize::Zeroizing;

use self::shared::SharedInfo;
use super::content::Cipher;
use super::oid;
use crate::sealed::error::SealedError;

type ContentKey = Zeroizing<Vec<u8>>;

/// The key of the content, or `None` where it was encrypted to another key.
pub(super) fn content_key(
    info: &KeyAgreeRecipientInfo,
    wrapped: &EncryptedKey,
    key: &PrivateKey,
    cipher: Cipher,
) -> Result<Option<ContentKey>, SealedError> {
    let scheme = &info.key_encryption_algorithm;
    let hash = hash_of(&oid(&scheme.algorithm))?;
    let wrap = scheme.parameters.as_ref();
    let wrap = wrap.ok_or_else(|| SealedError::malformed("key agreement without its key wrap"))?;
    let wrap: AlgorithmIdentifier = rasn::ber::decode(wrap.as_bytes())
        .map_err(|_| SealedError::malformed("its key wrap can't be read"))?;
    let length = wrap_length(&oid(&wrap.algorithm))?;
    let OriginatorIdentifierOrKey::OriginatorPublicKey(originator) = &info.originator else {
        return Err(SealedError::unsupported(
            "key agreement with a sender's own certificate",
        ));
    };
    let shared_info = shared_info(wrap, info.user_keying_material.clone(), length)?;
    // The curve is that of our own key: a point of any other is refused by the agreement.
    let peer = UnparsedPublicKey::new(key.algorithm(), originator.public_key.as_raw_slice());
    let kek = agree(key, peer, (), |secret| {
        Ok(derive(secret, &shared_info, hash, length))
    });
    let content_key = kek.ok().and_then(|kek| unwrap(&kek, wrapped));
    Ok(content_key.filter(|content_key| content_key.len() == cipher.key_length()))
}

/// Cofactor ECDH is the same on these curves: their cofactor is 1.
fn hash_of(scheme: &str) -> Result<&'static digest::Algorithm, SealedError> {
    Ok(match scheme {
        "1.3.133.16.840.63.0.2" | "1.3.133.16.840.63.0.3" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "1.3.132.1.11.0" | "1.3.132.1.14.0" => &digest::SHA224,
        "1.3.132.1.11.1" | "1.3.132.1.14.1" => &digest::SHA256,
        "1.3.132.1.11.2" | "1.3.132.1.14.2" => &digest::SHA384,
        "1.3.132.1.11.3" | "1.3.132.1.14.3" => &digest::SHA512,
        other => {
            let what = format!("the key agreement {other}");
            return Err(SealedError::unsupported(what));
        }
    })
}

/// The length of the key that wraps, in bytes (RFC 3565 section 4.1).
fn wrap_length(algorithm: &str) -> Result<usize, SealedError> {
    match algorithm {
        "2.16.840.1.101.3.4.1.5" => Ok(16),
        "2.16.840.1.101.3.4.1.25" => Ok(24),
        "2.16.840.1.101.3.4.1.45" => Ok(32),
        other => Err(SealedError::unsupported(format!("the key wrap {other}"))),
    }
}

/// In DER, as both sides must have it to the bit.
fn shared_info(
    wrap: AlgorithmIdentifier,
    entity_u: Option<OctetString>,
    length: usize,
) -> Result<Vec<u8>, SealedError> {
    let bits = u32::try_from(length * 8).unwrap_or_default();
    let info = SharedInfo {
        wrap,
        entity_u,
        bits: bits.to_be_bytes().into(),
    };
    rasn::der::encode(&info)
        .map_err(|_| SealedError::malformed("its key agreement can't be encoded"))
}

/// ANSI X9.63 (SEC 1 version 2 section 3.6.1): hash of secret, counter and shared information, as often as is needed.
fn derive(
    secret: &[u8],
    info: &[u8],
    hash: &'static digest::Algorithm,
    length: usize,
) -> ContentKey {
    let mut key = Zeroizing::new(Vec::with_capacity(length + digest::MAX_OUTPUT_LEN));
    for counter in 1_u32.. {
        let mut context = Context::new(hash);
        context.update(secret);
        context.update(&counter.to_be_bytes());
        context.update(info);
        key.extend_from_slice(context.finish().as_ref());
        if key.len() >= length {
            break;
        }
    }
    key.truncate(length);
    key
}

/// RFC 3394. A wrong key is found out by its check value.
fn unwrap(kek: &[u8], wrapped: &[u8]) -> Option<ContentKey> {
    let key = match kek.len() {
        16 => Kek::<Aes128>::try_from(kek).ok()?.unwrap_vec(wrapped),
        24 => Kek::<Aes192>::try_from(kek).ok()?.unwrap_vec(wrapped),
        _ => Kek::<Aes256>::try_from(kek).ok()?.unwrap_vec(wrapped),
    };
    key.ok().map(Zeroizing::new)
}

mod shared {
    // What the derive writes binds each field once more, under a name with an underscore.
    #![allow(clippy::no_effect_underscore_binding)]

    use rasn::prelude::*;
    use rasn_cms::AlgorithmIdentifier;

    /// ECC-CMS-SharedInfo (RFC 5753 section 7.2).
    #[derive(AsnType, Clone, Debug, Encode, PartialEq, Eq)]
    pub(super) struct SharedInfo {
        /// `keyInfo`.
        pub(super) wrap: AlgorithmIdentifier,
        /// `entityUInfo`: the sender's keying material.
        #[rasn(tag(explicit(0)))]
        pub(super) entity_u: Option<OctetString>,
        /// `suppPubInfo`: the length of the key to be derived, in bits.
        #[rasn(tag(explicit(2)))]
        pub(super) bits: OctetString,
    }
}
