//! Which characters a value may hold, as tables.
//!
//! Knows nothing of what the values mean.

use crate::error::Reason;

/// Runs of bytes, each by its first and its last.
#[derive(Clone, Copy)]
pub(crate) struct Alphabet(&'static [[u8; 2]]);

pub(crate) const CAPITALS: Alphabet = Alphabet(&[*b"AZ"]);
/// A host name (RFC 1123 section 2.1).
pub(crate) const HOST: Alphabet = Alphabet(&[*b"-.", *b"09", *b"AZ", *b"az"]);
/// What may follow the first letter of a URI's scheme (RFC 3986 section 3.1).
pub(crate) const SCHEME: Alphabet = Alphabet(&[*b"++", *b"-.", *b"09", *b"AZ", *b"az"]);
/// Unreserved, reserved and the percent sign (RFC 3986 section 2): of printable ASCII all but `"<>\^`{|}` and space.
pub(crate) const URI: Alphabet = Alphabet(&[
    *b"!!", *b"#;", *b"==", *b"?[", *b"]]", *b"__", *b"az", *b"~~",
]);
/// `PrintableString` (X.680 section 41.4).
pub(crate) const PRINTABLE: Alphabet =
    Alphabet(&[*b"  ", *b"')", *b"+:", *b"==", *b"??", *b"AZ", *b"az"]);
/// All but control characters, Unicode's category Cc. Those beyond ASCII begin as other characters do, and are for
/// [`check`](Alphabet::check) to find.
pub(crate) const TEXT: Alphabet = Alphabet(&[*b" ~", [0x80, 0xFF]]);

impl Alphabet {
    pub(crate) fn has(self, byte: u8) -> bool {
        self.0
            .iter()
            .any(|&[first, last]| (first..=last).contains(&byte))
    }

    /// Gives the number of characters in a value, or why it may not be: a character that is not of the alphabet, none
    /// at all, or more than `limit`.
    pub(crate) fn check(self, value: &str, limit: usize) -> Result<usize, Reason> {
        let mut characters = 0;
        let mut start = 0;
        let mut before = 0;
        for (at, byte) in value.bytes().enumerate() {
            if value.is_char_boundary(at) {
                start = at;
                characters += 1;
            }
            // U+0080 to U+009F in UTF-8.
            let is_control = before == 0xC2 && byte < 0xA0;
            if is_control || !self.has(byte) {
                return Err(Reason::Character { at: start });
            }
            before = byte;
        }
        match characters {
            0 => Err(Reason::Empty),
            _ if characters > limit => Err(Reason::TooLong { limit }),
            _ => Ok(characters),
        }
    }
}

#[cfg(test)]
mod tests;
