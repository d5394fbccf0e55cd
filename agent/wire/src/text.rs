//! Strings on the wire that a board does not copy unless it must.

use serde::{Deserialize, Serialize};
use serde_json_core::str::{EscapedStr, EscapedStringFragment};

use crate::limits;

/// A string, borrowed: plain where it holds no JSON escapes, as it stood on the wire where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// The string itself.
    Plain(&'a str),
    /// The string with its JSON escapes unresolved; [`Text::place`] gives the string.
    Escaped(&'a str),
}

/// The string does not fit, or its escapes are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextTooLong;

impl<'a> Text<'a> {
    /// Finds the string a place: none is needed where it is plain, otherwise it is written behind what `arena` holds.
    /// So several strings can share one arena before any of them is read.
    ///
    /// # Errors
    /// [`TextTooLong`] where `arena` has no room for it or an escape is malformed.
    pub fn place<const N: usize>(
        &self,
        arena: &mut heapless::String<N>,
    ) -> Result<Placed<'a>, TextTooLong> {
        let escaped = match self {
            Self::Plain(text) => return Ok(Placed::Borrowed(text)),
            Self::Escaped(text) => EscapedStr(text),
        };
        let start = arena.len();
        for fragment in escaped.fragments() {
            match fragment.map_err(|_| TextTooLong)? {
                EscapedStringFragment::NotEscaped(text) => arena.push_str(text),
                EscapedStringFragment::Escaped(character) => arena.push(character),
            }
            .map_err(|_| TextTooLong)?;
        }
        Ok(Placed::InArena(start, arena.len()))
    }

    /// Whether this is that string.
    pub fn is(&self, other: &str) -> bool {
        let mut arena = heapless::String::<{ limits::ESCAPED_TEXT }>::new();
        self.place(&mut arena)
            .is_ok_and(|placed| placed.get(&arena) == other)
    }
}

/// Where a string stands whose escapes are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed<'a> {
    /// In the message itself.
    Borrowed(&'a str),
    /// In the arena, from the first to before the second offset, in bytes.
    InArena(usize, usize),
}

impl<'a> Placed<'a> {
    /// The string. With another arena than the one it was placed in, some other text or none.
    pub fn get(&self, arena: &'a str) -> &'a str {
        match self {
            Self::Borrowed(text) => text,
            Self::InArena(start, end) => arena.get(*start..*end).unwrap_or_default(),
        }
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(text) => serializer.serialize_str(text),
            Self::Escaped(text) => EscapedStr(text).serialize(serializer),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let EscapedStr(text) = EscapedStr::deserialize(deserializer)?;
        Ok(if text.contains('\\') {
            Self::Escaped(text)
        } else {
            Self::Plain(text)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Text<'_> {
        serde_json_core::from_str::<Text<'_>>(json).unwrap().0
    }

    fn resolved<const N: usize>(
        json: &str,
        arena: &mut heapless::String<N>,
    ) -> Result<std::string::String, TextTooLong> {
        let placed = read(json).place(arena)?;
        Ok(placed.get(arena).into())
    }

    #[test]
    fn escapes_are_resolved_behind_one_another() {
        let mut arena = heapless::String::<16>::new();
        assert_eq!(resolved(r#""plain""#, &mut arena).unwrap(), "plain");
        assert_eq!(resolved(r#""a\"b\\c""#, &mut arena).unwrap(), "a\"b\\c");
        assert_eq!(resolved(r#""\u00e9\/""#, &mut arena).unwrap(), "é/");
        assert_eq!(arena.as_str(), "a\"b\\cé/");
        assert_eq!(resolved(r#""\n123456789""#, &mut arena), Err(TextTooLong));
        assert_eq!(resolved(r#""\ud800""#, &mut arena), Err(TextTooLong));
        assert!(read(r#""\u0061b""#).is("ab"));
        assert!(!read(r#""\u0061b""#).is("abc"));
    }

    proptest::proptest! {
        #[test]
        fn what_is_sent_is_what_is_read(text in "\\PC{0,60}") {
            let json = serde_json_core::to_string::<_, 600>(&Text::Plain(&text)).unwrap();
            let mut arena = heapless::String::<{ limits::ESCAPED_TEXT }>::new();
            assert_eq!(resolved(&json, &mut arena).unwrap(), text);
        }
    }
}
