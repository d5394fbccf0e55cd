//! Strings on the wire that a board does not copy unless it must.
#![expect(clippy::mut_mut, reason = "what is used of a room is taken from it")]

use core::str::Bytes;

use crate::writer::Writer;
use crate::{ascii, limits};

/// Characters that may be escaped by a letter, and the letters behind their backslashes. All but the last must be escaped, as
/// must other control characters.
pub(crate) const ESCAPES: [(u8, u8); 8] = [
    (b'"', b'"'),
    (b'\\', b'\\'),
    (0x08, b'b'),
    (b'\t', b't'),
    (b'\n', b'n'),
    (0x0C, b'f'),
    (b'\r', b'r'),
    (b'/', b'/'),
];

/// A string, borrowed: plain where it holds no JSON escapes, as it stood on the wire where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// The string itself.
    Plain(&'a str),
    /// The string with its JSON escapes unresolved; [`Text::resolve`] gives the string.
    Escaped(&'a str),
}

/// The string does not fit, or its escapes are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextTooLong;

impl<'a> Text<'a> {
    /// What stood between the quotes.
    pub(crate) fn as_sent(text: &'a str) -> Self {
        if text.bytes().any(|byte| byte == b'\\') {
            Self::Escaped(text)
        } else {
            Self::Plain(text)
        }
    }

    /// The string. Where it holds escapes, it is written to the beginning of `room`, and `room` is what is left behind it: so
    /// several strings can share one buffer.
    ///
    /// # Errors
    /// [`TextTooLong`] where `room` is too small or an escape is malformed; nothing is left of `room` then.
    pub fn resolve<'r>(&self, room: &mut &'r mut [u8]) -> Result<&'r str, TextTooLong>
    where
        'a: 'r,
    {
        let text = match self {
            Self::Plain(text) => return Ok(text),
            Self::Escaped(text) => text,
        };
        let place = core::mem::take(room);
        let length = unescape(text, place).ok_or(TextTooLong)?;
        let (text, rest) = place.split_at_mut_checked(length).ok_or(TextTooLong)?;
        *room = rest;
        core::str::from_utf8(text).map_err(|_| TextTooLong)
    }

    /// Whether this is that string, of at most [`limits::ESCAPED_TEXT`] bytes.
    pub fn is(&self, other: &str) -> bool {
        let mut arena = [0; limits::ESCAPED_TEXT];
        self.resolve(&mut &mut arena[..]) == Ok(other)
    }
}

/// Writes a string with its escapes resolved to the beginning of `place`; how long it is, where it fits.
fn unescape(text: &str, place: &mut [u8]) -> Option<usize> {
    let mut out = Writer::bare(place);
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'\\' {
            escape(&mut rest, &mut out)?;
        } else {
            out.byte(byte);
        }
    }
    out.length()
}

/// Writes what stands for a character behind a backslash (RFC 8259 section 7). Halves of surrogate pairs are refused.
fn escape(rest: &mut Bytes<'_>, out: &mut Writer<'_>) -> Option<()> {
    let letter = rest.next()?;
    if letter != b'u' {
        let (character, _) = ESCAPES.iter().find(|(_, known)| *known == letter)?;
        out.byte(*character);
        return Some(());
    }
    let mut code: u16 = 0;
    for _ in 0..4 {
        code = (code << 4) | u16::from(ascii::digit(rest.next()?)?);
    }
    // RFC 3629 section 3. This is less code than `char::encode_utf8`.
    let [high, low] = code.to_be_bytes();
    let middle = ((high & 0x0F) << 2) | (low >> 6);
    match code {
        0..0x80 => {
            out.byte(low);
            return Some(());
        }
        0x80..0x800 => out.byte(0xC0 | middle),
        0xD800..0xE000 => return None,
        _ => {
            out.byte(0xE0 | (high >> 4));
            out.byte(0x80 | middle);
        }
    }
    out.byte(0x80 | (low & 0x3F));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame;

    fn resolved<'r>(inside: &'r str, room: &mut &'r mut [u8]) -> Result<&'r str, TextTooLong> {
        Text::as_sent(inside).resolve(room)
    }

    #[test]
    fn escapes_are_resolved_behind_one_another() {
        let mut arena = [0; 16];
        let room = &mut &mut arena[..];
        let texts = [
            resolved("plain", room).unwrap(),
            resolved(r#"a\"b\\c"#, room).unwrap(),
            resolved(r"\u00e9\/", room).unwrap(),
        ];
        assert_eq!(texts, ["plain", "a\"b\\c", "é/"]);
        assert_eq!(room.len(), 16 - 8);
        assert_eq!(resolved(r"\n12345678", room), Err(TextTooLong));
        assert_eq!(resolved(r"\n", room), Err(TextTooLong), "nothing is left");
        assert_eq!(&arena[..8], "a\"b\\cé/".as_bytes());
    }

    #[test]
    fn every_escape_has_its_character() {
        for (inside, character) in [
            (r#"\""#, '"'),
            (r"\\", '\\'),
            (r"\/", '/'),
            (r"\b", '\x08'),
            (r"\f", '\x0C'),
            (r"\n", '\n'),
            (r"\r", '\r'),
            (r"\t", '\t'),
            (r"\u0041", 'A'),
            (r"\u007f", '\x7F'),
            (r"\u0080", '\u{80}'),
            (r"\u07fF", '\u{7FF}'),
            (r"\u0800", '\u{800}'),
            (r"\u20aC", '€'),
            (r"\ud7ff", '\u{D7FF}'),
            (r"\ue000", '\u{E000}'),
            (r"\uffff", '\u{FFFF}'),
        ] {
            let mut room = [0; 4];
            let text = resolved(inside, &mut &mut room[..]);
            assert_eq!(text, Ok(character.encode_utf8(&mut [0; 4]) as &str));
        }
        for bad in [
            r"\",
            r"\x",
            r"\u",
            r"\u004",
            r"\u004g",
            r"\u+041",
            r"\ud800",
            r"\ud83d\ude00",
            r"\U0041",
        ] {
            assert_eq!(resolved(bad, &mut &mut [0; 8][..]), Err(TextTooLong));
        }
    }

    #[test]
    fn a_string_is_itself_and_no_other() {
        let text = Text::as_sent(r"\u0061b");
        assert!(text.is("ab"));
        for other in ["abc", "a", "", "b", r"\u0061b"] {
            assert!(!text.is(other), "{other}");
        }
        assert!(!Text::as_sent(r"a\q").is("a"));
        assert!(Text::Plain(r"a\q").is(r"a\q"));
    }

    proptest::proptest! {
        #[test]
        fn what_is_sent_is_what_is_read(text in "\\PC{0,60}|[\\x00-\\x20\"\\\\é]{0,40}") {
            let mut json = [0; 600];
            let mut writer = Writer::new(&mut json, "id", 1, "k");
            writer.field("t").string(&text);
            let json = frame::open(writer.finish().unwrap()).unwrap();
            let json = core::str::from_utf8(json).unwrap();
            let inside = json.strip_prefix(r#"{"v":1,"id":1,"kind":"k","t":""#).unwrap();
            let inside = inside.strip_suffix("\"}").unwrap();
            let mut arena = [0; limits::ESCAPED_TEXT];
            assert_eq!(resolved(inside, &mut &mut arena[..]).unwrap(), text);
        }
    }
}
