//! The certificate request itself: its form, its key, its signature, and that it says what was asked, no more and no less.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use nameplate_wire::limits;
use nameplate_wire::request::AttributeKind;
use x509_cert::der::Decode as _;
use x509_cert::request::CertReq;
use x509_parser::der_parser::asn1_rs::Oid;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256, OID_X509_COMMON_NAME,
    OID_X509_COUNTRY_NAME, OID_X509_LOCALITY_NAME, OID_X509_ORGANIZATION_NAME,
    OID_X509_ORGANIZATIONAL_UNIT, OID_X509_SERIALNUMBER, OID_X509_STATE_OR_PROVINCE_NAME,
};
use x509_parser::prelude::{FromDer, X509CertificationRequest, X509CertificationRequestInfo};
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::{Refusal, extensions};
use crate::columns::{Asked, Attribute};
use crate::store::{KeyHash, sha256};

/// What stands before the point in the SubjectPublicKeyInfo of a P-256 key (RFC 5480 section 2): id-ecPublicKey, secp256r1,
/// a bit string of 65 whole bytes.
const P256_KEY: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A,
    0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A certificate request that passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRequest {
    der: Vec<u8>,
    sha256: [u8; 32],
    public_key: Vec<u8>,
    key: KeyHash,
}

impl VerifiedRequest {
    /// The request in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the request in DER.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// The P-256 key as an uncompressed point, 65 bytes.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// SHA-256 of the key's SubjectPublicKeyInfo.
    pub fn key(&self) -> KeyHash {
        self.key
    }

    /// The request in DER, given away.
    pub fn into_der(self) -> Vec<u8> {
        self.der
    }
}

/// Checks a certificate request in DER against what the board was asked for.
///
/// Algorithms and key sizes are checked before the signature is, so that nothing weak is ever computed with.
///
/// # Errors
/// [`Refusal`], the first thing found.
pub fn check_request(der: &[u8], asked: &Asked) -> Result<VerifiedRequest, Refusal> {
    if der.len() > limits::CSR {
        let why = format!("{} bytes are more than {}", der.len(), limits::CSR);
        return Err(Refusal::UnreadableRequest(why));
    }
    let csr = read(der)?;
    let info = &csr.certification_request_info;
    let public_key = p256_point(&info.subject_pki)?;
    check_algorithm(&csr.signature_algorithm)?;
    // Neither parser nor verifier looks at the count of unused bits: two encodings of one request would pass.
    if csr.signature_value.unused_bits != 0 {
        return Err(Refusal::BadSignature);
    }
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public_key)
        .verify(info.raw, &csr.signature_value.data)
        .map_err(|_| Refusal::BadSignature)?;
    check_subject(info, asked)?;
    extensions::check(&csr, asked)?;
    Ok(VerifiedRequest {
        der: der.to_vec(),
        sha256: sha256(der),
        public_key: public_key.to_vec(),
        key: KeyHash::of_spki(info.subject_pki.raw),
    })
}

/// The P-256 key of a request that was checked before it was stored, as an uncompressed point of 65 bytes.
///
/// # Errors
/// [`Refusal`] where it is no such request.
pub fn key_of_request(der: &[u8]) -> Result<Vec<u8>, Refusal> {
    let csr = read(der)?;
    let point = p256_point(&csr.certification_request_info.subject_pki)?;
    Ok(point.to_vec())
}

/// Reads a request, and nothing but one: whoever reads the same bytes later must not find more in them.
fn read(der: &[u8]) -> Result<X509CertificationRequest<'_>, Refusal> {
    let (rest, csr) = X509CertificationRequest::from_der(der)
        .map_err(|error| Refusal::UnreadableRequest(readable(&error)))?;
    if !rest.is_empty() {
        let why = format!("{} bytes follow it", rest.len());
        return Err(Refusal::UnreadableRequest(why));
    }
    // That parser bears BER, and bytes behind the last field of a sequence; this one does not.
    CertReq::from_der(der)
        .map_err(|error| Refusal::UnreadableRequest(format!("it is not DER: {error}")))?;
    Ok(csr)
}

fn check_algorithm(algorithm: &AlgorithmIdentifier<'_>) -> Result<(), Refusal> {
    // RFC 5758 section 3.2: without parameters.
    if algorithm.algorithm == OID_SIG_ECDSA_WITH_SHA256 && algorithm.parameters.is_none() {
        return Ok(());
    }
    Err(Refusal::SignatureAlgorithm(algorithm_name(algorithm)))
}

fn algorithm_name(algorithm: &AlgorithmIdentifier<'_>) -> String {
    match algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1".to_owned(),
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256 with parameters".to_owned(),
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384".to_owned(),
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512".to_owned(),
        other => other.to_owned(),
    }
}

/// The point of a P-256 key, or what else the key is.
fn p256_point<'a>(key: &'a SubjectPublicKeyInfo<'_>) -> Result<&'a [u8], Refusal> {
    if key.algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY {
        let found = key_name(&key.algorithm.algorithm);
        return Err(Refusal::KeyType(found));
    }
    let curve = key
        .algorithm
        .parameters
        .as_ref()
        .and_then(|any| any.as_oid().ok());
    match curve {
        Some(curve) if curve == OID_EC_P256 => {}
        Some(curve) => return Err(Refusal::KeyType(key_name(&curve))),
        None => {
            return Err(Refusal::KeyType(
                "an elliptic curve without a name".to_owned(),
            ));
        }
    }
    // One key has one encoding, or a second encoding of it would pass as another key.
    key.raw
        .strip_prefix(&P256_KEY)
        .filter(|point| point.len() == 65 && point.first() == Some(&4))
        .ok_or_else(|| Refusal::KeyType("a P-256 key that is not an uncompressed point".to_owned()))
}

fn key_name(oid: &Oid<'_>) -> String {
    match oid.to_id_string().as_str() {
        "1.2.840.113549.1.1.1" => "RSA".to_owned(),
        "1.3.132.0.34" => "P-384".to_owned(),
        "1.3.132.0.35" => "P-521".to_owned(),
        "1.3.132.0.10" => "secp256k1".to_owned(),
        "1.3.101.112" => "Ed25519".to_owned(),
        other => other.to_owned(),
    }
}

fn check_subject(info: &X509CertificationRequestInfo<'_>, asked: &Asked) -> Result<(), Refusal> {
    let mut found = Vec::new();
    for rdn in info.subject.iter() {
        let mut attributes = rdn.iter();
        let (Some(attribute), None) = (attributes.next(), attributes.next()) else {
            let why = "a name of several attributes in one".to_owned();
            return Err(Refusal::UnreadableRequest(why));
        };
        let value = attribute
            .as_str()
            .map_err(|_| Refusal::UnreadableRequest("a name that is no text".to_owned()))?;
        found.push((attribute.attr_type().to_id_string(), value.to_owned()));
    }
    let wanted: Vec<_> = asked
        .values
        .iter()
        .filter_map(|value| match value.attribute {
            Attribute::Subject(kind) => Some((oid_of(kind).to_id_string(), value.value.clone())),
            Attribute::AltName(_) => None,
        })
        .collect();
    if found == wanted {
        return Ok(());
    }
    Err(Refusal::OtherThanAsked {
        found: format!("the subject {}", shown(&found)),
        asked: shown(&wanted),
    })
}

fn shown(name: &[(String, String)]) -> String {
    let parts: Vec<_> = name
        .iter()
        .map(|(oid, value)| format!("{}={value:?}", short(oid)))
        .collect();
    if parts.is_empty() {
        "(empty)".to_owned()
    } else {
        parts.join(", ")
    }
}

fn short(oid: &str) -> &str {
    match oid {
        "2.5.4.3" => "CN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        other => other,
    }
}

fn oid_of(kind: AttributeKind) -> Oid<'static> {
    match kind {
        AttributeKind::C => OID_X509_COUNTRY_NAME,
        AttributeKind::St => OID_X509_STATE_OR_PROVINCE_NAME,
        AttributeKind::L => OID_X509_LOCALITY_NAME,
        AttributeKind::O => OID_X509_ORGANIZATION_NAME,
        AttributeKind::Ou => OID_X509_ORGANIZATIONAL_UNIT,
        AttributeKind::Cn => OID_X509_COMMON_NAME,
        AttributeKind::SerialNumber => OID_X509_SERIALNUMBER,
    }
}

/// A parser's error without the bytes that it may quote.
fn readable(error: &x509_parser::asn1_rs::Err<x509_parser::error::X509Error>) -> String {
    match error {
        x509_parser::asn1_rs::Err::Incomplete(_) => "it ends too early".to_owned(),
        x509_parser::asn1_rs::Err::Error(error) | x509_parser::asn1_rs::Err::Failure(error) => {
            error.to_string()
        }
    }
}
