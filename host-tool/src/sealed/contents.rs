//! What a plaintext is, by its looks.

use serde::de::IgnoredAny;

/// What came out of a file. The service puts certificates and keys into a ZIP, or into JSON (F).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// A ZIP.
    Zip,
    /// A whole JSON document.
    Json,
    /// PEM from the first byte on.
    Pem,
    /// Anything else.
    Other,
}

impl Contents {
    /// Looks at a whole plaintext.
    pub(super) fn of(bytes: &[u8]) -> Self {
        // The last is what a ZIP begins with that has no entry.
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
            Self::Zip
        } else if bytes.starts_with(b"-----BEGIN ") {
            Self::Pem
        } else if matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
            && serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
        {
            Self::Json
        } else {
            Self::Other
        }
    }

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Json => "json",
            Self::Pem => "pem",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_looks() {
        for (bytes, contents) in [
            (&b"PK\x03\x04rest"[..], Contents::Zip),
            (b"PK\x05\x06", Contents::Zip),
            (b" {\"a\": [1]}\n", Contents::Json),
            (b"[]", Contents::Json),
            (b"-----BEGIN CERTIFICATE-----\n", Contents::Pem),
            (b"{ no JSON", Contents::Other),
            (b"PK", Contents::Other),
            (b"7", Contents::Other),
            (b"", Contents::Other),
        ] {
            assert_eq!(Contents::of(bytes), contents);
        }
    }
}
