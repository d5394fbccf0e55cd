//! Bytes on the wire: base64 (RFC 4648 section 4, with padding), decoded without a heap.

use core::fmt;

use base64ct::{Base64, Encoding};

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
            Self::Encoded(text) => Base64::decode(text, out).map_err(|_| NotBase64),
        }
    }
}

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 48 bytes are 64 characters: whole groups, so that only the last chunk is padded.
        const CHUNK: usize = 48;
        match self {
            Self::Encoded(text) => f.write_str(text),
            Self::Raw(bytes) => {
                for chunk in bytes.chunks(CHUNK) {
                    let mut text = [0; 64];
                    f.write_str(Base64::encode(chunk, &mut text).map_err(|_| fmt::Error)?)?;
                }
                Ok(())
            }
        }
    }
}

impl serde::Serialize for Bytes<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de: 'a, 'a> serde::Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&str>::deserialize(deserializer).map(Bytes::Encoded)
    }
}

/// Exactly `N` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed<const N: usize>(pub [u8; N]);

impl<const N: usize> serde::Serialize for Fixed<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Bytes::Raw(&self.0))
    }
}

impl<'de, const N: usize> serde::Deserialize<'de> for Fixed<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<const N: usize>;
        impl<const N: usize> serde::de::Visitor<'_> for Visitor<N> {
            type Value = Fixed<N>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("base64")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Fixed<N>, E> {
                let mut bytes = [0; N];
                match Base64::decode(text, &mut bytes) {
                    Ok(decoded) if decoded.len() == N => Ok(Fixed(bytes)),
                    _ => Err(E::custom(NotBase64)),
                }
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    proptest::proptest! {
        #[test]
        fn what_is_sent_is_what_is_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let text = Bytes::Raw(&bytes).to_string();
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
    }
}
