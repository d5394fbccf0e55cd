//! Writes a message: one JSON object, field by field, into a buffer that may turn out to be too small.

use crate::frame;
use crate::text::ESCAPES;
use crate::{Bytes, Mac, Text, ascii, base64, version};

/// What the digits of a number of 32 bits stand for.
const UNITS: &[u32] = &[
    1_000_000_000,
    100_000_000,
    10_000_000,
    1_000_000,
    100_000,
    10_000,
    1_000,
    100,
    10,
    1,
];

/// A frame whose message is being written. What does not fit is counted but not written, so that only [`Writer::finish`] can
/// fail.
pub(crate) struct Writer<'o> {
    frame: &'o mut [u8],
    /// How long it would be.
    length: usize,
}

impl<'o> Writer<'o> {
    /// Begins a message in version [`version::CURRENT`]; its id stands under the name that its direction has for it.
    pub(crate) fn new(out: &'o mut [u8], id_name: &str, id: u32, kind: &str) -> Self {
        let mut writer = Self {
            frame: out,
            length: frame::HEAD,
        };
        writer.raw("{\"v\":");
        writer.number(version::CURRENT.into());
        writer.field(id_name).number(id);
        writer.field("kind").string(kind);
        writer
    }

    /// Begins a text that is no frame.
    pub(crate) fn bare(out: &'o mut [u8]) -> Self {
        Self {
            frame: out,
            length: 0,
        }
    }

    /// How long it is, where it fits.
    pub(crate) fn length(&self) -> Option<usize> {
        (self.length <= self.frame.len()).then_some(self.length)
    }

    /// Ends the message and gives the whole frame; `None` where it does not fit.
    pub(crate) fn finish(mut self) -> Option<&'o [u8]> {
        self.byte(b'}');
        frame::close(self.frame, self.length)
    }

    /// Begins the next field; its value must follow.
    pub(crate) fn field(&mut self, name: &str) -> &mut Self {
        self.byte(b',');
        self.string(name);
        self.byte(b':');
        self
    }

    /// In plain decimal.
    pub(crate) fn number(&mut self, number: u32) {
        let mut rest = number;
        let mut begun = false;
        for &unit in UNITS {
            // By subtraction: the smallest cores do not divide.
            let mut digit = b'0';
            while let Some(less) = rest.checked_sub(unit) {
                rest = less;
                digit = digit.saturating_add(1);
            }
            begun |= digit != b'0' || unit == 1;
            if begun {
                self.byte(digit);
            }
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, flag: bool) {
        self.raw(if flag { "true" } else { "false" });
    }

    /// With the escapes that JSON demands and no others.
    pub(crate) fn string(&mut self, text: &str) {
        self.byte(b'"');
        for &byte in text.as_bytes() {
            let escape = ESCAPES.iter().find(|(plain, _)| *plain == byte);
            if let Some((_, short)) = escape
                && byte != b'/'
            {
                self.byte(b'\\');
                self.byte(*short);
            } else if byte.is_ascii_control() {
                self.raw("\\u00");
                self.byte(ascii::hex(byte >> 4));
                self.byte(ascii::hex(byte & 0xF).to_ascii_uppercase());
            } else {
                self.byte(byte);
            }
        }
        self.byte(b'"');
    }

    /// As it was read, or with the escapes that it needs.
    pub(crate) fn text(&mut self, text: Text<'_>) {
        match text {
            Text::Plain(text) => self.string(text),
            Text::Escaped(text) => self.quoted(text),
        }
    }

    /// A string that needs no escapes, or has them.
    fn quoted(&mut self, text: &str) {
        self.byte(b'"');
        self.raw(text);
        self.byte(b'"');
    }

    /// What kind a value is of, and the value.
    pub(crate) fn pair(&mut self, kind: &str, text: Text<'_>) {
        self.byte(b'[');
        self.string(kind);
        self.byte(b',');
        self.text(text);
        self.byte(b']');
    }

    /// As base64, encoded already or not.
    pub(crate) fn base64(&mut self, bytes: Bytes<'_>) {
        match bytes {
            Bytes::Raw(bytes) => self.bytes(bytes),
            Bytes::Encoded(text) => self.string(text),
        }
    }

    /// As base64.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.byte(b'"');
        base64::encode(bytes, |character| self.byte(character));
        self.byte(b'"');
    }

    /// As lower-case hex digits with colons between the pairs.
    pub(crate) fn mac(&mut self, mac: Mac) {
        let mut before = b'"';
        for octet in &mac.0 {
            self.byte(before);
            self.byte(ascii::hex(octet >> 4));
            self.byte(ascii::hex(octet & 0xF));
            before = b':';
        }
        self.byte(b'"');
    }

    /// An array; `write` writes one item.
    pub(crate) fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        let mut before = b'[';
        for item in items {
            self.byte(before);
            write(self, item);
            before = b',';
        }
        if items.is_empty() {
            self.byte(before);
        }
        self.byte(b']');
    }

    /// Oldest and newest version.
    pub(crate) fn versions(&mut self, versions: [u8; 2]) {
        self.list(&versions, |writer, version| {
            writer.number((*version).into());
        });
    }

    fn raw(&mut self, text: &str) {
        for byte in text.bytes() {
            self.byte(byte);
        }
    }

    // Called from everywhere: never a copy of it.
    #[inline(never)]
    pub(crate) fn byte(&mut self, byte: u8) {
        if let Some(place) = self.frame.get_mut(self.length) {
            *place = byte;
        }
        self.length = self.length.saturating_add(1);
    }
}
