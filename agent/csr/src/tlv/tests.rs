//! The framing as `der` has it, and the writer at its limits.

use super::*;
use der::{Encode, Header, Length};
use std::vec::Vec;

/// What `body` writes, which is as long as it measures.
pub(crate) fn written(body: impl Fn(&mut Writer<'_>)) -> Vec<u8> {
    let mut measured = Writer::measure();
    body(&mut measured);
    let mut buffer = std::vec![0; measured.written()];
    let mut writer = Writer::new(&mut buffer);
    body(&mut writer);
    assert_eq!(writer.written(), measured.written());
    buffer
}

fn header(tag: Tag, length: usize) -> Vec<u8> {
    let length = Length::try_from(length).unwrap();
    let mut buffer = [0; 8];
    let header = Header::new(tag, length).encode_to_slice(&mut buffer);
    Vec::from(header.unwrap())
}

#[test]
fn tags_are_those_of_der() {
    let context = |number, constructed| Tag::ContextSpecific {
        number: TagNumber(number),
        constructed,
    };
    let tags = [
        (BOOLEAN, Tag::Boolean),
        (INTEGER, Tag::Integer),
        (BIT_STRING, Tag::BitString),
        (OCTET_STRING, Tag::OctetString),
        (OBJECT_IDENTIFIER, Tag::ObjectIdentifier),
        (UTF8_STRING, Tag::Utf8String),
        (PRINTABLE_STRING, Tag::PrintableString),
        (SEQUENCE, Tag::Sequence),
        (SET, Tag::Set),
        (implicit(2), context(2, false)),
        (tagged(0), context(0, true)),
        (tagged(30), context(30, true)),
    ];
    for (octet, tag) in tags {
        assert_eq!(written(|to| to.header(octet, 0)), header(tag, 0), "{tag}");
    }
}

#[test]
fn lengths_are_those_of_der() {
    let edges = [0, 0x80, 0x100, 0x1_0000, 0x100_0000].map(|edge: usize| [edge.max(1) - 1, edge]);
    for length in edges.into_iter().flatten() {
        let mut element = written(|to| to.nest(OCTET_STRING, |to| to.skip(length)));
        element.truncate(element.len() - length);
        assert_eq!(element, header(Tag::OctetString, length), "{length}");
    }
}

#[test]
fn what_finds_no_room_is_counted_and_left_out() {
    let mut buffer = [0xA5; 4];
    let mut writer = Writer::new(&mut buffer);
    writer.element(OCTET_STRING, b"12345");
    assert_eq!(writer.written(), 7);
    writer.skip(usize::MAX);
    writer.byte(0);
    writer.header(SEQUENCE, 0);
    assert_eq!(writer.written(), usize::MAX);
    assert_eq!(&buffer, b"2345");
}
