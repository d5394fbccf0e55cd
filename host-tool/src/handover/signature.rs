//! A detached CMS signature (RFC 5652 section 5) over a file, of which only the SHA-256 is needed here, by the bench's P-256 key.
//!
//! Attributes are signed, as RFC 5652 section 5.3 recommends: what was signed, its digest, and when. Judged by `openssl cms`.

use std::io;
use std::path::PathBuf;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use rasn::prelude::{Any, Integer, ObjectIdentifier, OctetString, SetOf, UtcTime};
use rasn::{der, types::Oid};
use rasn_cms::{
    AlgorithmIdentifier, Attribute, Certificate, CertificateChoices, ContentInfo,
    EncapsulatedContentInfo, IssuerAndSerialNumber, SignedData, SignerIdentifier, SignerInfo,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::config::{Config, Network, SecretFileError, read_private_text};
use crate::store::{hex, sha256};

const DATA: &[u32] = &[1, 2, 840, 113_549, 1, 7, 1];
const SIGNED_DATA: &[u32] = &[1, 2, 840, 113_549, 1, 7, 2];
const CONTENT_TYPE: &[u32] = &[1, 2, 840, 113_549, 1, 9, 3];
const MESSAGE_DIGEST: &[u32] = &[1, 2, 840, 113_549, 1, 9, 4];
const SIGNING_TIME: &[u32] = &[1, 2, 840, 113_549, 1, 9, 5];
const SHA_256: &[u32] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];
const ECDSA_WITH_SHA_256: &[u32] = &[1, 2, 840, 10_045, 4, 3, 2];

/// The bench's key can't sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The key's file.
    #[error("network.key")]
    Key(#[source] SecretFileError),
    /// The certificate's file.
    #[error("can't read {} (network.certificate)", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls_pki_types::pem::Error,
    },
    /// They are of another form, or do not belong together.
    #[error("network.certificate and network.key can't sign: {0}")]
    Unfit(&'static str),
}

/// Who signs.
#[derive(Debug)]
pub struct Signer {
    key: EcdsaKeyPair,
    certificate: Certificate,
}

impl Signer {
    /// The bench's key and certificate.
    ///
    /// # Errors
    /// [`SignerError`].
    pub fn load(config: &Config, network: &Network) -> Result<Self, SignerError> {
        let path = config.path(&network.certificate);
        let certificate = CertificateDer::from_pem_file(&path)
            .map_err(|source| SignerError::Certificate { path, source })?;
        let text = read_private_text(&config.path(&network.key)).map_err(SignerError::Key)?;
        let key = PrivateKeyDer::from_pem_slice(text.expose_secret().as_bytes());
        let key = key.map_err(|_| SignerError::Unfit("the key is no private key in PEM"))?;
        Self::new(&key, &certificate)
    }

    fn new(key: &PrivateKeyDer<'_>, certificate: &[u8]) -> Result<Self, SignerError> {
        let unfit = SignerError::Unfit;
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let key = EcdsaKeyPair::from_private_key_der(algorithm, key.secret_der())
            .map_err(|_| unfit("the key is not over P-256"))?;
        let spki = spki_of(certificate).ok_or(unfit("the certificate can't be read"))?;
        if public_key(&spki) != Some(key.public_key().as_ref()) {
            return Err(unfit("they are not of one key"));
        }
        let certificate =
            der::decode(certificate).map_err(|_| unfit("the certificate can't be read"))?;
        Ok(Self { key, certificate })
    }

    /// Signs a file's SHA-256: the ContentInfo in DER. Seconds are all that the time keeps.
    ///
    /// # Errors
    /// Where the system has no randomness, or the certificate no form that CMS can name.
    pub fn sign(&self, digest: [u8; 32], now: OffsetDateTime) -> io::Result<Vec<u8>> {
        let signed = vec![
            attribute(CONTENT_TYPE, &oid(DATA))?,
            attribute(MESSAGE_DIGEST, &OctetString::from(digest.to_vec()))?,
            attribute(SIGNING_TIME, &utc(now)?)?,
        ];
        let signed = SetOf::from_vec(signed);
        let signature = self
            .key
            .sign(&SystemRandom::new(), &encode(&signed)?)
            .map_err(|_| io::Error::other("the key did not sign"))?;
        let name = &self.certificate.tbs_certificate;
        let signer = SignerInfo {
            version: Integer::from(1),
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: name.issuer.clone(),
                serial_number: name.serial_number.clone(),
            }),
            digest_algorithm: algorithm(SHA_256),
            signed_attrs: Some(signed),
            signature_algorithm: algorithm(ECDSA_WITH_SHA_256),
            signature: signature.as_ref().to_vec().into(),
            unsigned_attrs: None,
        };
        let certificate = CertificateChoices::Certificate(Box::new(self.certificate.clone()));
        let data = SignedData {
            version: Integer::from(1),
            digest_algorithms: SetOf::from_vec(vec![algorithm(SHA_256)]),
            encap_content_info: EncapsulatedContentInfo {
                content_type: oid(DATA),
                content: None,
            },
            certificates: Some(SetOf::from_vec(vec![certificate])),
            crls: None,
            signer_infos: SetOf::from_vec(vec![signer]),
        };
        encode(&ContentInfo {
            content_type: oid(SIGNED_DATA),
            content: Any::new(encode(&data)?),
        })
    }
}

/// What a signature says that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// SHA-256 of the file that was signed.
    pub digest: [u8; 32],
    /// The signer's SubjectPublicKeyInfo in DER. Nothing here says that it is somebody's.
    pub spki: Vec<u8>,
    /// When it was signed, by the signer's clock.
    pub time: Option<OffsetDateTime>,
}

/// Reads a detached signature as this program makes it and verifies it: one signer, P-256 with SHA-256, the certificate within.
///
/// # Errors
/// Words that say what is wrong with it.
pub fn verify(bytes: &[u8]) -> Result<Signed, &'static str> {
    let info: ContentInfo = der::decode(bytes).map_err(|_| "it is no CMS in DER")?;
    if info.content_type != oid(SIGNED_DATA) {
        return Err("it is CMS, but no SignedData");
    }
    let data: SignedData =
        der::decode(info.content.as_bytes()).map_err(|_| "its SignedData can't be read")?;
    let signers = data.signer_infos.to_vec();
    let &[signer] = signers.as_slice() else {
        return Err("it has not exactly one signer");
    };
    if signer.digest_algorithm.algorithm != oid(SHA_256)
        || signer.signature_algorithm.algorithm != oid(ECDSA_WITH_SHA_256)
    {
        return Err("it is not by ECDSA with SHA-256");
    }
    let spki = certificate_of(&data, signer).ok_or("its signer's certificate is not in it")?;
    let attributes = signer
        .signed_attrs
        .as_ref()
        .ok_or("it has no signed attributes")?;
    // What is signed is the SET OF in DER, whatever form it came in (RFC 5652 section 5.4).
    let signed = der::encode(attributes).map_err(|_| "its attributes can't be read")?;
    let key = public_key(&spki).ok_or("its signer's key is not over P-256")?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
        .verify(&signed, &signer.signature)
        .map_err(|_| "it does not verify: it was changed after it was made")?;
    let kind: ObjectIdentifier = value(attributes, CONTENT_TYPE).ok_or("it names no content")?;
    if kind != oid(DATA) {
        return Err("what it signs is not data");
    }
    let digest: OctetString = value(attributes, MESSAGE_DIGEST).ok_or("it has no digest")?;
    let digest = <[u8; 32]>::try_from(digest.as_ref()).map_err(|_| "its digest is no SHA-256")?;
    let time: Option<UtcTime> = value(attributes, SIGNING_TIME);
    let time = time.and_then(|time| OffsetDateTime::from_unix_timestamp(time.timestamp()).ok());
    Ok(Signed { digest, spki, time })
}

/// SHA-256 over a SubjectPublicKeyInfo, in hexadecimal: what two people compare.
pub fn key_sha256(spki: &[u8]) -> String {
    hex(&sha256(spki))
}

/// The SubjectPublicKeyInfo of a certificate in DER; of a chain, that of its first.
pub fn spki_of(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(certificate.public_key().raw.to_vec())
}

/// The SubjectPublicKeyInfo of the certificate that the signer names.
fn certificate_of(data: &SignedData, signer: &SignerInfo) -> Option<Vec<u8>> {
    let SignerIdentifier::IssuerAndSerialNumber(named) = &signer.sid else {
        return None;
    };
    let mut certificates = data.certificates.as_ref()?.iter();
    certificates.find_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => {
            let name = &certificate.tbs_certificate;
            let is_named = name.issuer == named.issuer && name.serial_number == named.serial_number;
            spki_of(&der::encode(certificate).ok()?).filter(|_| is_named)
        }
        _ => None,
    })
}

/// The point of a P-256 SubjectPublicKeyInfo, which ends with it: 65 bytes, not compressed (RFC 5480 section 2.2).
fn public_key(spki: &[u8]) -> Option<&[u8]> {
    const PREFIX: &[u8] = &[
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08,
        0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    spki.strip_prefix(PREFIX)
}

fn oid(arcs: &[u32]) -> ObjectIdentifier {
    // All of them are constants above.
    Oid::new(arcs).map_or_else(|| Oid::const_new(&[0, 0]).to_owned(), ToOwned::to_owned)
}

fn algorithm(arcs: &[u32]) -> AlgorithmIdentifier {
    // Both are without parameters (RFC 5754 sections 2 and 3.3).
    AlgorithmIdentifier {
        algorithm: oid(arcs),
        parameters: None,
    }
}

fn attribute(arcs: &[u32], value: &impl rasn::Encode) -> io::Result<Attribute> {
    Ok(Attribute {
        r#type: oid(arcs),
        values: SetOf::from_vec(vec![Any::new(encode(value)?)]),
    })
}

/// The only value of the only attribute of that kind.
fn value<T: rasn::Decode>(attributes: &SetOf<Attribute>, arcs: &[u32]) -> Option<T> {
    let wanted = oid(arcs);
    let mut all = attributes.iter().filter(|one| one.r#type == wanted);
    let (one, None) = (all.next()?, all.next()) else {
        return None;
    };
    let values = one.values.to_vec();
    let &[value] = values.as_slice() else {
        return None;
    };
    der::decode(value.as_bytes()).ok()
}

fn utc(now: OffsetDateTime) -> io::Result<UtcTime> {
    let time = UtcTime::from_timestamp(now.unix_timestamp(), 0);
    time.ok_or_else(|| io::Error::other("the clock shows no time"))
}

fn encode(value: &impl rasn::Encode) -> io::Result<Vec<u8>> {
    der::encode(value).map_err(|error| io::Error::other(error.to_string()))
}
