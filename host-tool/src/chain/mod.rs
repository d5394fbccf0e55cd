//! Whether a certificate is the one that a board is to have, and what leads from it to the root.
//!
//! What is looked at came from outside and is hostile until it has passed: its form, its key, its names against what the board
//! was asked for, its time, and a path whose every signature verifies. Knows no store, no file of the service's and no screen.

mod device;
mod names;
mod path;
mod refusal;
mod trust;

#[cfg(test)]
mod tests;

pub use device::{Device, MAX_CERTIFICATES, certificates_in, is_authority};
pub use refusal::WrongCertificate;
pub use trust::{Trust, TrustError};

use nameplate_wire::limits;
use rustls_pki_types::CertificateDer;

use crate::store::{KeyHash, NewCertificate, sha256};

/// Holds a certificate against the request that its board made. `beside` is what came with it, in any order; `now` is Unix
/// time in milliseconds, and `job` the job it came with.
///
/// # Errors
/// [`WrongCertificate`], the first thing found.
pub fn judge(
    device: &Device<'_>,
    request: &[u8],
    beside: &[CertificateDer<'_>],
    trust: &Trust,
    (job, now): (i64, i64),
) -> Result<NewCertificate, WrongCertificate> {
    names::check(device, request)?;
    let (not_before_ms, not_after_ms) = (device.not_before_ms(), device.not_after_ms());
    if not_after_ms < not_before_ms {
        return Err(WrongCertificate::Backwards);
    }
    if not_after_ms < now {
        return Err(WrongCertificate::Expired(device.not_after()));
    }
    // Services issue for a day to come, and clocks differ: what counts is its first moment then.
    let above = path::find(device, beside, trust, now.max(not_before_ms))?;
    let mut chain = device.der().to_vec();
    for certificate in &above {
        chain.extend_from_slice(certificate);
    }
    if chain.len() > limits::CHAIN {
        return Err(WrongCertificate::TooLong(chain.len()));
    }
    Ok(NewCertificate {
        key: device.key(),
        job,
        chain,
        fingerprint: sha256(device.der()),
        serial: device.serial(),
        not_before_ms,
        not_after_ms,
    })
}

/// The key that a certificate in DER is for, as the store knows boards by it.
fn key_of(public_key: &[u8]) -> KeyHash {
    KeyHash::of_spki(public_key)
}
