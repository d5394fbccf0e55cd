//! DER's framing, written from the end to the beginning.
//!
//! Backwards, a length is known when its place comes: what it is the length of need not be measured before, nor moved
//! after. So whatever writes here is read from its last line to its first. Plain functions write every structure alike:
//! one `der` encoder type for each of them took four times the flash. Knows DER's framing and nothing of certificates.

use der::{Tag, TagNumber};

pub(crate) const BOOLEAN: u8 = octet(Tag::Boolean);
pub(crate) const INTEGER: u8 = octet(Tag::Integer);
pub(crate) const BIT_STRING: u8 = octet(Tag::BitString);
pub(crate) const OCTET_STRING: u8 = octet(Tag::OctetString);
pub(crate) const OBJECT_IDENTIFIER: u8 = octet(Tag::ObjectIdentifier);
pub(crate) const UTF8_STRING: u8 = octet(Tag::Utf8String);
pub(crate) const PRINTABLE_STRING: u8 = octet(Tag::PrintableString);
pub(crate) const SEQUENCE: u8 = octet(Tag::Sequence);
/// A SET OF. DER sorts the elements of a set; every set of a request has exactly one.
pub(crate) const SET: u8 = octet(Tag::Set);

/// `[number] IMPLICIT` of a string or other primitive value.
pub(crate) const fn implicit(number: u8) -> u8 {
    context(number, false)
}

/// `[number]` around other encodings: EXPLICIT, or IMPLICIT of a SEQUENCE or SET.
pub(crate) const fn tagged(number: u8) -> u8 {
    context(number, true)
}

const fn context(number: u8, constructed: bool) -> u8 {
    octet(Tag::ContextSpecific {
        constructed,
        number: TagNumber(number as u32),
    })
}

/// A tag of one octet: numbers up to 30 (X.690 section 8.1.2.2).
const fn octet(tag: Tag) -> u8 {
    let TagNumber(number) = tag.number();
    let [.., number] = number.to_be_bytes();
    tag.class() as u8 | (tag.is_constructed() as u8) << 5 | number
}

/// Fills a buffer from its end. What finds no room is counted and left out, so that an empty buffer measures.
pub(crate) struct Writer<'o> {
    room: &'o mut [u8],
    /// What was written or left out, in bytes; `usize::MAX` for more than can be counted.
    written: usize,
}

impl<'o> Writer<'o> {
    pub(crate) fn new(room: &'o mut [u8]) -> Self {
        Self { room, written: 0 }
    }

    /// Writes nothing, and counts what it would have been.
    pub(crate) fn measure() -> Self {
        Self::new(&mut [])
    }

    pub(crate) fn written(&self) -> usize {
        self.written
    }

    /// Leaves out what stands there already.
    pub(crate) fn skip(&mut self, length: usize) {
        self.written = self.written.saturating_add(length);
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.skip(1);
        let place = self.room.len().wrapping_sub(self.written);
        // With no room left, the place has wrapped around to beyond the end.
        if let Some(place) = self.room.get_mut(place) {
            *place = byte;
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().rev() {
            self.byte(*byte);
        }
    }

    /// The header of all that was written since `written` had the value `before`.
    pub(crate) fn header(&mut self, tag: u8, before: usize) {
        let length = self.written.saturating_sub(before);
        let mut rest = length;
        let mut form = 0x80;
        loop {
            let [low, ..] = rest.to_le_bytes();
            self.byte(low);
            rest >>= 8;
            form += 1;
            if rest == 0 {
                break;
            }
        }
        if length > 0x7F {
            self.byte(form);
        }
        self.byte(tag);
    }

    /// A header around what `body` writes.
    pub(crate) fn nest(&mut self, tag: u8, body: impl FnOnce(&mut Self)) {
        let before = self.written;
        body(self);
        self.header(tag, before);
    }

    /// A header around a value.
    pub(crate) fn element(&mut self, tag: u8, value: &[u8]) {
        self.nest(tag, |to| to.bytes(value));
    }

    /// An object identifier from its content.
    pub(crate) fn oid(&mut self, content: &[u8]) {
        self.element(OBJECT_IDENTIFIER, content);
    }

    /// The object identifier with the arc `last`, up to 127, after those in the content `parent`.
    pub(crate) fn oid_under(&mut self, parent: &[u8], last: u8) {
        self.nest(OBJECT_IDENTIFIER, |to| {
            to.byte(last);
            to.bytes(parent);
        });
    }
}

#[cfg(test)]
pub(crate) mod tests;
