//! The tables against the rules that they were made from.

use super::*;
use proptest::prelude::*;
use std::string::String;

type Rule = fn(u8) -> bool;

#[test]
fn tables_say_what_their_documents_say() {
    let tables: [(Alphabet, Rule); 5] = [
        (CAPITALS, |byte| byte.is_ascii_uppercase()),
        (HOST, |byte| {
            byte.is_ascii_alphanumeric() || b"-.".contains(&byte)
        }),
        (SCHEME, |byte| {
            byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)
        }),
        (URI, |byte| {
            let marks = b"-._~:/?#[]@!$&'()*+,;=%";
            byte.is_ascii_alphanumeric() || marks.contains(&byte)
        }),
        (PRINTABLE, |byte| {
            byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte)
        }),
    ];
    for (index, (table, rule)) in tables.into_iter().enumerate() {
        for byte in 0..=u8::MAX {
            assert_eq!(table.has(byte), rule(byte), "table {index}, byte {byte}");
        }
    }
}

#[test]
fn text_is_all_but_control_characters() {
    for character in '\0'..=char::MAX {
        let value = String::from_iter(['ü', character]);
        let expected = if character.is_control() {
            Err(Reason::Character { at: 2 })
        } else {
            Ok(2)
        };
        assert_eq!(TEXT.check(&value, 2), expected, "{character:?}");
    }
}

proptest! {
    #[test]
    fn the_first_wrong_character_is_found(value in "[\\PC\u{1F}\u{7F}-\u{A1}]{0,9}", limit in 0..9usize) {
        let wrong = value.char_indices().find(|(_, character)| character.is_control());
        let expected = match (wrong, value.chars().count()) {
            (Some((at, _)), _) => Err(Reason::Character { at }),
            (None, 0) => Err(Reason::Empty),
            (None, length) if length > limit => Err(Reason::TooLong { limit }),
            (None, length) => Ok(length),
        };
        prop_assert_eq!(TEXT.check(&value, limit), expected);
    }
}
