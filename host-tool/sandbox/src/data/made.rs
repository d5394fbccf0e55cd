//! What the service makes itself: a key for a row, and the rows of a MAC sequence.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use aws_lc_rs::signature::Ed25519KeyPair;
use base64ct::{Base64, Encoding};
use der::Decode;
use rcgen::{
    CertificateParams, DistinguishedName, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_ECDSA_P521_SHA512, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize,
};
use x509_cert::request::CertReq;

use crate::jobs::MacSequence;
use crate::switches::KeyType;

/// A new key, PEM, and a request over it that asks for no name: names come from the row.
pub(crate) fn key(kind: KeyType) -> Result<(String, CertReq), String> {
    let key = match kind {
        KeyType::Rsa2048 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
        KeyType::Rsa3072 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072),
        KeyType::Rsa4096 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_4096),
        KeyType::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        KeyType::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
        KeyType::P521 => KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512),
        KeyType::Ed25519 => KeyPair::generate_for(&PKCS_ED25519),
    };
    let key = key.map_err(|error| format!("no key could be made: {error}"))?;
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    let request = parameters
        .serialize_request(&key)
        .map_err(|error| format!("no request could be made: {error}"))?;
    let request = CertReq::from_der(request.der()).map_err(|error| error.to_string())?;
    Ok((private_pem(kind, &key)?, request))
}

/// PKCS#8 in PEM. Ed25519 in its first version (RFC 5208): OpenSSL 3.0 does not read the second (RFC 5958).
fn private_pem(kind: KeyType, key: &KeyPair) -> Result<String, String> {
    if kind != KeyType::Ed25519 {
        return Ok(key.serialize_pem());
    }
    let first = Ed25519KeyPair::from_pkcs8(key.serialized_der())
        .map_err(|error| error.to_string())?
        .to_pkcs8v1()
        .map_err(|error| error.to_string())?;
    // 48 bytes: one line of 64 characters (RFC 7468 §2).
    let line = Base64::encode_string(first.as_ref());
    Ok(format!(
        "-----BEGIN PRIVATE KEY-----\n{line}\n-----END PRIVATE KEY-----\n"
    ))
}

/// Writes the rows of a sequence: a common name each, lower case with hyphens. `false` where it runs past the last address.
pub(crate) fn rows(sequence: MacSequence, path: &Path) -> std::io::Result<bool> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "\"subject.common_name\"")?;
    let mut mac = sequence.start;
    for left in (0..sequence.count).rev() {
        let [_, _, octets @ ..] = mac.to_be_bytes();
        let name = octets.map(|octet| format!("{octet:02x}")).join("-");
        writeln!(file, "\"{name}\"")?;
        match mac.checked_add(sequence.increment) {
            Some(next) if next < 1 << 48 => mac = next,
            _ if left == 0 => {}
            _ => return Ok(false),
        }
    }
    file.flush()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn written(start: u64, count: u32, increment: u64) -> Option<Vec<String>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let sequence = MacSequence {
            start,
            count,
            increment,
        };
        if !rows(sequence, file.path()).unwrap() {
            return None;
        }
        let text = std::fs::read_to_string(file.path()).unwrap();
        Some(
            text.lines()
                .skip(1)
                .map(|line| line.replace('"', ""))
                .collect(),
        )
    }

    #[test]
    fn the_guide_s_example() {
        let expected = ["00", "0a", "14", "1e", "28"].map(|end| format!("00-1a-c2-7b-00-{end}"));
        assert_eq!(written(0x001a_c27b_0000, 5, 10).unwrap(), expected);
    }

    #[test]
    fn no_address_is_past_the_last() {
        assert_eq!(written(0xffff_ffff_fffe, 2, 1).unwrap().len(), 2);
        assert_eq!(written(0xffff_ffff_fffe, 3, 1), None);
        assert_eq!(written(0, 2, u64::MAX), None);
    }
}
