//! Which keys and algorithms are taken, and whether the signature verifies. What is weak is refused before anything is computed.

use aws_lc_rs::signature as algorithms;
use aws_lc_rs::signature::{UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::der_parser::asn1_rs::Oid;
use x509_parser::der_parser::oid;
use x509_parser::prelude::X509CertificationRequest;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::Fault;
use crate::preflight::Code;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    P256,
    P384,
    P521,
    Rsa,
    Ed25519,
}

/// Checks key, algorithm and signature.
pub(super) fn check(request: &X509CertificationRequest<'_>) -> Result<(), Fault> {
    let info = &request.certification_request_info;
    let key = key_of(&info.subject_pki)?;
    let algorithm = algorithm_of(key, &request.signature_algorithm)?;
    let refused = || Fault::new(Code::CsrSignature, "its signature does not verify");
    if request.signature_value.unused_bits != 0 {
        return Err(refused());
    }
    let public = info.subject_pki.subject_public_key.data.as_ref();
    UnparsedPublicKey::new(algorithm, public)
        .verify(info.raw, request.signature_value.data.as_ref())
        .map_err(|_| refused())
}

const EC: Oid<'static> = oid!(1.2.840.10045.2.1);
const P256: Oid<'static> = oid!(1.2.840.10045.3.1.7);
const P384: Oid<'static> = oid!(1.3.132.0.34);
const P521: Oid<'static> = oid!(1.3.132.0.35);
const SECP256K1: Oid<'static> = oid!(1.3.132.0.10);
const RSA: Oid<'static> = oid!(1.2.840.113549.1.1.1);
const ED25519: Oid<'static> = oid!(1.3.101.112);

fn key_of(key: &SubjectPublicKeyInfo<'_>) -> Result<Key, Fault> {
    let bits = &key.subject_public_key;
    if bits.unused_bits != 0 {
        return refused("not a whole number of bytes");
    }
    let algorithm = &key.algorithm.algorithm;
    if *algorithm == EC {
        return elliptic(key);
    }
    if *algorithm == RSA {
        return match key.parsed() {
            Ok(PublicKey::RSA(rsa)) if (2048..=8192).contains(&rsa.key_size()) => Ok(Key::Rsa),
            Ok(PublicKey::RSA(rsa)) => refused(&format!("RSA with {} bits", rsa.key_size())),
            _ => refused("an RSA key that can't be read"),
        };
    }
    if *algorithm == ED25519 {
        return Ok(Key::Ed25519);
    }
    match algorithm.to_id_string().as_str() {
        "1.3.101.113" => refused("Ed448"),
        "1.2.840.10040.4.1" => refused("DSA"),
        "1.2.840.113549.1.1.10" => refused("RSA for PSS only"),
        other => refused(&format!("of the kind {other}")),
    }
}

fn elliptic(key: &SubjectPublicKeyInfo<'_>) -> Result<Key, Fault> {
    let parameters = key.algorithm.parameters.as_ref();
    let Some(curve) = parameters.and_then(|any| any.as_oid().ok()) else {
        return refused("over a curve without a name");
    };
    let (kind, length) = match &curve {
        curve if *curve == P256 => (Key::P256, 65),
        curve if *curve == P384 => (Key::P384, 97),
        curve if *curve == P521 => (Key::P521, 133),
        curve if *curve == SECP256K1 => return refused("over the curve secp256k1"),
        other => return refused(&format!("over the curve {}", other.to_id_string())),
    };
    let point = &key.subject_public_key.data;
    if point.len() != length || point.first() != Some(&4) {
        return refused("not an uncompressed point of its curve");
    }
    Ok(kind)
}

fn refused(what: &str) -> Result<Key, Fault> {
    Err(Fault::new(Code::CsrKey, format!("its key is {what}")))
}

/// What is taken of each kind of key.
static ALGORITHMS: [(Key, Oid<'static>, &dyn VerificationAlgorithm); 13] = {
    const SHA256: Oid<'static> = oid!(1.2.840.10045.4.3.2);
    const SHA384: Oid<'static> = oid!(1.2.840.10045.4.3.3);
    const SHA512: Oid<'static> = oid!(1.2.840.10045.4.3.4);
    [
        (Key::P256, SHA256, &algorithms::ECDSA_P256_SHA256_ASN1),
        (Key::P256, SHA384, &algorithms::ECDSA_P256_SHA384_ASN1),
        (Key::P256, SHA512, &algorithms::ECDSA_P256_SHA512_ASN1),
        (Key::P384, SHA256, &algorithms::ECDSA_P384_SHA256_ASN1),
        (Key::P384, SHA384, &algorithms::ECDSA_P384_SHA384_ASN1),
        (Key::P384, SHA512, &algorithms::ECDSA_P384_SHA512_ASN1),
        (Key::P521, SHA256, &algorithms::ECDSA_P521_SHA256_ASN1),
        (Key::P521, SHA384, &algorithms::ECDSA_P521_SHA384_ASN1),
        (Key::P521, SHA512, &algorithms::ECDSA_P521_SHA512_ASN1),
        (
            Key::Rsa,
            oid!(1.2.840.113549.1.1.11),
            &algorithms::RSA_PKCS1_2048_8192_SHA256,
        ),
        (
            Key::Rsa,
            oid!(1.2.840.113549.1.1.12),
            &algorithms::RSA_PKCS1_2048_8192_SHA384,
        ),
        (
            Key::Rsa,
            oid!(1.2.840.113549.1.1.13),
            &algorithms::RSA_PKCS1_2048_8192_SHA512,
        ),
        (Key::Ed25519, ED25519, &algorithms::ED25519),
    ]
};

/// Where the algorithm is taken and fits the key.
fn algorithm_of(
    key: Key,
    algorithm: &AlgorithmIdentifier<'_>,
) -> Result<&'static dyn VerificationAlgorithm, Fault> {
    let oid = &algorithm.algorithm;
    let fits = |(of, by, _): &&(Key, Oid<'_>, _)| *of == key && by == oid;
    ALGORITHMS
        .iter()
        .find(fits)
        .map(|(_, _, verifier)| *verifier)
        .ok_or_else(|| {
            let oid = oid.to_id_string();
            let what = format!("it is signed by {} with a key of {key:?}", name(&oid));
            Fault::new(Code::CsrAlgorithm, what)
        })
}

fn name(oid: &str) -> &str {
    match oid {
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.1" => "ecdsa-with-SHA224",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "RSASSA-PSS",
        "1.2.840.113549.1.1.14" => "sha224WithRSAEncryption",
        other => other,
    }
}
