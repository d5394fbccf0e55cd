//! Whether an OpenPGP file is there whole: its packets' lengths (RFC 9580 section 4.2), or its armor's last line.
//!
//! Looks at headers only; what is within is the reader's.

use crate::sealed::error::SealedError;

const ARMOR: &[u8] = b"-----BEGIN PGP MESSAGE-----";
const ARMOR_END: &[u8] = b"-----END PGP MESSAGE-----";

/// Refuses a file that ends too early.
pub(super) fn check(bytes: &[u8]) -> Result<(), SealedError> {
    let found = bytes.len();
    let truncated = |expected| SealedError::Truncated { found, expected };
    if bytes.trim_ascii_start().starts_with(ARMOR) {
        let end = bytes.trim_ascii_end();
        return if end.ends_with(ARMOR_END) {
            Ok(())
        } else if end
            .windows(ARMOR_END.len())
            .any(|window| window == ARMOR_END)
        {
            Err(SealedError::malformed("something stands behind its armor"))
        } else {
            Err(truncated(None))
        };
    }
    let mut place = 0_u64;
    while let Some(rest) = rest(bytes, place).filter(|rest| !rest.is_empty()) {
        let Some(step) = packet(rest) else {
            return Err(truncated(None));
        };
        place = place.saturating_add(step);
    }
    match place {
        end if end == found as u64 => Ok(()),
        end => Err(truncated(Some(end))),
    }
}

fn rest(bytes: &[u8], place: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(place).ok()?..)
}

/// The length of the packet that these bytes begin with, header and all; `None` where it is not all there to be known.
fn packet(bytes: &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first()?;
    if first & 0x40 == 0 {
        // The old form.
        let number = |count: usize| {
            let octets = rest.get(..count)?.iter();
            let length = octets.fold(0_u64, |length, octet| length << 8 | u64::from(*octet));
            Some(1 + count as u64 + length)
        };
        return match first & 3 {
            0 => number(1),
            1 => number(2),
            2 => number(4),
            // Until the end of the file.
            _ => Some(bytes.len() as u64),
        };
    }
    let mut place = 1_u64;
    loop {
        let (header, length, partial) = length(self::rest(bytes, place)?)?;
        place = place.saturating_add(header + length);
        if !partial {
            return Some(place);
        }
    }
}

/// Of a header in the new form: its own length, that of what follows, and whether another such part follows.
fn length(bytes: &[u8]) -> Option<(u64, u64, bool)> {
    Some(match *bytes {
        [first @ 0..=191, ..] => (1, u64::from(first), false),
        [first @ 192..=223, second, ..] => (
            2,
            (u64::from(first) - 192) * 256 + u64::from(second) + 192,
            false,
        ),
        [first @ 224..=254, ..] => (1, 1 << (first & 0x1F), true),
        [255, a, b, c, d, ..] => (5, u64::from(u32::from_be_bytes([a, b, c, d])), false),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_length_is_followed() {
        let whole: [Vec<u8>; 6] = [
            vec![0xC1, 2, 0, 0],
            [&[0xC1, 192, 0][..], &[0; 192]].concat(),
            vec![0xC1, 255, 0, 0, 0, 1, 0],
            vec![0xD2, 0xE1, 0, 0, 0xE0, 0, 1, 0],
            vec![0x84, 1, 0, 0x85, 0, 1, 0, 0x86, 0, 0, 0, 1, 0],
            vec![0xC1, 0, 0x87, 9, 9],
        ];
        for bytes in &whole {
            check(bytes).unwrap();
        }
        for bytes in whole.iter().take(5) {
            let cut = bytes.get(..bytes.len() - 1).unwrap();
            assert!(
                matches!(check(cut), Err(SealedError::Truncated { .. })),
                "{bytes:?}"
            );
        }
        assert!(matches!(
            check(&[0xC1, 2, 0]),
            Err(SealedError::Truncated {
                found: 3,
                expected: Some(4)
            })
        ));
    }
}
