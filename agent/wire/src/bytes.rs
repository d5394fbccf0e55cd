//! Bytes on the wire: base64, decoded without a heap.

use core::fmt;

use crate::base64;

/// The text is not base64, or not of the length that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotBase64;

impl fmt::Display for NotBase64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not base64 of the right length")
    }
}

impl core::error::Error for NotBase64 {}

/// Bytes of any length, borrowed: as they are where they are to be sent, as base64 where they were received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bytes<'a> {
    /// To be sent.
    Raw(&'a [u8]),
    /// As received; [`Bytes::decode`] gives the bytes.
    Encoded(&'a str),
}

impl Bytes<'_> {
    /// The bytes, written into `out`.
    ///
    /// # Errors
    /// [`NotBase64`] where the text is none, or where `out` is too small.
    pub fn decode<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8], NotBase64> {
        match self {
            Self::Raw(bytes) => {
                let place = out.get_mut(..bytes.len()).ok_or(NotBase64)?;
                place.copy_from_slice(bytes);
                Ok(place)
            }
            Self::Encoded(text) => {
                let length = base64::decode(text.as_bytes(), out).ok_or(NotBase64)?;
                out.get(..length).ok_or(NotBase64)
            }
        }
    }
}

/// Exactly `N` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(4))]
pub struct Fixed<const N: usize>(pub [u8; N]);

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    proptest::proptest! {
        #[test]
        fn what_is_sent_is_what_is_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let mut text = String::new();
            base64::encode(&bytes, |character| text.push(character.into()));
            let mut out = [0; 300];
            assert_eq!(Bytes::Encoded(&text).decode(&mut out), Ok(&bytes[..]));
            assert_eq!(Bytes::Raw(&bytes).decode(&mut out), Ok(&bytes[..]));
        }
    }

    #[test]
    fn padding_and_alphabet_are_held() {
        for bad in ["QQ", "QQ=", "QR==", "QQ==\n", "Q-==", "QQ==QQ==", "="] {
            assert_eq!(
                Bytes::Encoded(bad).decode(&mut [0; 8]),
                Err(NotBase64),
                "{bad}"
            );
        }
        assert_eq!(Bytes::Encoded("QUJD").decode(&mut [0; 2]), Err(NotBase64));
        assert_eq!(Bytes::Raw(b"abc").decode(&mut [0; 2]), Err(NotBase64));
    }
}
