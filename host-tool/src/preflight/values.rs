//! One value by itself: its text, and what its column asks of it.

use nameplate_wire::Mac;
use nameplate_wire::request::AttributeKind;

use super::Code;
use super::header::Role;
use super::limits::MAX_QUOTE;
use crate::columns::Attribute;
use crate::config::MacRange;
use crate::service::words::printable;
use crate::verify::is_invisible;

type Note<'a> = dyn FnMut(Code, String) + 'a;

/// The text of a value, where it is UTF-8.
pub(super) fn text<'a>(bytes: &'a [u8], note: &mut Note<'_>) -> Option<&'a str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let at = error.valid_up_to();
            let byte = bytes.get(at).copied().unwrap_or_default();
            note(
                Code::Encoding,
                format!("byte {} of the value, 0x{byte:02x}, is not UTF-8", at + 1),
            );
            None
        }
    }
}

/// Checks a value that is not a request. An empty one asks for nothing.
pub(super) fn check(role: Role, text: &str, ranges: &[MacRange], note: &mut Note<'_>) {
    if text.is_empty() {
        return;
    }
    if memchr::memmem::find(text.as_bytes(), b"PRIVATE KEY-").is_some() {
        note(
            Code::PrivateKey,
            "a private key; it is not shown".to_owned(),
        );
        return;
    }
    characters(text, note);
    match role {
        Role::Attribute(Attribute::Subject(kind)) => subject(kind, text, note),
        Role::Mac => mac(text, ranges, note),
        _ => {}
    }
}

fn characters(text: &str, note: &mut Note<'_>) {
    let plain = text.bytes().all(|byte| (0x20..0x7F).contains(&byte));
    if !plain {
        if let Some((at, c)) = text.chars().enumerate().find(|(_, c)| c.is_control()) {
            let what = format!(
                "character {} is the control character U+{:04X}",
                at + 1,
                u32::from(c)
            );
            note(Code::ControlCharacter, what);
        }
        if let Some((at, c)) = text.chars().enumerate().find(|(_, c)| is_invisible(*c)) {
            let what = format!(
                "character {}, U+{:04X}, can't be seen",
                at + 1,
                u32::from(c)
            );
            note(Code::InvisibleCharacter, what);
        }
    }
    if text.trim() != text {
        note(
            Code::BlanksAroundValue,
            format!("blanks stand around {}", shown(text)),
        );
    }
}

/// RFC 5280 appendix A.1, the upper bounds, in characters.
fn greatest(kind: AttributeKind) -> Option<usize> {
    match kind {
        AttributeKind::Cn | AttributeKind::O | AttributeKind::Ou | AttributeKind::SerialNumber => {
            Some(64)
        }
        AttributeKind::L | AttributeKind::St => Some(128),
        AttributeKind::C => None,
    }
}

fn subject(kind: AttributeKind, text: &str, note: &mut Note<'_>) {
    if let Some(most) = greatest(kind) {
        let count = text.chars().count();
        if count > most {
            let what = format!("{count} characters, at most {most}: {}", shown(text));
            note(Code::ValueTooLong, what);
        }
    }
    match kind {
        AttributeKind::C if !(text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic())) => {
            note(Code::Country, format!("{} is not two letters", shown(text)));
        }
        AttributeKind::Ou if is_host_name(text) => {
            let what = format!(
                "the organization unit {} looks like a host name",
                shown(text)
            );
            note(Code::HostInOrganizationUnit, what);
        }
        _ => {}
    }
}

/// Labels of letters, digits and hyphens with dots between them, the last one of letters: not `1.2` and not `A. B.`
fn is_host_name(text: &str) -> bool {
    let Some((_, last)) = text.rsplit_once('.') else {
        return false;
    };
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    last.len() >= 2 && last.bytes().all(|b| b.is_ascii_alphabetic()) && text.split('.').all(label)
}

fn mac(text: &str, ranges: &[MacRange], note: &mut Note<'_>) {
    let shown = shown(text);
    let Ok(mac) = Mac::parse(text) else {
        note(Code::Mac, format!("{shown} is no MAC address"));
        return;
    };
    if mac.is_zero() {
        note(Code::Mac, format!("{shown} is all zeros"));
    } else if mac.is_broadcast() {
        note(Code::Mac, format!("{shown} is the broadcast address"));
    } else if mac.is_multicast() {
        note(Code::Mac, format!("{shown} is a multicast address"));
    } else if !ranges.is_empty() && !ranges.iter().any(|range| range.contains(mac)) {
        note(
            Code::MacOutOfRange,
            format!("{shown} is outside of batch.mac_ranges"),
        );
    }
}

fn shown(text: &str) -> String {
    format!("\"{}\"", printable(text, MAX_QUOTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(role: Role, text: &str) -> Vec<Code> {
        let mut found = Vec::new();
        check(role, text, &[], &mut |code, what| {
            assert!(
                !what.chars().any(char::is_control) && what.chars().count() < 200,
                "{what}"
            );
            found.push(code);
        });
        found
    }

    fn subject(kind: AttributeKind) -> Role {
        Role::Attribute(Attribute::Subject(kind))
    }

    #[test]
    fn texts() {
        assert_eq!(codes(Role::Other, ""), []);
        assert_eq!(codes(Role::Other, "sensor, \"Ünï\" 2"), []);
        assert_eq!(codes(Role::Other, " a"), [Code::BlanksAroundValue]);
        assert_eq!(codes(Role::Other, "a\0b"), [Code::ControlCharacter]);
        assert_eq!(codes(Role::Other, "a\nb"), [Code::ControlCharacter]);
        assert_eq!(codes(Role::Other, "a\u{200b}b"), [Code::InvisibleCharacter]);
        assert_eq!(
            codes(Role::Other, "-----BEGIN PRIVATE KEY-----\nMII"),
            [Code::PrivateKey]
        );
    }

    #[test]
    fn subjects() {
        let long = "ü".repeat(64);
        assert_eq!(codes(subject(AttributeKind::Cn), &long), []);
        assert_eq!(
            codes(subject(AttributeKind::Cn), &format!("{long}x")),
            [Code::ValueTooLong]
        );
        assert_eq!(codes(subject(AttributeKind::C), "DE"), []);
        for country in ["D", "DEU", "D1", "Ü"] {
            assert_eq!(
                codes(subject(AttributeKind::C), country),
                [Code::Country],
                "{country}"
            );
        }
        for (unit, host) in [
            ("example-01.com", true),
            ("a.b.example", true),
            ("IoT", false),
            ("R. & D.", false),
            ("1.2", false),
            ("Line 3.de", false),
            ("a..de", false),
        ] {
            let found = codes(subject(AttributeKind::Ou), unit);
            assert_eq!(found == [Code::HostInOrganizationUnit], host, "{unit}");
        }
    }

    #[test]
    fn mac_addresses() {
        for (mac, fault) in [
            ("00:1a:c2:7b:00:0a", false),
            ("00-1A-C2-7B-00-0A", false),
            ("00:1a:c2:7b:00", true),
            ("00:00:00:00:00:00", true),
            ("ff:ff:ff:ff:ff:ff", true),
            ("01:1a:c2:7b:00:0a", true),
            ("x", true),
        ] {
            assert_eq!(codes(Role::Mac, mac) == [Code::Mac], fault, "{mac}");
        }
    }
}
