//! Small tools for text, which all parts of a board share so that a small one carries them once.

/// Takes what stands before the first `separator` off `rest`, or all where there is none: then nothing is left. `None` where
/// nothing was left.
pub fn piece<'a>(rest: &mut Option<&'a [u8]>, separator: u8) -> Option<&'a [u8]> {
    let text = rest.take()?;
    let Some(place) = text.iter().position(|byte| *byte == separator) else {
        return Some(text);
    };
    *rest = text.get(place.saturating_add(1)..);
    text.get(..place)
}

/// The value of one hex digit, in either case.
pub const fn digit(character: u8) -> Option<u8> {
    let value = character.wrapping_sub(b'0');
    if value < 10 {
        return Some(value);
    }
    // Capitals become small.
    let value = (character | 0x20).wrapping_sub(b'a');
    if value < 6 {
        Some(value.wrapping_add(10))
    } else {
        None
    }
}

/// Reads pairs of digits, in either case, into `bytes`, which they must fill exactly; `None` for anything else.
pub fn unhex(digits: &[u8], bytes: &mut [u8]) -> Option<()> {
    let (pairs, []) = digits.as_chunks() else {
        return None;
    };
    if pairs.len() != bytes.len() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(())
}

/// The digit of a value from 0 to 15, lower-case.
pub const fn hex(value: u8) -> u8 {
    value.wrapping_add(if value < 10 { b'0' } else { b'a' - 10 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_those_of_the_standard_library() {
        for text in ["", "a", "a b", " ", " b", "a ", "a  b", "é ü", "ü"] {
            let mut rest = Some(text.as_bytes());
            let pieces: std::vec::Vec<_> = core::iter::from_fn(|| piece(&mut rest, b' ')).collect();
            let theirs: std::vec::Vec<_> = text.split(' ').map(str::as_bytes).collect();
            assert_eq!(pieces, theirs, "{text:?}");
        }
    }

    #[test]
    fn every_byte_is_read_as_it_is_written_and_in_capitals() {
        for byte in 0..=255 {
            let digits = [hex(byte >> 4), hex(byte & 15)];
            assert_eq!(digits, *std::format!("{byte:02x}").as_bytes());
            for digits in [digits, digits.map(|digit| digit.to_ascii_uppercase())] {
                let mut read = [0];
                assert_eq!(unhex(&digits, &mut read), Some(()));
                assert_eq!(read, [byte]);
            }
        }
    }

    #[test]
    fn every_other_character_is_no_digit() {
        for character in 0..=255 {
            let value = char::from(character).to_digit(16);
            assert_eq!(digit(character).map(u32::from), value, "{character}");
        }
    }

    #[test]
    fn the_length_must_be_right() {
        for digits in [&b"0"[..], b"", b"000", b"0000", b"0g"] {
            assert_eq!(unhex(digits, &mut [0]), None);
        }
        assert_eq!(unhex(b"", &mut []), Some(()));
    }
}
