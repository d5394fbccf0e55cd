//! The proofs: this board, this moment, and beside a certificate request this request.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use nameplate_wire::{Mac, proof};

use super::{Refusal, Undelivered, VerifiedRequest};

/// Checks the proof (r and s, 32 bytes each) of a board over its certificate request and the host's nonce.
///
/// # Errors
/// [`Refusal::BadProof`].
pub fn check_proof(
    request: &VerifiedRequest,
    nonce: &[u8; 32],
    mac: Mac,
    name: &str,
    signature: &[u8; 64],
) -> Result<(), Refusal> {
    let signed = proof::csr(nonce, mac, name, &request.sha256()).ok_or(Refusal::BadProof)?;
    verify(request.public_key(), &signed, signature).map_err(|()| Refusal::BadProof)
}

/// Checks a board's proof (r and s, 32 bytes each) that it holds the key whose uncompressed point this is.
///
/// # Errors
/// [`Undelivered::OtherKey`].
pub fn check_possession(
    public_key: &[u8],
    nonce: &[u8; 32],
    mac: Mac,
    name: &str,
    signature: &[u8; 64],
) -> Result<(), Undelivered> {
    let signed = proof::possession(nonce, mac, name).ok_or(Undelivered::OtherKey)?;
    verify(public_key, &signed, signature).map_err(|()| Undelivered::OtherKey)
}

fn verify(public_key: &[u8], signed: &[u8], signature: &[u8; 64]) -> Result<(), ()> {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public_key)
        .verify(signed, signature)
        .map_err(|_| ())
}
