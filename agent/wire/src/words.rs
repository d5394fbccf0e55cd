//! Lists of words in one text, and enumerations whose values are words on the wire.
//!
//! A text costs a small board less than a table of strings does, and searching it less than a comparison for each word.

use crate::ascii::piece;

/// The place of a word in a list, its words parted by spaces.
pub fn place(list: &str, word: &[u8]) -> Option<usize> {
    let mut rest = Some(list.as_bytes());
    let mut place: usize = 0;
    while let Some(known) = piece(&mut rest, b' ') {
        if known == word {
            return Some(place);
        }
        place = place.saturating_add(1);
    }
    None
}

/// What stands at a place of a list; empty behind its end.
pub(crate) fn at(list: &str, separator: u8, place: usize) -> &str {
    let mut rest = Some(list.as_bytes());
    for _ in 0..place {
        piece(&mut rest, separator);
    }
    let found = piece(&mut rest, separator).unwrap_or_default();
    core::str::from_utf8(found).unwrap_or_default()
}

macro_rules! words {
    ($(#[$meta:meta])* $visible:vis enum $name:ident {
        $(#[$first_doc:meta])* $first:ident = $first_word:literal,
        $($(#[$doc:meta])* $variant:ident = $word:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $visible enum $name {
            $(#[$first_doc])* $first,
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            const WORDS: &'static str = concat!($first_word, $(" ", $word),*);
            const MEANINGS: &'static [Self] = &[Self::$first, $(Self::$variant),*];

            pub(crate) fn word(self) -> &'static str {
                $crate::words::at(Self::WORDS, b' ', self as usize)
            }

            pub(crate) fn from_word(word: &str) -> Option<Self> {
                let place = $crate::words::place(Self::WORDS, word.as_bytes())?;
                Self::MEANINGS.get(place).copied()
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use super::*;

    words! {
        enum Three {
            A = "a",
            Bc = "bc",
            D = "d",
        }
    }

    #[test]
    fn words_and_values_are_one_to_one() {
        for (value, word) in [(Three::A, "a"), (Three::Bc, "bc"), (Three::D, "d")] {
            assert_eq!((value.word(), Three::from_word(word)), (word, Some(value)));
        }
        for other in ["", "b", "c", "a bc", "d ", " ", "A"] {
            assert_eq!(Three::from_word(other), None, "{other:?}");
        }
        assert_eq!(at("a b", b' ', 2), "");
    }
}
