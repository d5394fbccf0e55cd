//! SHA-256, carried once: otherwise each of its users gets a copy of the code around it.

use sha2::digest::FixedOutput;
use sha2::{Digest, Sha256};

/// The digest of these bytes.
#[inline(never)]
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    update(&mut hash, bytes);
    let mut digest = [0; 32];
    finish(hash, &mut digest);
    digest
}

/// Takes more bytes into a hash.
#[inline(never)]
pub(crate) fn update(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(bytes);
}

/// Ends a hash. The digest has its place in the caller's hands: it may be a secret.
pub(crate) fn finish(hash: Sha256, digest: &mut [u8; 32]) {
    FixedOutput::finalize_into(hash, digest.into());
}
