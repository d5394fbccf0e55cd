//! The proof beside a certificate request: this board, this request, this moment.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use nameplate_wire::{Mac, proof};

use super::{Refusal, VerifiedRequest};

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
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, request.public_key())
        .verify(&signed, signature)
        .map_err(|_| Refusal::BadProof)
}
