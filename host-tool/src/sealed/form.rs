//! Finds out what a downloaded file is, and takes off what stands around its bytes: PEM, base64, S/MIME headers.
//!
//! OpenPGP armor is left on: its own reader takes it off.

use base64ct::{Base64, Encoding};

use super::error::SealedError;

/// Labels of CMS in PEM (RFC 7468 section 9, and what OpenSSL calls it).
const CMS_LABELS: [&str; 2] = ["CMS", "PKCS7"];

/// Greatest headers of an S/MIME file, in bytes.
const MAX_HEADERS: usize = 8192;

/// What a file is.
pub(super) enum Form {
    /// CMS in DER or BER.
    Cms(Vec<u8>),
    /// OpenPGP, armored or binary.
    #[cfg_attr(not(feature = "openpgp"), expect(dead_code))]
    OpenPgp(Vec<u8>),
}

/// Finds out what a file is.
pub(super) fn find(bytes: Vec<u8>) -> Result<Form, SealedError> {
    let other = |found| Err(SealedError::NotSealed { found });
    let text = bytes.trim_ascii_start();
    match *text {
        [] => Err(SealedError::Empty),
        // SEQUENCE, which an OpenPGP packet can't begin with (RFC 9580 section 4.2: its highest bit is set).
        [0x30, _, ..] if bytes.first() == Some(&0x30) && !is_base64(text) => Ok(Form::Cms(bytes)),
        [0x30] => Err(SealedError::Truncated {
            found: 1,
            expected: None,
        }),
        [b'P', b'K', ..] if bytes.starts_with(b"PK\x03\x04") => {
            other("a ZIP that is not encrypted")
        }
        [b'{' | b'[', ..] => other("JSON"),
        [b'<', ..] => other("HTML or XML"),
        [first, ..] if first & 0x80 != 0 => Ok(Form::OpenPgp(bytes)),
        _ if text.starts_with(b"-----BEGIN PGP MESSAGE-----") => Ok(Form::OpenPgp(bytes)),
        _ if text.starts_with(b"-----BEGIN") => pem(text).map(Form::Cms),
        _ if is_base64(text) => base64(text).map(Form::Cms),
        _ => smime(text).map(Form::Cms),
    }
}

/// One block of PEM.
fn pem(text: &[u8]) -> Result<Vec<u8>, SealedError> {
    let block = pem::parse(text).map_err(|_| {
        let ended = text.windows(9).any(|window| window == b"-----END ");
        if ended {
            SealedError::malformed("its PEM can't be read")
        } else {
            SealedError::Truncated {
                found: text.len(),
                expected: None,
            }
        }
    })?;
    if CMS_LABELS.contains(&block.tag()) {
        return Ok(block.into_contents());
    }
    Err(SealedError::NotSealed {
        found: "PEM of another kind",
    })
}

/// Whether it is nothing but base64 and white space: how some answers carry CMS in text.
fn is_base64(text: &[u8]) -> bool {
    text.len() >= 4
        && text.iter().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'+' | b'/' | b'=' | b'\r' | b'\n' | b' ' | b'\t')
        })
}

fn base64(text: &[u8]) -> Result<Vec<u8>, SealedError> {
    let mut compact = text.to_vec();
    compact.retain(|byte| !byte.is_ascii_whitespace());
    let found = compact.len();
    if !found.is_multiple_of(4) {
        let expected = None;
        return Err(SealedError::Truncated { found, expected });
    }
    let length = Base64::decode_in_place(&mut compact)
        .map_err(|_| SealedError::malformed("its base64 can't be read"))?
        .len();
    compact.truncate(length);
    if compact.first() != Some(&0x30) {
        return Err(SealedError::NotSealed {
            found: "base64 of something else",
        });
    }
    Ok(compact)
}

/// S/MIME (RFC 8551): headers, an empty line, and the body in base64 or as it is.
fn smime(text: &[u8]) -> Result<Vec<u8>, SealedError> {
    let unknown = || SealedError::NotSealed {
        found: "something unknown",
    };
    let window = text.get(..MAX_HEADERS).unwrap_or(text);
    let (headers, body) = [&b"\r\n\r\n"[..], b"\n\n"]
        .into_iter()
        .filter_map(|empty| {
            let at = window
                .windows(empty.len())
                .position(|bytes| bytes == empty)?;
            Some((at, empty.len()))
        })
        .min()
        .and_then(|(at, length)| Some((window.get(..at)?, text.get(at + length..)?)))
        .ok_or_else(unknown)?;
    let headers = std::str::from_utf8(headers)
        .map_err(|_| unknown())?
        .to_ascii_lowercase();
    let value = |name: &str| {
        headers
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
    };
    let kind = value("content-type").ok_or_else(unknown)?;
    if !["application/pkcs7-mime", "application/x-pkcs7-mime"]
        .iter()
        .any(|known| kind.starts_with(known))
    {
        return Err(SealedError::NotSealed {
            found: "a mail of another kind",
        });
    }
    match value("content-transfer-encoding") {
        Some("base64") => base64(body),
        None | Some("binary" | "8bit" | "7bit") => Ok(body.to_vec()),
        Some(_) => Err(SealedError::unsupported(
            "a transfer encoding other than base64",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cms(bytes: &[u8]) -> Vec<u8> {
        match find(bytes.to_vec()) {
            Ok(Form::Cms(der)) => der,
            Ok(Form::OpenPgp(_)) => panic!("taken for OpenPGP"),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn every_wrapping_is_taken_off() {
        let der = [0x30, 0x80, 0, 0];
        for text in [
            &der[..],
            b"-----BEGIN CMS-----\nMIAAAA==\n-----END CMS-----\n",
            b"-----BEGIN PKCS7-----\r\nMIAAAA==\r\n-----END PKCS7-----\r\n",
            b"MIAA\nAA==\n",
            b"MIME-Version: 1.0\nContent-Type: application/x-pkcs7-mime; name=\"smime.p7m\"\nContent-Transfer-Encoding: BASE64\n\nMIAAAA==\n\n",
            b"Content-Type: application/pkcs7-mime\r\n\r\n\x30\x80\0\0",
        ] {
            assert_eq!(cms(text), der, "{}", String::from_utf8_lossy(text));
        }
    }

    /// A length octet of 0x41 and letters behind it: base64 by its looks, unless one looks at the whole.
    #[test]
    fn text_that_begins_with_a_zero_digit() {
        assert_eq!(cms(b"0A\x01\0"), b"0A\x01\0");
        assert!(matches!(
            find(b"0AAA".to_vec()),
            Err(SealedError::NotSealed { .. })
        ));
    }

    #[test]
    fn other_things_are_named() {
        for (bytes, words) in [
            (&b""[..], "it is empty"),
            (b" \n", "it is empty"),
            (b"0", "cut off"),
            (b"PK\x03\x04", "a ZIP that is not encrypted"),
            (b"{\"error\":1}", "it is JSON"),
            (b"<html>", "HTML"),
            (
                b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
                "PEM of another kind",
            ),
            (b"-----BEGIN CMS-----\nMIAA", "cut off"),
            (
                b"-----BEGIN CMS-----\n!!\n-----END CMS-----\n",
                "PEM can't be read",
            ),
            (b"AAAA", "base64 of something else"),
            (b"MIAAA", "cut off"),
            (b"hello: you\n\nthere", "something unknown"),
            (
                b"Content-Type: text/plain\n\nMIAA",
                "a mail of another kind",
            ),
        ] {
            let error = find(bytes.to_vec()).err().unwrap().to_string();
            assert!(
                error.contains(words),
                "{error} for {}",
                String::from_utf8_lossy(bytes)
            );
        }
    }

    #[test]
    fn openpgp_is_known() {
        for bytes in [
            &b"\x85\x01"[..],
            b"\xc1\xc0",
            b"-----BEGIN PGP MESSAGE-----\n\n",
        ] {
            assert!(matches!(find(bytes.to_vec()), Ok(Form::OpenPgp(_))));
        }
    }
}
