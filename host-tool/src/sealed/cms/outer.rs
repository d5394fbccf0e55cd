//! BER's outermost value: whether it is there whole, and nothing behind it.

use rasn::Decode;
use rasn::error::{DecodeError, DecodeErrorKind};

use super::super::error::SealedError;

/// Longest description of a fault that is passed on, in characters.
const LONGEST: usize = 200;

/// Reads a whole file.
pub(super) fn decode<T: Decode>(bytes: &[u8]) -> Result<T, SealedError> {
    let found = bytes.len();
    let announced = announced(bytes);
    if let Some(expected) = announced
        && (found as u64) < expected
    {
        let expected = Some(expected);
        return Err(SealedError::Truncated { found, expected });
    }
    let (value, rest) = rasn::ber::decode_with_remainder(bytes).map_err(|error| {
        // An indefinite length says its end only at its end.
        let ends_early =
            error.matches_root_cause(|kind| matches!(kind, DecodeErrorKind::Incomplete { .. }));
        if announced.is_none() && ends_early {
            let expected = None;
            SealedError::Truncated { found, expected }
        } else {
            fault(&error)
        }
    })?;
    if rest.is_empty() {
        Ok(value)
    } else {
        let why = format!("{} bytes stand behind its end", rest.len());
        Err(SealedError::Malformed { why })
    }
}

/// Reads what is within.
pub(super) fn decode_inner<T: Decode>(bytes: &[u8]) -> Result<T, SealedError> {
    rasn::ber::decode(bytes).map_err(|error| fault(&error))
}

fn fault(error: &DecodeError) -> SealedError {
    let text = error.kind.to_string();
    SealedError::malformed(text.chars().take(LONGEST).collect::<String>())
}

/// The length of the whole that its header announces (X.690 section 8.1.3), where it is a definite one.
fn announced(bytes: &[u8]) -> Option<u64> {
    match bytes {
        [_, length @ 0..=0x7F, ..] => Some(2 + u64::from(*length)),
        [_, count @ 0x81..=0x88, rest @ ..] => {
            let count = usize::from(count & 0x7F);
            let octets = rest.get(..count)?.iter();
            let length = octets.fold(0_u64, |length, octet| length << 8 | u64::from(*octet));
            length.checked_add(2 + count as u64)
        }
        _ => None,
    }
}
