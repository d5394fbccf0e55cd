//! Base64 (RFC 4648 section 4) with padding and without a heap. Strict: every sequence of bytes has one text.

/// Gives the text of these bytes to `put`, character by character.
pub(crate) fn encode(bytes: &[u8], mut put: impl FnMut(u8)) {
    // Bits that are read and not given out yet: the lowest `held` of `word`.
    let mut word: u32 = 0;
    let mut held: u32 = 0;
    for &byte in bytes {
        word = (word << 8) | u32::from(byte);
        held = held.saturating_add(8);
        while let Some(rest) = held.checked_sub(6) {
            held = rest;
            put(digit(word >> held));
        }
    }
    // Two bits are left of one byte, four of two: zeros fill the digit, padding the group of four.
    if held == 2 {
        put(digit(word << 4));
        put(b'=');
        put(b'=');
    } else if held == 4 {
        put(digit(word << 2));
        put(b'=');
    }
}

/// The digit for the lowest six bits.
fn digit(word: u32) -> u8 {
    let [.., low] = word.to_be_bytes();
    let value = low & 0x3F;
    let letter = match value {
        0..26 => b'A',
        26..52 => b'a' - 26,
        52..62 => b'0'.wrapping_sub(52),
        62 => return b'+',
        _ => return b'/',
    };
    value.wrapping_add(letter)
}

/// Writes the bytes of a text to the beginning of `out` and returns how many they are. `None` where the text is none, or
/// where `out` is too small.
pub(crate) fn decode(text: &[u8], out: &mut [u8]) -> Option<usize> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let digits = text
        .strip_suffix(b"==")
        .or_else(|| text.strip_suffix(b"="))
        .unwrap_or(text);
    let mut places = out.iter_mut();
    let mut length: usize = 0;
    // Bits that are read and not written yet: the lowest `held` of `word`.
    let mut word: u32 = 0;
    let mut held: u32 = 0;
    for &digit in digits {
        word = (word << 6) | sextet(digit)?;
        if let Some(rest) = held.checked_sub(2) {
            held = rest;
            let [.., byte] = (word >> held).to_be_bytes();
            *places.next()? = byte;
            length = length.saturating_add(1);
        } else {
            held = 6;
        }
    }
    // The unused bits of the last digit.
    let unused = word & !(u32::MAX << held);
    (unused == 0).then_some(length)
}

fn sextet(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit.wrapping_sub(b'A'),
        b'a'..=b'z' => digit.wrapping_sub(b'a' - 26),
        b'0'..=b'9' => digit.wrapping_add(52 - b'0'),
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64ct::{Base64, Encoding};
    use proptest::prelude::*;
    use std::vec::Vec;

    fn encoded(bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        encode(bytes, |character| text.push(character));
        text
    }

    /// The judge is another implementation.
    fn same_verdict(text: &[u8]) {
        let (mut ours, mut theirs) = ([0; 256], [0; 256]);
        let length = decode(text, &mut ours);
        let judged = Base64::decode(text, &mut theirs).ok();
        assert_eq!(length.map(|length| &ours[..length]), judged, "{text:?}");
    }

    proptest! {
        #[test]
        fn another_implementation_agrees(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let mut room = [0; 200];
            let text = encoded(&bytes);
            prop_assert_eq!(&text, Base64::encode(&bytes, &mut room).unwrap().as_bytes());
            same_verdict(&text);
        }

        #[test]
        fn another_implementation_judges_the_same(text in "[A-Za-z0-9+/=]{0,12}|[ -~]{0,8}|[A-Z]{2,7}={0,4}") {
            same_verdict(text.as_bytes());
        }

        #[test]
        fn any_bytes_are_borne(text in proptest::collection::vec(any::<u8>(), 0..40), room in 0usize..40) {
            if let Some(length) = decode(&text, &mut [0; 40][..room]) {
                prop_assert!(length <= room);
            }
        }
    }

    #[test]
    fn every_last_group_is_judged_the_same() {
        for first in 0..=255 {
            for second in 0..=255 {
                for rest in [b"==", b"A=", b"AA", b"=A", b"/="] {
                    same_verdict(&[b'Q', first, second, rest[0]]);
                    same_verdict(&[first, second, rest[0], rest[1]]);
                }
            }
        }
    }
}
