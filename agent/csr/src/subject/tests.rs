//! Each bound at its limit and one beyond, each alphabet, and repetitions.

use super::*;
use std::string::String;

type Make = for<'a> fn(&'a str) -> Attribute<'a>;

fn reason(subject: &[Attribute<'_>]) -> Option<(usize, Reason)> {
    match check(subject) {
        Err(Invalid::Subject { index, reason }) => Some((index, reason)),
        other => other.err().map(|wrong| panic!("{wrong}")),
    }
}

#[test]
fn bounds_count_characters() {
    let types: [(Make, usize, bool); 6] = [
        (|v| Attribute::State(v), 128, true),
        (|v| Attribute::Locality(v), 128, true),
        (|v| Attribute::Organization(v), 64, true),
        (|v| Attribute::OrganizationalUnit(v), 64, true),
        (|v| Attribute::CommonName(v), 64, true),
        (|v| Attribute::SerialNumber(v), 64, false),
    ];
    for (make, limit, is_utf8) in types {
        let letters: &[&str] = if is_utf8 {
            &["x", "ü", "界", "🦀"]
        } else {
            &["x"]
        };
        for letter in letters {
            let fits = letter.repeat(limit);
            assert_eq!(reason(&[make(&fits)]), None);
            let long = letter.repeat(limit + 1);
            assert_eq!(reason(&[make(&long)]), Some((0, Reason::TooLong { limit })));
        }
        assert_eq!(reason(&[make("")]), Some((0, Reason::Empty)));
    }
}

#[test]
fn a_country_is_two_capital_letters() {
    let cases = [
        ("DE", None),
        ("", Some(Reason::Empty)),
        ("D", Some(Reason::Country)),
        ("DEU", Some(Reason::TooLong { limit: 2 })),
        ("de", Some(Reason::Character { at: 0 })),
        ("D1", Some(Reason::Character { at: 1 })),
        ("Ü", Some(Reason::Character { at: 0 })),
    ];
    for (value, expected) in cases {
        let found = reason(&[Attribute::Country(value)]).map(|(_, reason)| reason);
        assert_eq!(found, expected, "{value}");
    }
}

#[test]
fn a_serial_number_is_printable() {
    let alphabet = " '()+,-./:=?AZaz09";
    assert_eq!(reason(&[Attribute::SerialNumber(alphabet)]), None);
    for other in ['*', '@', '_', '&', '"', '\n', '\0', '\x7F', 'é'] {
        let value = String::from_iter(['1', other]);
        assert_eq!(
            reason(&[Attribute::SerialNumber(&value)]),
            Some((0, Reason::Character { at: 1 })),
            "{other:?}"
        );
    }
}

#[test]
fn control_characters_are_refused() {
    for other in ['\0', '\n', '\x1F', '\x7F', '\u{80}', '\u{9F}'] {
        let value = String::from_iter(['ü', other]);
        assert_eq!(
            reason(&[Attribute::CommonName(&value)]),
            Some((0, Reason::Character { at: 2 })),
            "{other:?}"
        );
    }
    assert_eq!(reason(&[Attribute::CommonName(" ~\u{A0}")]), None);
}

#[test]
fn only_organizational_units_repeat() {
    let once = [
        Attribute::Country("DE"),
        Attribute::State("a"),
        Attribute::Locality("a"),
        Attribute::Organization("a"),
        Attribute::CommonName("a"),
        Attribute::SerialNumber("a"),
    ];
    assert_eq!(reason(&once), None);
    for attribute in once {
        let subject = [Attribute::OrganizationalUnit("a"), attribute, attribute];
        assert_eq!(reason(&subject), Some((2, Reason::Repeated)));
    }
    assert_eq!(reason(&[Attribute::OrganizationalUnit("a"); 9]), None);
}
