//! Why a request was not written, exact to the item that is wrong. Knows no value: a message never repeats a name.

use core::fmt;

/// Why [`write`](crate::write) gave no request. `E` is the signing callback's own error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error<E> {
    /// The request itself is wrong; nothing was signed.
    Invalid(Invalid),
    /// The buffer might not hold the request; nothing was signed.
    BufferTooSmall {
        /// A length in bytes that is enough whatever the signature turns out to be.
        needed: usize,
    },
    /// The signing callback failed.
    Sign(E),
    /// The signing callback gave `r` or `s` as zero, which no ECDSA signature has.
    ZeroSignature,
}

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invalid {
    /// A subject attribute.
    Subject {
        /// Its place in [`Request::subject`](crate::Request::subject), from 0.
        index: usize,
        /// What is wrong with it.
        reason: Reason,
    },
    /// A subject alternative name.
    San {
        /// Its place in [`Request::san`](crate::Request::san), from 0.
        index: usize,
        /// What is wrong with it.
        reason: Reason,
    },
    /// An extended key usage that is no object identifier.
    Purpose {
        /// Its place in [`Extensions::extended_key_usage`](crate::Extensions::extended_key_usage), from 0.
        index: usize,
    },
    /// A key usage without any bit, or `encipherOnly` or `decipherOnly` without `keyAgreement`
    /// (RFC 5280 section 4.2.1.3).
    KeyUsage,
    /// A public key that is not an uncompressed point (SEC 1 section 2.3.3): its first byte is not 4.
    PublicKey,
    /// More than a length in DER can say here: 4 GiB, or the address space.
    TooLarge,
}

/// What is wrong with one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It is empty.
    Empty,
    /// It is too long.
    TooLong {
        /// The greatest length allowed: characters for the subject, octets for a DNS name or a label of it.
        limit: usize,
    },
    /// A character that may not stand there.
    Character {
        /// The character's first byte in the value, from 0.
        at: usize,
    },
    /// A country that is not two letters.
    Country,
    /// A second attribute of a type that may stand once.
    Repeated,
    /// A DNS name with an empty label, or one that begins or ends with a hyphen.
    Label,
    /// A DNS name whose last label is a number, which other programs read as an IP address.
    Numeric,
    /// A URI without a scheme, or with nothing after it.
    Scheme,
    /// A hardware type that is no object identifier.
    Oid,
}

impl<E> From<Invalid> for Error<E> {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl<E> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(_) => f.write_str("the certificate request cannot be written as asked"),
            Self::BufferTooSmall { needed } => {
                write!(
                    f,
                    "the certificate request needs a buffer of {needed} bytes"
                )
            }
            Self::Sign(_) => f.write_str("the certificate request could not be signed"),
            Self::ZeroSignature => f.write_str("the signer gave a zero instead of a signature"),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Invalid(invalid) => Some(invalid),
            Self::Sign(error) => Some(error),
            Self::BufferTooSmall { .. } | Self::ZeroSignature => None,
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subject { index, reason } => write!(f, "subject attribute {index} {reason}"),
            Self::San { index, reason } => {
                write!(f, "subject alternative name {index} {reason}")
            }
            Self::Purpose { index } => {
                write!(f, "extended key usage {index} is no object identifier")
            }
            Self::KeyUsage => {
                f.write_str("the key usage has no bits, or bits that do not go together")
            }
            Self::PublicKey => f.write_str("the public key is not an uncompressed point"),
            Self::TooLarge => f.write_str("the request is larger than DER lengths can say"),
        }
    }
}

impl core::error::Error for Invalid {}

impl fmt::Display for Reason {
    /// The end of a sentence that began with which name it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong { limit } => write!(f, "is longer than {limit}"),
            Self::Character { at } => write!(f, "has a character at byte {at} that is not allowed"),
            Self::Country => f.write_str("is not a country code of two letters"),
            Self::Repeated => f.write_str("is of a type that was given before"),
            Self::Label => f.write_str("has an empty label, or a hyphen at the end of one"),
            Self::Numeric => f.write_str("ends in a number, as an IP address does"),
            Self::Scheme => f.write_str("has no scheme, or nothing after it"),
            Self::Oid => f.write_str("has a hardware type that is no object identifier"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn a_message_names_the_place_and_never_repeats_its_source() {
        let invalid = Invalid::San {
            index: 3,
            reason: Reason::TooLong { limit: 63 },
        };
        assert_eq!(
            invalid.to_string(),
            "subject alternative name 3 is longer than 63"
        );
        let error = Error::<fmt::Error>::Invalid(invalid);
        assert!(!error.to_string().contains(&invalid.to_string()));
        let source = core::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(source, Some(invalid.to_string()));
    }
}
