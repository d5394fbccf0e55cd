//! What each kind of name may hold.

use super::*;
use crate::tlv::tests::written;
use core::net::Ipv6Addr;
use std::string::String;

fn reason(name: AltName<'_>) -> Option<Reason> {
    match check(&[AltName::Dns("first"), name]) {
        Err(Invalid::San { index: 1, reason }) => Some(reason),
        other => other.err().map(|wrong| panic!("{wrong}")),
    }
}

#[test]
fn dns_names_are_host_names() {
    for name in [
        "a",
        "board-1",
        "3com.example",
        "xn--mller-kva.example",
        "a.b.c1",
    ] {
        assert_eq!(reason(AltName::Dns(name)), None, "{name}");
    }
    let cases = [
        ("", Reason::Empty),
        (".", Reason::Label),
        ("a..b", Reason::Label),
        ("a.", Reason::Label),
        (".a", Reason::Label),
        ("-a", Reason::Label),
        ("a-.b", Reason::Label),
        ("*.example", Reason::Character { at: 0 }),
        ("a_b", Reason::Character { at: 1 }),
        ("a b", Reason::Character { at: 1 }),
        ("müller", Reason::Character { at: 1 }),
        ("a\0.example", Reason::Character { at: 1 }),
        ("192.0.2.1", Reason::Numeric),
        ("a.1", Reason::Numeric),
    ];
    for (name, expected) in cases {
        assert_eq!(reason(AltName::Dns(name)), Some(expected), "{name}");
    }
}

#[test]
fn dns_lengths_end_where_the_domain_name_system_ends() {
    let label = "a".repeat(63);
    assert_eq!(reason(AltName::Dns(&label)), None);
    assert_eq!(
        reason(AltName::Dns(&"a".repeat(64))),
        Some(Reason::TooLong { limit: 63 })
    );
    let three = [label.as_str(); 3].join(".");
    let fits = String::from_iter([&three, ".", &"b".repeat(61)]);
    assert_eq!((fits.len(), reason(AltName::Dns(&fits))), (253, None));
    let long = String::from_iter([&three, ".", &"b".repeat(62)]);
    assert_eq!(
        reason(AltName::Dns(&long)),
        Some(Reason::TooLong { limit: 253 })
    );
}

#[test]
fn uris_have_a_scheme_and_plain_characters() {
    for uri in [
        "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "https://[2001:db8::1]:8443/a%20b?c=d#e",
        "spiffe://example.org/board/1",
        "a+b-c.1:x",
    ] {
        assert_eq!(reason(AltName::Uri(uri)), None, "{uri}");
    }
    let cases = [
        ("", Reason::Empty),
        ("board", Reason::Scheme),
        ("urn:", Reason::Scheme),
        (":x", Reason::Scheme),
        ("1a:x", Reason::Scheme),
        ("a/b:x", Reason::Scheme),
        ("urn:a b", Reason::Character { at: 5 }),
        ("urn:ä", Reason::Character { at: 4 }),
        ("urn:\0", Reason::Character { at: 4 }),
        ("urn:<", Reason::Character { at: 4 }),
        ("urn:%", Reason::Character { at: 4 }),
        ("urn:%4", Reason::Character { at: 4 }),
        ("urn:%20%4g", Reason::Character { at: 7 }),
    ];
    for (uri, expected) in cases {
        assert_eq!(reason(AltName::Uri(uri)), Some(expected), "{uri}");
    }
}

#[test]
fn hardware_modules_have_a_type_and_a_serial() {
    let module = |hw_type, serial| reason(AltName::HardwareModule { hw_type, serial });
    assert_eq!(module("1.3.6.1.4.1.99999.1", b"\0"), None);
    assert_eq!(module("1.3.6.1.4.1.99999.1", b""), Some(Reason::Empty));
    for wrong in [
        "",
        "1",
        "1.3.",
        ".1.3.6",
        "1..3",
        "3.1.2",
        "1.40.2",
        "board",
        "1.3.6.4294967296",
    ] {
        assert_eq!(module(wrong, b"1"), Some(Reason::Oid), "{wrong}");
    }
}

#[test]
fn names_have_the_bytes_of_their_standards() {
    let encode = |name: AltName<'_>| written(|to| general_name(&name, to));
    assert_eq!(encode(AltName::Dns("a.b")), b"\x82\x03a.b");
    assert_eq!(encode(AltName::Uri("a:b")), b"\x86\x03a:b");
    assert_eq!(
        encode(AltName::Ip([192, 0, 2, 1].into())),
        [0x87, 4, 192, 0, 2, 1]
    );
    let ip = encode(AltName::Ip(Ipv6Addr::LOCALHOST.into()));
    assert_eq!(
        ip.split_at(2),
        (&[0x87, 16][..], &Ipv6Addr::LOCALHOST.octets()[..])
    );
    let module = encode(AltName::HardwareModule {
        hw_type: "1.2.3",
        serial: &[0xAB],
    });
    let expected = [
        &[0xA0, 0x15][..],
        &[0x06, 8, 0x2B, 6, 1, 5, 5, 7, 8, 4],
        &[0xA0, 9, 0x30, 7],
        &[0x06, 2, 0x2A, 3],
        &[0x04, 1, 0xAB],
    ];
    assert_eq!(module, expected.concat());
}
