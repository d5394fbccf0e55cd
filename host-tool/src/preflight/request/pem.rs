//! PEM around a request (RFC 7468), as strict as a service may be, and with the place of each fault. Nothing is repaired.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Fault;
use crate::preflight::Code;
use crate::preflight::limits::MAX_QUOTE;
use crate::service::words::printable;

const LABEL: &str = "CERTIFICATE REQUEST";
/// RFC 7468 section 7: some old programs write it.
const OLD_LABEL: &str = "NEW CERTIFICATE REQUEST";
const DASHES: usize = 5;

/// How the base64 stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Without line breaks.
    OneLine,
    /// With line breaks.
    Lines,
}

/// A request out of its PEM.
#[derive(Debug)]
pub(crate) struct Unwrapped {
    pub der: Vec<u8>,
    pub form: Form,
    /// The label is the old one.
    pub old_label: bool,
}

/// Takes a request out of its PEM.
pub(crate) fn unwrap(text: &str) -> Result<Unwrapped, Fault> {
    let trimmed = text.trim_start();
    let offset = text.len() - trimmed.len();
    let found = parts(trimmed).map_err(|(code, at, what)| Fault {
        code,
        what,
        lines: lines(text.get(..offset + at).unwrap_or(text)),
    })?;
    let at = |within: usize| lines(text.get(..offset + found.begins + within).unwrap_or(text));
    let (der, form) = decode(found.body).map_err(|(code, within, what)| Fault {
        code,
        what,
        lines: at(within),
    })?;
    Ok(Unwrapped {
        der,
        form,
        old_label: found.label == OLD_LABEL,
    })
}

fn lines(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64
}

struct Parts<'a> {
    label: &'a str,
    body: &'a str,
    /// Bytes before the body.
    begins: usize,
}

/// A fault at a byte of the text.
type At = (Code, usize, String);

/// Splits at the markers.
fn parts(text: &str) -> Result<Parts<'_>, At> {
    if memchr::memmem::find(text.as_bytes(), b"PRIVATE KEY").is_some() {
        return Err((
            Code::PrivateKey,
            0,
            "a private key; it is not shown".to_owned(),
        ));
    }
    let (label, begins) = begin(text)?;
    let rest = text.get(begins..).unwrap_or_default();
    let Some(length) = memchr::memchr(b'-', rest.as_bytes()) else {
        let what = "there is no END marker: it is cut off";
        return Err((Code::PemMarker, text.len(), what.to_owned()));
    };
    let body = rest.get(..length).unwrap_or_default();
    let place = begins + length;
    let end = rest.get(length..).unwrap_or_default();
    let (marker, after) = marker(end, "END ").map_err(|what| (Code::PemMarker, place, what))?;
    if marker != label {
        let what = format!("it begins as {label} and ends as {}", shown(marker));
        return Err((Code::PemMarker, place, what));
    }
    let behind = end.get(after..).unwrap_or_default().trim();
    if !behind.is_empty() {
        let what = if behind.contains("-----BEGIN") {
            "a second PEM block follows the request".to_owned()
        } else if behind.starts_with('-') {
            let what = "more than five dashes end the END marker".to_owned();
            return Err((Code::PemMarker, place, what));
        } else {
            format!("behind the request stands {}", shown(behind))
        };
        return Err((Code::PemTextAround, place + after, what));
    }
    let has_breaks = body.contains('\n');
    if has_breaks && !(starts_with_break(body) && body.ends_with('\n')) {
        let what = "the base64 is broken into lines, and a marker does not stand on its own";
        return Err((Code::PemMarker, begins, what.to_owned()));
    }
    Ok(Parts {
        label,
        body,
        begins,
    })
}

fn starts_with_break(body: &str) -> bool {
    body.starts_with('\n') || body.starts_with("\r\n")
}

/// The label of the BEGIN marker, and the marker's length.
fn begin(text: &str) -> Result<(&str, usize), At> {
    if !text.starts_with('-') {
        let (code, what) = match text.find("-----BEGIN") {
            Some(at) => (
                Code::PemTextAround,
                format!(
                    "before the request stands {}",
                    shown(text.get(..at).unwrap_or_default())
                ),
            ),
            None => (
                Code::PemMarker,
                format!("there is no BEGIN marker: {}", shown(text)),
            ),
        };
        return Err((code, 0, what));
    }
    let (label, length) = marker(text, "BEGIN ").map_err(|what| (Code::PemMarker, 0, what))?;
    match label {
        LABEL | OLD_LABEL => Ok((label, length)),
        "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => {
            Err((Code::CertificateInCell, 0, "a certificate".to_owned()))
        }
        other => {
            let what = format!("its label is {}", shown(other));
            Err((Code::PemMarker, 0, what))
        }
    }
}

/// The label of a marker at the beginning of `text`, and the marker's length.
fn marker<'a>(text: &'a str, word: &str) -> Result<(&'a str, usize), String> {
    let name = word.trim_end();
    let dashes = |text: &str| text.bytes().take_while(|byte| *byte == b'-').count();
    let before = dashes(text);
    if before != DASHES {
        return Err(format!(
            "{before} dashes begin the {name} marker; there are five"
        ));
    }
    let rest = text.get(before..).unwrap_or_default();
    let Some(rest) = rest.strip_prefix(word) else {
        return Err(format!(
            "five dashes are not followed by {name}: {}",
            shown(rest)
        ));
    };
    let length = rest.find('-').unwrap_or(rest.len());
    let (label, rest) = rest.split_at(length);
    let after = dashes(rest);
    // Behind a BEGIN marker with nothing to mark, the END marker's dashes follow.
    let behind = rest.get(DASHES..).unwrap_or_default();
    let too_many = after > DASHES && name == "BEGIN" && !behind.starts_with("-----END ");
    // What follows an END marker is looked at elsewhere.
    if after < DASHES || too_many {
        return Err(format!(
            "{after} dashes end the {name} marker; there are five"
        ));
    }
    Ok((label, DASHES + word.len() + length + DASHES))
}

fn decode(body: &str) -> Result<(Vec<u8>, Form), At> {
    if body.contains("..") || body.contains('…') {
        let what = format!("the request is abbreviated by dots: {}", shown(body.trim()));
        return Err((Code::CsrAbbreviated, 0, what));
    }
    let joined: String;
    let (plain, form) = if body.contains('\n') {
        joined = body.lines().collect();
        (joined.as_str(), Form::Lines)
    } else {
        (body, Form::OneLine)
    };
    let der = STANDARD.decode(plain).map_err(|_| base64_fault(body))?;
    if der.is_empty() {
        return Err((
            Code::Base64,
            0,
            "there is nothing between the markers".to_owned(),
        ));
    }
    Ok((der, form))
}

/// Why this is not base64.
fn base64_fault(body: &str) -> At {
    let in_alphabet = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '\n');
    // A carriage return belongs to a line end only.
    let strange = body.char_indices().find(|(at, c)| {
        let line_end = *c == '\r'
            && body
                .get(at + 1..)
                .is_some_and(|rest| rest.starts_with('\n'));
        !in_alphabet(*c) && !line_end
    });
    let (at, what) = match strange {
        Some((at, '\\')) => (
            at,
            "line breaks are written as a backslash and a letter".to_owned(),
        ),
        Some((at, c)) if c.is_whitespace() && c != '\r' => (
            at,
            format!("blanks stand in the base64, from its character {}", at + 1),
        ),
        Some((at, c)) => {
            let character = shown(&c.to_string());
            (
                at,
                format!("character {} of the base64 is {character}", at + 1),
            )
        }
        None => {
            let count = body.chars().filter(|c| !c.is_whitespace()).count();
            let end = body.trim_end().len();
            let what = format!(
                "{count} characters of base64 that do not end as base64 ends: it is cut off or changed"
            );
            (end, what)
        }
    };
    (Code::Base64, at, what)
}

fn shown(text: &str) -> String {
    format!("\"{}\"", printable(text, MAX_QUOTE / 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wrapped(body: &str) -> String {
        format!("-----BEGIN CERTIFICATE REQUEST-----{body}-----END CERTIFICATE REQUEST-----")
    }

    fn fault(text: &str) -> (Code, u64) {
        let fault = unwrap(text).unwrap_err();
        assert!(
            fault.what.len() < 300 && !fault.what.contains('\n'),
            "{fault:?}"
        );
        (fault.code, fault.lines)
    }

    #[test]
    fn both_forms_are_read() {
        for (text, form) in [
            (wrapped("MAAB"), Form::OneLine),
            (format!("\n {}\r\n", wrapped("MAAB")), Form::OneLine),
            (wrapped("\nMA\nAB\n"), Form::Lines),
            (wrapped("\r\nMAAB\r\n"), Form::Lines),
        ] {
            let unwrapped = unwrap(&text).unwrap();
            assert_eq!(
                (&unwrapped.der[..], unwrapped.form),
                (&[0x30, 0, 1][..], form),
                "{text:?}"
            );
            assert!(!unwrapped.old_label);
        }
        let old = wrapped("MAAB").replace("CERTIFICATE R", "NEW CERTIFICATE R");
        assert!(unwrap(&old).unwrap().old_label);
    }

    #[test]
    fn each_fault_has_its_code_and_its_line() {
        let good = wrapped("\nMAAB\n");
        for (text, code, lines) in [
            (
                good.replace("-----BEGIN", "------BEGIN"),
                Code::PemMarker,
                0,
            ),
            (good.replace("-----BEGIN", "----BEGIN"), Code::PemMarker, 0),
            (
                good.replace("REQUEST-----\nM", "REQUEST------\nM"),
                Code::PemMarker,
                0,
            ),
            (good.replace("-----END", "------END"), Code::PemMarker, 2),
            (good.replace("-----END", "---END"), Code::PemMarker, 2),
            (format!("{good}-"), Code::PemMarker, 2),
            (good.replace("END CERT", "END NEW CERT"), Code::PemMarker, 2),
            (good.replace("BEGIN", "BEGINN"), Code::PemMarker, 0),
            (good.replace("BEGIN C", "BEGIN c"), Code::PemMarker, 0),
            (good[..45].to_owned(), Code::PemMarker, 2),
            (good.replace("MAAB\n", "MAAB"), Code::PemMarker, 0),
            ("MAAB".to_owned(), Code::PemMarker, 0),
            (format!("x\n{good}"), Code::PemTextAround, 0),
            (format!("{good}\nx"), Code::PemTextAround, 2),
            (format!("{good}\n{good}"), Code::PemTextAround, 2),
            (
                good.replace("CERTIFICATE REQUEST", "CERTIFICATE"),
                Code::CertificateInCell,
                0,
            ),
            (
                good.replace("CERTIFICATE REQUEST", "EC PRIVATE KEY"),
                Code::PrivateKey,
                0,
            ),
            (
                format!("{good}\n-----BEGIN PRIVATE KEY-----"),
                Code::PrivateKey,
                0,
            ),
            (wrapped("MIICYz..."), Code::CsrAbbreviated, 0),
            (wrapped("MIICYz…"), Code::CsrAbbreviated, 0),
            (wrapped("\nMAAB\nMA?B\n"), Code::Base64, 2),
            (wrapped("\nMAAB\nMAA\n"), Code::Base64, 2),
            (wrapped("MAAB MAAB"), Code::Base64, 0),
            (wrapped("MAAB\\nMAAB"), Code::Base64, 0),
            (wrapped("\nA\rAAA\n"), Code::Base64, 1),
            (wrapped("MA==MAAB"), Code::Base64, 0),
            (wrapped(""), Code::Base64, 0),
            (wrapped("\n\n"), Code::Base64, 0),
        ] {
            assert_eq!(fault(&text), (code, lines), "{text:?}");
        }
    }

    #[test]
    fn a_private_key_is_never_shown() {
        let text = "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----";
        for text in [text.to_owned(), format!("MIGHAgEA {text}")] {
            let fault = unwrap(&text).unwrap_err();
            assert_eq!(fault.code, Code::PrivateKey);
            assert!(!fault.what.contains("MIG"));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_borne(text in "\\PC*|[-BEGIN CRTFAQUSMIZ=\\n.]*") {
            let _ = unwrap(&text);
        }

        #[test]
        fn damaged_requests_are_borne(at in 0..80usize, with in "\\PC{0,3}") {
            let mut text = wrapped("\nMAAB\n");
            if text.is_char_boundary(at) && at < text.len() {
                text.replace_range(at..=at, &with);
            }
            let _ = unwrap(&text);
        }
    }
}
