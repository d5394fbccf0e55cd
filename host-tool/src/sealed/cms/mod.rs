//! CMS: EnvelopedData (RFC 5652 section 6) and AuthEnvelopedData (RFC 5083), in DER or in BER with indefinite lengths.
//!
//! `rasn` reads it: it bounds how deep values may nest (128), and skips over unknown ones without recursion.

mod content;
mod key_agreement;
mod key_transport;
mod outer;
mod recipients;

use rasn_cms::{AuthEnvelopedData, ContentInfo, EnvelopedData};
use secrecy::zeroize::Zeroizing;

use self::content::{Cipher, Sealed};
use self::recipients::Addressed;
use super::error::SealedError;
use super::key::X509Key;
use super::x509::Certificate;
use super::{Contents, Opened};

const ENVELOPED_DATA: &str = "1.2.840.113549.1.7.3";
const AUTH_ENVELOPED_DATA: &str = "1.2.840.113549.1.9.16.1.23";

/// So many recipients are tried at the most, where none of them can be told apart by a certificate: each costs a decryption
/// of the whole.
const MOST_TRIED: usize = 16;

/// Decrypts a whole file.
pub(super) fn open(
    bytes: Vec<u8>,
    key: &X509Key,
    certificate: Option<&Certificate>,
) -> Result<Opened, SealedError> {
    let info: ContentInfo = outer::decode(&bytes)?;
    drop(bytes);
    let (recipients, sealed) = match oid(&info.content_type).as_str() {
        ENVELOPED_DATA => {
            let data: EnvelopedData = outer::decode_inner(info.content.as_bytes())?;
            drop(info);
            let sealed = Sealed::enveloped(data.encrypted_content_info)?;
            (data.recipient_infos, sealed)
        }
        AUTH_ENVELOPED_DATA => {
            let data: AuthEnvelopedData = outer::decode_inner(info.content.as_bytes())?;
            drop(info);
            let attributes = data.auth_attrs.as_ref();
            let sealed =
                Sealed::authenticated(data.auth_encrypted_content_info, attributes, &data.mac)?;
            (data.recipient_infos, sealed)
        }
        other => {
            let what = format!("CMS of the kind {other}, not EnvelopedData");
            return Err(SealedError::unsupported(what));
        }
    };
    let recipients = recipients.to_vec();
    let addressed = recipients::for_us(&recipients, key, certificate)?;
    open_as(sealed, &addressed, key, certificate.is_some())
}

/// Tries each recipient that may be this key.
fn open_as(
    sealed: Sealed,
    addressed: &[Addressed<'_>],
    key: &X509Key,
    certain: bool,
) -> Result<Opened, SealedError> {
    if addressed.len() > MOST_TRIED {
        let what =
            format!("more than {MOST_TRIED} recipients, and no certificate says which is meant");
        return Err(SealedError::unsupported(what));
    }
    let mut unsupported = None;
    let mut sealed = Some(sealed);
    for (place, recipient) in addressed.iter().enumerate() {
        let last = place + 1 == addressed.len();
        let content_key = match sealed.as_ref() {
            Some(sealed) => recipient.content_key(key, sealed.cipher),
            None => break,
        };
        let content_key = match content_key {
            Ok(Some(content_key)) => content_key,
            Ok(None) => continue,
            Err(SealedError::Randomness) => return Err(SealedError::Randomness),
            Err(error) => {
                unsupported = Some(error);
                continue;
            }
        };
        // Only the last may use up the ciphertext.
        let this = if last { sealed.take() } else { sealed.clone() };
        if let Some(opened) = this.and_then(|sealed| accept(sealed, &content_key)) {
            return Ok(opened);
        }
    }
    Err(match unsupported {
        Some(error) => error,
        None if certain => SealedError::Damaged,
        None => SealedError::WrongKeyOrDamaged,
    })
}

/// What comes out under this content key, if it is to be believed.
fn accept(sealed: Sealed, content_key: &Zeroizing<Vec<u8>>) -> Option<Opened> {
    let intact = matches!(sealed.cipher, Cipher::Gcm(_));
    let bytes = sealed.open(content_key)?;
    let contents = Contents::of(&bytes);
    // CBC lets one wrong key in 256 through, and every change: then only the look of the content speaks for it.
    (intact || contents != Contents::Other).then_some(Opened {
        bytes,
        contents,
        intact,
    })
}

/// An object identifier as people write it.
fn oid(oid: &rasn::types::ObjectIdentifier) -> String {
    let arcs: Vec<_> = oid.iter().map(ToString::to_string).collect();
    arcs.join(".")
}

/// The key of a content whose only recipient is this key, for tests that seal something else with it.
#[cfg(test)]
pub(super) fn content_key_of(data: &AuthEnvelopedData, key: &X509Key) -> Zeroizing<Vec<u8>> {
    let recipients = data.recipient_infos.to_vec();
    let addressed = recipients::for_us(&recipients, key, None).unwrap();
    let info = data.auth_encrypted_content_info.clone();
    let cipher = Sealed::authenticated(info, None, &data.mac).unwrap().cipher;
    addressed[0].content_key(key, cipher).unwrap().unwrap()
}
