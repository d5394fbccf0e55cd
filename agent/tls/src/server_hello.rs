//! The one ServerHello a board takes (RFC 8446 §4.1.3), checked before `embedded-tls` reads it.
//!
//! `embedded-tls` compares nothing with what it offered. What it offers leaves exactly one shape of
//! answer: TLS 1.3, AES-128-GCM with SHA-256, a P-256 point, an empty session id, no pre-shared key. A
//! HelloRetryRequest has another shape (its key share names a group only), so it is refused as well.

/// Size of the message in bytes, with its 4-byte header. The two extensions may stand in any order.
pub(crate) const SIZE: usize =
    4 + 2 + 32 + 1 + 2 + 1 + 2 + SUPPORTED_VERSIONS.len() + KEY_SHARE_SIZE;

/// Type 2, and the length of what follows in 24 bits.
const HEADER: [u8; 4] = [2, 0, 0, 119];
const LEGACY_VERSION: [u8; 2] = [3, 3];
const RANDOM_SIZE: usize = 32;
/// Empty session id, TLS_AES_128_GCM_SHA256, no compression, length of the extensions.
const CHOICES: [u8; 6] = [0, 0x13, 0x01, 0, 0, 79];
/// Extension 43: TLS 1.3.
const SUPPORTED_VERSIONS: [u8; 6] = [0, 43, 0, 2, 0x03, 0x04];
/// Extension 51: secp256r1, 65 bytes, which begin with 04 (uncompressed).
const KEY_SHARE_START: [u8; 9] = [0, 51, 0, 69, 0, 23, 0, 65, 4];
const KEY_SHARE_SIZE: usize = KEY_SHARE_START.len() + 64;

const _: () = assert!(SIZE == 4 + HEADER[3] as usize);
const _: () = assert!(SUPPORTED_VERSIONS.len() + KEY_SHARE_SIZE == CHOICES[5] as usize);

/// Whether the message, header included, is that ServerHello.
pub(crate) fn is_acceptable(message: &[u8; SIZE]) -> bool {
    after(message, &HEADER)
        .and_then(|rest| after(rest, &LEGACY_VERSION))
        .and_then(|rest| rest.get(RANDOM_SIZE..))
        .and_then(|rest| after(rest, &CHOICES))
        .is_some_and(|extensions| {
            let versions_first = after(extensions, &SUPPORTED_VERSIONS)
                .is_some_and(|share| share.starts_with(&KEY_SHARE_START));
            let share_first = extensions.starts_with(&KEY_SHARE_START)
                && extensions.ends_with(&SUPPORTED_VERSIONS);
            versions_first || share_first
        })
}

fn after<'a>(bytes: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    bytes.strip_prefix(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(share_first: bool) -> [u8; SIZE] {
        let mut message = [0xA5; SIZE];
        let mut share = [0x5A; KEY_SHARE_SIZE];
        share[..9].copy_from_slice(&KEY_SHARE_START);
        message[..4].copy_from_slice(&HEADER);
        message[4..6].copy_from_slice(&LEGACY_VERSION);
        message[38..44].copy_from_slice(&CHOICES);
        let (versions_at, share_at) = if share_first {
            (SIZE - 6, 44)
        } else {
            (44, 50)
        };
        message[versions_at..versions_at + 6].copy_from_slice(&SUPPORTED_VERSIONS);
        message[share_at..share_at + KEY_SHARE_SIZE].copy_from_slice(&share);
        message
    }

    #[test]
    fn both_orders_of_the_extensions_are_taken() {
        assert!(is_acceptable(&hello(false)));
        assert!(is_acceptable(&hello(true)));
    }

    /// Only the random value and the point itself are the host's to choose.
    #[test]
    fn any_flipped_bit_outside_random_and_point_is_refused() {
        for share_first in [false, true] {
            let good = hello(share_first);
            let point = if share_first { 53..117 } else { 59..123 };
            for at in (0..SIZE).filter(|at| !(6..38).contains(at) && !point.contains(at)) {
                for bit in 0..8 {
                    let mut bad = good;
                    bad[at] ^= 1 << bit;
                    assert!(!is_acceptable(&bad), "byte {at} bit {bit}");
                }
            }
        }
    }
}
