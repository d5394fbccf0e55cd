//! OAEP with one hash for the label and another for the mask (RFC 8017 appendix A.2.1 allows it). Java's own provider means
//! MGF1 with SHA-1 where a program asks for "OAEPWithSHA-256AndMGF1Padding" and no more; aws-lc has no such combination.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::PrivateDecryptingKey;
use rand_core::OsRng;
use rsa::pkcs8::DecodePrivateKey;
use rsa::{Oaep, RsaPrivateKey};
use secrecy::zeroize::Zeroizing;
use sha1::Sha1;
use sha2::Sha256;

/// Which hash for the label, and which for the mask.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hashes {
    Sha256AndSha1,
    Sha1AndSha256,
}

/// Blinded, so that the time it takes says less of the key.
pub(super) fn decrypt(
    hashes: Hashes,
    encrypted: &[u8],
    key: &PrivateDecryptingKey,
) -> Option<Zeroizing<Vec<u8>>> {
    let der = key.as_der().ok()?;
    let key = RsaPrivateKey::from_pkcs8_der(der.as_ref()).ok()?;
    let padding = match hashes {
        Hashes::Sha256AndSha1 => Oaep::new_with_mgf_hash::<Sha256, Sha1>(),
        Hashes::Sha1AndSha256 => Oaep::new_with_mgf_hash::<Sha1, Sha256>(),
    };
    let found = key.decrypt_blinded(&mut OsRng, padding, encrypted);
    found.ok().map(Zeroizing::new)
}
