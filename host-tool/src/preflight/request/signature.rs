//! Which keys and algorithms are taken, and whether the signature verifies. What is weak is refused before anything is computed.

use aws_lc_rs::signature as algorithms;
use aws_lc_rs::signature::{UnparsedPublicKey, VerificationAlgorithm};
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

fn key_of(key: &SubjectPublicKeyInfo<'_>) -> Result<Key, Fault> {
    let refused = |what: String| Err(Fault::new(Code::CsrKey, format!("its key is {what}")));
    let bits = &key.subject_public_key;
    if bits.unused_bits != 0 {
        return refused("not a whole number of bytes".to_owned());
    }
    match key.algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.10045.2.1" => {
            let curve = key.algorithm.parameters.as_ref();
            let curve = curve
                .and_then(|any| any.as_oid().ok())
                .map(|oid| oid.to_id_string());
            let (kind, length) = match curve.as_deref() {
                Some("1.2.840.10045.3.1.7") => (Key::P256, 65),
                Some("1.3.132.0.34") => (Key::P384, 97),
                Some("1.3.132.0.35") => (Key::P521, 133),
                Some("1.3.132.0.10") => return refused("over the curve secp256k1".to_owned()),
                Some(other) => return refused(format!("over the curve {other}")),
                None => return refused("over a curve without a name".to_owned()),
            };
            if bits.data.len() != length || bits.data.first() != Some(&4) {
                return refused("not an uncompressed point of its curve".to_owned());
            }
            Ok(kind)
        }
        "1.2.840.113549.1.1.1" => match key.parsed() {
            Ok(PublicKey::RSA(rsa)) if (2048..=8192).contains(&rsa.key_size()) => Ok(Key::Rsa),
            Ok(PublicKey::RSA(rsa)) => refused(format!("RSA with {} bits", rsa.key_size())),
            _ => refused("an RSA key that can't be read".to_owned()),
        },
        "1.3.101.112" => Ok(Key::Ed25519),
        "1.3.101.113" => refused("Ed448".to_owned()),
        "1.2.840.10040.4.1" => refused("DSA".to_owned()),
        "1.2.840.113549.1.1.10" => refused("RSA for PSS only".to_owned()),
        other => refused(format!("of the kind {other}")),
    }
}

/// Where the algorithm is taken and fits the key.
fn algorithm_of(
    key: Key,
    algorithm: &AlgorithmIdentifier<'_>,
) -> Result<&'static dyn VerificationAlgorithm, Fault> {
    let oid = algorithm.algorithm.to_id_string();
    let verifier: &dyn VerificationAlgorithm = match (key, oid.as_str()) {
        (Key::P256, "1.2.840.10045.4.3.2") => &algorithms::ECDSA_P256_SHA256_ASN1,
        (Key::P256, "1.2.840.10045.4.3.3") => &algorithms::ECDSA_P256_SHA384_ASN1,
        (Key::P256, "1.2.840.10045.4.3.4") => &algorithms::ECDSA_P256_SHA512_ASN1,
        (Key::P384, "1.2.840.10045.4.3.2") => &algorithms::ECDSA_P384_SHA256_ASN1,
        (Key::P384, "1.2.840.10045.4.3.3") => &algorithms::ECDSA_P384_SHA384_ASN1,
        (Key::P384, "1.2.840.10045.4.3.4") => &algorithms::ECDSA_P384_SHA512_ASN1,
        (Key::P521, "1.2.840.10045.4.3.2") => &algorithms::ECDSA_P521_SHA256_ASN1,
        (Key::P521, "1.2.840.10045.4.3.3") => &algorithms::ECDSA_P521_SHA384_ASN1,
        (Key::P521, "1.2.840.10045.4.3.4") => &algorithms::ECDSA_P521_SHA512_ASN1,
        (Key::Rsa, "1.2.840.113549.1.1.11") => &algorithms::RSA_PKCS1_2048_8192_SHA256,
        (Key::Rsa, "1.2.840.113549.1.1.12") => &algorithms::RSA_PKCS1_2048_8192_SHA384,
        (Key::Rsa, "1.2.840.113549.1.1.13") => &algorithms::RSA_PKCS1_2048_8192_SHA512,
        (Key::Ed25519, "1.3.101.112") => &algorithms::ED25519,
        _ => {
            let what = format!("it is signed by {} with a key of {key:?}", name(&oid));
            return Err(Fault::new(Code::CsrAlgorithm, what));
        }
    };
    Ok(verifier)
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
