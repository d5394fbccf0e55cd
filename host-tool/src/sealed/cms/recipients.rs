//! To whom it was encrypted, and which of them we are (RFC 5652 section 6.2).

use std::fmt::Write;

use rasn::types::Integer;
use rasn_cms::{
    EncryptedKey, IssuerAndSerialNumber, KeyAgreeRecipientIdentifier, KeyAgreeRecipientInfo,
    KeyTransRecipientInfo, Name, RecipientIdentifier, RecipientInfo,
};
use secrecy::zeroize::Zeroizing;

use super::content::Cipher;
use super::{key_agreement, key_transport};
use crate::sealed::error::SealedError;
use crate::sealed::key::{Pair, X509Key};
use crate::sealed::x509::Certificate;

/// So many of the others are named in an error.
const MOST_NAMED: usize = 3;

/// A recipient that may be us.
pub(super) enum Addressed<'a> {
    Transport(&'a KeyTransRecipientInfo),
    Agreement(&'a KeyAgreeRecipientInfo, &'a EncryptedKey),
}

impl Addressed<'_> {
    /// The key of the content. `None` where it can be told that this recipient was somebody else.
    pub(super) fn content_key(
        &self,
        key: &X509Key,
        cipher: Cipher,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, SealedError> {
        match (self, key.pair()) {
            (Self::Transport(info), Pair::Rsa(key)) => {
                key_transport::content_key(info, key, cipher)
            }
            (Self::Agreement(info, wrapped), Pair::Ec(key)) => {
                key_agreement::content_key(info, wrapped, key, cipher)
            }
            _ => Ok(None),
        }
    }
}

/// The recipients that may be us: by the certificate where it is given, otherwise all whose kind of key is ours.
pub(super) fn for_us<'a>(
    recipients: &'a [&'a RecipientInfo],
    key: &X509Key,
    certificate: Option<&Certificate>,
) -> Result<Vec<Addressed<'a>>, SealedError> {
    let ours = certificate.map(Ours::of).transpose()?;
    let mut addressed = Vec::new();
    let mut others = Vec::new();
    for recipient in recipients {
        match recipient {
            RecipientInfo::KeyTransRecipientInfo(info) => {
                if matches!(key.pair(), Pair::Rsa(_))
                    && ours.as_ref().is_none_or(|ours| ours.is_rid(&info.rid))
                {
                    addressed.push(Addressed::Transport(info));
                } else {
                    others.push(format!("RSA, {}", named(&info.rid)));
                }
            }
            RecipientInfo::KeyAgreeRecipientInfo(info) => {
                for to in &info.recipient_encrypted_keys {
                    let identifier = &to.key_agree_recipient_identifier;
                    if matches!(key.pair(), Pair::Ec(_))
                        && ours.as_ref().is_none_or(|ours| ours.is_agreed(identifier))
                    {
                        addressed.push(Addressed::Agreement(info, &to.encrypted_key));
                    } else {
                        others.push("a key for key agreement (EC)".to_owned());
                    }
                }
            }
            RecipientInfo::KekRecipientInfo(_) => others.push("a symmetric key".to_owned()),
            RecipientInfo::PasswordRecipientInfo(_) => others.push("a password".to_owned()),
            RecipientInfo::OtherRecipientInfo(_) => others.push("something unknown".to_owned()),
        }
    }
    if addressed.is_empty() {
        if others.len() > MOST_NAMED {
            let more = others.len() - MOST_NAMED;
            others.truncate(MOST_NAMED);
            others.push(format!("{more} more"));
        } else if others.is_empty() {
            others.push("nobody".to_owned());
        }
        let recipients = others;
        return Err(SealedError::NotForThisKey { recipients });
    }
    Ok(addressed)
}

/// How recipients name our certificate.
struct Ours {
    issuer_and_serial: IssuerAndSerialNumber,
    key_identifier: Option<Vec<u8>>,
}

impl Ours {
    fn of(certificate: &Certificate) -> Result<Self, SealedError> {
        let unreadable = || {
            SealedError::unsupported("a certificate whose issuer or serial number can't be read")
        };
        let issuer: Name = rasn::ber::decode(&certificate.issuer).map_err(|_| unreadable())?;
        let length = u8::try_from(certificate.serial.len()).map_err(|_| unreadable())?;
        let serial = [&[2, length][..], &certificate.serial].concat();
        let serial_number: Integer = rasn::ber::decode(&serial).map_err(|_| unreadable())?;
        Ok(Self {
            issuer_and_serial: IssuerAndSerialNumber {
                issuer,
                serial_number,
            },
            key_identifier: certificate.key_identifier.clone(),
        })
    }

    fn is_key(&self, identifier: &[u8]) -> bool {
        self.key_identifier.as_deref() == Some(identifier)
    }

    fn is_rid(&self, rid: &RecipientIdentifier) -> bool {
        match rid {
            RecipientIdentifier::IssuerAndSerialNumber(named) => *named == self.issuer_and_serial,
            RecipientIdentifier::SubjectKeyIdentifier(identifier) => self.is_key(identifier),
        }
    }

    fn is_agreed(&self, identifier: &KeyAgreeRecipientIdentifier) -> bool {
        match identifier {
            KeyAgreeRecipientIdentifier::IssuerAndSerialNumber(named) => {
                *named == self.issuer_and_serial
            }
            KeyAgreeRecipientIdentifier::RecipientKeyIdentifier(identifier) => {
                self.is_key(&identifier.subject_key_identifier)
            }
        }
    }
}

/// A recipient as a person may find it: serial numbers and identifiers are numbers, so nothing of a hostile file is shown as text.
fn named(rid: &RecipientIdentifier) -> String {
    let shortened = |text: String| text.chars().take(60).collect::<String>();
    match rid {
        RecipientIdentifier::IssuerAndSerialNumber(named) => {
            format!(
                "serial number {}",
                shortened(named.serial_number.to_string())
            )
        }
        RecipientIdentifier::SubjectKeyIdentifier(identifier) => {
            let start = identifier.get(..30).unwrap_or(identifier);
            let hex = base16(start);
            format!("key identifier {hex}")
        }
    }
}

fn base16(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, octet| {
        // Writing to a string can't fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}
