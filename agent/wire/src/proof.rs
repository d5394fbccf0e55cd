//! The bytes over which a board signs its proofs. Both sides build them; neither sends them.
//!
//! Each begins with a context string of its own and a zero byte, so that no signature made for one purpose is good for
//! another, and every field is of fixed length or carries its length, so that no two sets of fields give the same bytes.

use crate::{Mac, limits};

/// Context of the proof beside a certificate request.
const CSR_CONTEXT: &[u8] = b"nameplate-csr-proof-v1\0";

/// Context of the proof that a board holds its key.
const POSSESSION_CONTEXT: &[u8] = b"nameplate-possession-v1\0";

/// Greatest length of the bytes of a proof.
pub const LENGTH: usize = 24 + 32 + 6 + 1 + limits::NAME + 32;

/// The bytes of a proof, to be signed by ECDSA with SHA-256.
pub type Signed = heapless::Vec<u8, LENGTH>;

/// What a board signs beside its certificate request: context, nonce (32 bytes), MAC (6), length of the name (1), name,
/// SHA-256 of the request in DER (32). `None` where the name is over [`limits::NAME`] bytes.
pub fn csr(nonce: &[u8; 32], mac: Mac, name: &str, csr_sha256: &[u8; 32]) -> Option<Signed> {
    signed(nonce, mac, name, Some(csr_sha256))
}

/// What a board signs to prove that it holds its key: context, nonce (32 bytes), MAC (6), length of the name (1), name.
/// `None` where the name is over [`limits::NAME`] bytes.
pub fn possession(nonce: &[u8; 32], mac: Mac, name: &str) -> Option<Signed> {
    signed(nonce, mac, name, None)
}

/// The one or the other: beside the certificate request with this SHA-256, or with none.
pub fn signed(
    nonce: &[u8; 32],
    mac: Mac,
    name: &str,
    csr_sha256: Option<&[u8; 32]>,
) -> Option<Signed> {
    if name.len() > limits::NAME {
        return None;
    }
    let length = [u8::try_from(name.len()).ok()?];
    let (context, digest) = match csr_sha256 {
        Some(digest) => (CSR_CONTEXT, &digest[..]),
        None => (POSSESSION_CONTEXT, &[][..]),
    };
    let mut bytes = Signed::new();
    for part in [context, nonce, &mac.0, &length, name.as_bytes(), digest] {
        bytes.extend_from_slice(part).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_fits_and_a_longer_one_is_none() {
        let name = "n".repeat(limits::NAME);
        let mac = Mac([2, 0, 0, 0, 0, 1]);
        assert!(csr(&[0; 32], mac, &name, &[0; 32]).is_some());
        assert!(possession(&[0; 32], mac, &name).is_some());
        assert!(csr(&[0; 32], mac, &"n".repeat(limits::NAME + 1), &[0; 32]).is_none());
    }

    #[test]
    fn contexts_tell_proofs_apart() {
        let mac = Mac([2, 0, 0, 0, 0, 1]);
        let csr = csr(&[7; 32], mac, "b", &[0; 32]).unwrap();
        let possession = possession(&[7; 32], mac, "b").unwrap();
        assert!(!csr.starts_with(&possession));
    }
}
