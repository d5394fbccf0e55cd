//! Private keys of certificates: PKCS#8 (RFC 5958), encrypted or not, PKCS#1 (RFC 8017) and SEC 1 (RFC 5915).

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ECDH_P521};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::PrivateDecryptingKey;
use pkcs8::der::asn1::AnyRef;
use pkcs8::{
    AlgorithmIdentifierRef, EncryptedPrivateKeyInfo, ObjectIdentifier, PrivateKeyInfo,
    SecretDocument,
};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};

use super::KeyError;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// How a private key is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Pkcs8,
    Encrypted,
    Pkcs1,
    Sec1,
}

impl Form {
    /// The form that a PEM label stands for (RFC 7468 sections 10 and 11; OpenSSL's for the older two).
    pub(super) fn of_label(label: &str) -> Option<Self> {
        match label {
            "PRIVATE KEY" => Some(Self::Pkcs8),
            "ENCRYPTED PRIVATE KEY" => Some(Self::Encrypted),
            "RSA PRIVATE KEY" => Some(Self::Pkcs1),
            "EC PRIVATE KEY" => Some(Self::Sec1),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pkcs8 => "PKCS#8",
            Self::Encrypted => "encrypted PKCS#8 with PBES2",
            Self::Pkcs1 => "PKCS#1",
            Self::Sec1 => "an EC key (SEC 1)",
        }
    }
}

/// A private key in DER.
pub(super) struct Encoded {
    form: Form,
    der: Zeroizing<Vec<u8>>,
}

/// A private key that decrypts. Its `Debug` shows no more than its kind.
#[derive(Debug)]
pub struct X509Key {
    pair: Pair,
}

/// The private half, and with it the public.
#[derive(Debug)]
pub(in crate::sealed) enum Pair {
    Rsa(PrivateDecryptingKey),
    Ec(agreement::PrivateKey),
}

impl Encoded {
    pub(super) fn new(form: Form, der: Zeroizing<Vec<u8>>) -> Self {
        Self { form, der }
    }

    /// DER does not say what it is; its forms can be told apart.
    pub(super) fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let form = if PrivateKeyInfo::try_from(der).is_ok() {
            Form::Pkcs8
        } else if EncryptedPrivateKeyInfo::try_from(der).is_ok() {
            Form::Encrypted
        } else if wrapped(der)
            .is_ok_and(|der| PrivateDecryptingKey::from_pkcs8(der.as_bytes()).is_ok())
        {
            Form::Pkcs1
        } else if ec(der).is_some() {
            Form::Sec1
        } else {
            return Err(KeyError::NoKey);
        };
        Ok(Self::new(form, Zeroizing::new(der.to_vec())))
    }

    pub(super) fn is_locked(&self) -> bool {
        self.form == Form::Encrypted
    }

    pub(super) fn unlock(self, passphrase: Option<&SecretString>) -> Result<X509Key, KeyError> {
        let form = self.form.name();
        let unreadable = || KeyError::Unreadable { form };
        let pair = match self.form {
            Form::Pkcs8 => pkcs8_pair(&self.der)?,
            Form::Encrypted => {
                let passphrase = passphrase.ok_or(KeyError::Locked)?;
                let sealed = EncryptedPrivateKeyInfo::try_from(self.der.as_slice());
                let opened = sealed
                    .map_err(|_| unreadable())?
                    .decrypt(passphrase.expose_secret())
                    .map_err(|_| KeyError::Passphrase)?;
                pkcs8_pair(opened.as_bytes())?
            }
            Form::Pkcs1 => {
                let document = wrapped(&self.der).map_err(|_| unreadable())?;
                rsa(document.as_bytes())?
            }
            Form::Sec1 => ec(&self.der).ok_or_else(unreadable)?,
        };
        Ok(X509Key { pair })
    }
}

fn pkcs8_pair(der: &[u8]) -> Result<Pair, KeyError> {
    let unreadable = KeyError::Unreadable { form: "PKCS#8" };
    let info = PrivateKeyInfo::try_from(der).map_err(|_| unreadable)?;
    match info.algorithm.oid {
        RSA => rsa(der),
        EC => ec(der).ok_or(KeyError::Kind {
            what: "an EC key that can't be used",
        }),
        _ => Err(KeyError::Kind {
            what: "a key of another kind",
        }),
    }
}

fn rsa(pkcs8: &[u8]) -> Result<Pair, KeyError> {
    PrivateDecryptingKey::from_pkcs8(pkcs8)
        .map(Pair::Rsa)
        .map_err(|_| KeyError::Kind {
            what: "an RSA key that can't be used",
        })
}

fn ec(der: &[u8]) -> Option<Pair> {
    [&ECDH_P256, &ECDH_P384, &ECDH_P521]
        .into_iter()
        .find_map(|curve| agreement::PrivateKey::from_private_key_der(curve, der).ok())
        .map(Pair::Ec)
}

/// PKCS#1 within PKCS#8 (RFC 5958 section 2).
fn wrapped(pkcs1: &[u8]) -> Result<SecretDocument, pkcs8::der::Error> {
    let algorithm = AlgorithmIdentifierRef {
        oid: RSA,
        parameters: Some(AnyRef::NULL),
    };
    SecretDocument::encode_msg(&PrivateKeyInfo::new(algorithm, pkcs1))
}

impl X509Key {
    pub(in crate::sealed) fn pair(&self) -> &Pair {
        &self.pair
    }

    /// The bits of the public key, as a certificate has them.
    pub(in crate::sealed) fn public_bits(&self) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Rsa(key) => {
                let der = key.public_key().as_der().ok()?;
                let (_, info) = SubjectPublicKeyInfo::from_der(der.as_ref()).ok()?;
                Some(info.subject_public_key.data.to_vec())
            }
            Pair::Ec(key) => Some(key.compute_public_key().ok()?.as_ref().to_vec()),
        }
    }
}
