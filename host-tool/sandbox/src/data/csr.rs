//! One `csr` cell: PEM to DER, strict DER to fields, and the signature checked.
//!
//! RFC 2986 §4. The signature is checked by another library than the one that reads the fields, so
//! that both must agree on where they are.

use base64ct::{Base64, Encoding};
use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};
use x509_cert::request::CertReq;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

use super::columns::COMMON_NAME;
use super::names::values_of;
use crate::switches::{CsrForm, KeyType, Switches};

/// The longest cell that is looked at, bytes. A request with a 4096-bit key takes 2 KB.
pub(super) const LONGEST: usize = 64 * 1024;
const BEGIN: &str = "-----BEGIN CERTIFICATE REQUEST-----";
const END: &str = "-----END CERTIFICATE REQUEST-----";

/// Signature algorithms that are taken. The verifier would also take RSA with SHA-1.
const SIGNATURES: [ObjectIdentifier; 6] = [
    ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
    ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"),
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"),
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12"),
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13"),
    ObjectIdentifier::new_unwrap("1.3.101.112"),
];
const ID_EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const ID_RSA: &str = "1.2.840.113549.1.1.1";
const ID_ED25519: &str = "1.3.101.112";

/// Reads and verifies a cell. The error is the row's message in the report.
pub(crate) fn read(cell: &str, switches: &Switches) -> Result<CertReq, String> {
    let der = from_pem(cell, switches.csr_form)?;
    let request =
        CertReq::from_der(&der).map_err(|error| format!("the CSR is not strict DER: {error}"))?;
    let kind = key_type(&request.info.public_key)
        .ok_or_else(|| "the CSR's key is of an unknown type or size".to_owned())?;
    if !switches.key_types.contains(&kind) {
        return Err(format!(
            "the policy does not allow the key type {}",
            kind.name()
        ));
    }
    if !SIGNATURES.contains(&request.algorithm.oid) {
        return Err(format!(
            "the CSR's signature algorithm {} is not allowed",
            request.algorithm.oid
        ));
    }
    // Both libraries bear unused bits here, and the verifier does not look at them.
    if request.signature.unused_bits() != 0 {
        return Err("the CSR's signature is not a whole number of bytes".into());
    }
    verify(&der)?;
    Ok(request)
}

/// The common name of a request, whether or not it would be taken.
pub(super) fn common_name(cell: &str) -> Option<String> {
    let der = from_pem(cell, CsrForm::Either).ok()?;
    let request = CertReq::from_der(&der).ok()?;
    let subject = request.info.subject.into();
    values_of(&subject, COMMON_NAME).into_iter().next()
}

fn verify(der: &[u8]) -> Result<(), String> {
    let (rest, parsed) = X509CertificationRequest::from_der(der)
        .map_err(|error| format!("the CSR cannot be read: {error}"))?;
    if !rest.is_empty() {
        return Err("there are bytes after the CSR".into());
    }
    parsed
        .verify_signature()
        .map_err(|_| "the CSR's signature does not verify".to_owned())
}

fn from_pem(cell: &str, form: CsrForm) -> Result<Vec<u8>, String> {
    if cell.len() > LONGEST {
        return Err(format!("the csr value has more than {LONGEST} bytes"));
    }
    let cell = cell.trim();
    if cell.is_empty() {
        return Err("the csr value is empty".into());
    }
    let inside = cell
        .strip_prefix(BEGIN)
        .ok_or_else(|| format!("the csr value does not begin with {BEGIN}"))?
        .strip_suffix(END)
        .ok_or_else(|| format!("the csr value does not end with {END}"))?;
    let broken = inside.contains('\n');
    match form {
        CsrForm::Line if broken => return Err("line breaks in a csr value are not taken".into()),
        CsrForm::Lines if !broken => return Err("the csr value must be PEM in lines".into()),
        _ => {}
    }
    let base64: String = inside
        .chars()
        .filter(|c| !matches!(c, '\r' | '\n'))
        .collect();
    Base64::decode_vec(&base64).map_err(|_| "the csr value is not Base64 inside".into())
}

/// The service's name for this public key, where it has one.
pub(crate) fn key_type(key: &SubjectPublicKeyInfoOwned) -> Option<KeyType> {
    match key.algorithm.oid.to_string().as_str() {
        ID_ED25519 => Some(KeyType::Ed25519),
        ID_RSA => rsa_size(key),
        ID_EC_PUBLIC_KEY => {
            let parameters = key.algorithm.parameters.as_ref()?;
            let curve: ObjectIdentifier = parameters.decode_as().ok()?;
            match curve.to_string().as_str() {
                "1.2.840.10045.3.1.7" => Some(KeyType::P256),
                "1.3.132.0.34" => Some(KeyType::P384),
                "1.3.132.0.35" => Some(KeyType::P521),
                _ => None,
            }
        }
        _ => None,
    }
}

fn rsa_size(key: &SubjectPublicKeyInfoOwned) -> Option<KeyType> {
    let der = key.to_der().ok()?;
    let (_, key) = x509_parser::x509::SubjectPublicKeyInfo::from_der(&der).ok()?;
    let PublicKey::RSA(key) = key.parsed().ok()? else {
        return None;
    };
    match key.key_size() {
        2048 => Some(KeyType::Rsa2048),
        3072 => Some(KeyType::Rsa3072),
        4096 => Some(KeyType::Rsa4096),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};

    fn pem(algorithm: &'static SignatureAlgorithm) -> String {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let request = CertificateParams::default()
            .serialize_request(&key)
            .unwrap();
        request.pem().unwrap().replace("\r\n", "\n")
    }

    fn p256() -> String {
        pem(&rcgen::PKCS_ECDSA_P256_SHA256)
    }

    fn fault(cell: &str, switches: &Switches) -> String {
        read(cell, switches).err().unwrap_or_default()
    }

    #[test]
    fn both_forms_of_pem_are_read_and_either_can_be_refused() {
        let lines = p256();
        let line = lines.replace('\n', "");
        let form = |csr_form| Switches {
            csr_form,
            ..Switches::default()
        };
        for (cell, csr_form, good) in [
            (&lines, CsrForm::Either, true),
            (&line, CsrForm::Either, true),
            (&line, CsrForm::Line, true),
            (&lines, CsrForm::Line, false),
            (&line, CsrForm::Lines, false),
            (&lines, CsrForm::Lines, true),
        ] {
            assert_eq!(read(cell, &form(csr_form)).is_ok(), good, "{csr_form:?}");
        }
    }

    #[test]
    fn markers_are_never_repaired() {
        let line = p256().replace('\n', "");
        let switches = Switches::default();
        for cell in [
            format!("-{line}"),
            line.replace("BEGIN", "BEGIN NEW"),
            line.trim_end_matches('-').to_owned(),
            String::new(),
            "hello".into(),
        ] {
            assert!(fault(&cell, &switches).contains("csr value"), "{cell}");
        }
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        // Signatures are random; whether a flip of their unused bits can be seen depends on them.
        for _ in 0..8 {
            flip_every_byte(&p256().replace('\n', ""));
        }
    }

    fn flip_every_byte(line: &str) {
        let inside = line.strip_prefix(BEGIN).unwrap().strip_suffix(END).unwrap();
        let der = Base64::decode_vec(inside).unwrap();
        for index in 0..der.len() {
            let mut broken = der.clone();
            *broken.get_mut(index).unwrap() ^= 1;
            let cell = format!("{BEGIN}{}{END}", Base64::encode_string(&broken));
            assert!(read(&cell, &Switches::default()).is_err(), "byte {index}");
        }
    }

    #[test]
    fn other_key_types_need_the_switch() {
        let all = Switches {
            key_types: vec![KeyType::P384, KeyType::Ed25519],
            ..Switches::default()
        };
        for (algorithm, name) in [
            (&rcgen::PKCS_ECDSA_P384_SHA384, "P_384"),
            (&rcgen::PKCS_ED25519, "ED_25519"),
        ] {
            let cell = pem(algorithm);
            assert!(fault(&cell, &Switches::default()).contains(name));
            assert_eq!(fault(&cell, &all), "");
        }
        assert!(fault(&p256(), &all).contains("P_256"));
    }
}
