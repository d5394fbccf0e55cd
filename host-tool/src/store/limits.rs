//! The greatest sizes of what the store takes, and the forms it keeps. What comes from a board is held to these first.

use super::error::StoreError;

/// Greatest length of a board's name, a link, or a firmware's name, in bytes.
pub const MAX_NAME_BYTES: usize = 255;
/// Greatest length of a CSR (DER), in bytes. One with a P-256 key and every supported attribute is under 4 KiB.
pub const MAX_CSR_BYTES: usize = 16 * 1024;
/// Greatest length of the snapshot of a board's columns (JSON), in bytes.
pub const MAX_COLUMNS_BYTES: usize = 64 * 1024;
/// Greatest length of a certificate chain (DER), in bytes: what a board takes.
pub const MAX_CHAIN_BYTES: usize = nameplate_wire::limits::CHAIN;
/// Greatest number of certificates that were not taken, of which is kept why.
pub const MAX_REFUSED_CERTIFICATES: i64 = 10_000;
/// Greatest length of a reason or a status, in bytes; longer ones are cut.
pub const MAX_REASON_BYTES: usize = 1_000;
/// Greatest number of sightings kept; beyond it, the one not seen for longest makes room.
pub const MAX_SIGHTINGS: i64 = 10_000;
/// Greatest number of refusals that a batch's log tells of one by one: boards on the network must not be able to fill
/// the disk by being refused.
pub const MAX_REFUSALS_LOGGED: i64 = 100_000;

/// `text`, cut to at most `most` bytes at the end of a character.
pub(super) fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

/// Refuses an empty text and one of more than `most` bytes.
pub(super) fn text(field: &'static str, text: &str, most: usize) -> Result<(), StoreError> {
    let rule = match text.len() {
        0 => "it must not be empty",
        length if length > most => "it is longer than the store keeps",
        _ => return Ok(()),
    };
    Err(StoreError::BadValue { field, rule })
}

/// Refuses a MAC that is not six lower-case pairs joined by colons: two spellings of one MAC must not pass as two boards.
pub(super) fn mac(mac: &str) -> Result<(), StoreError> {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let fits = |(at, byte): (usize, u8)| {
        if at % 3 == 2 {
            byte == b':'
        } else {
            digit(byte)
        }
    };
    if mac.len() == 17 && mac.bytes().enumerate().all(fits) {
        return Ok(());
    }
    Err(StoreError::BadValue {
        field: "the MAC",
        rule: "six pairs of lower-case hexadecimal digits joined by colons",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_spelling_of_a_mac_passes() {
        assert!(mac("02:00:00:00:00:0a").is_ok());
        for other in [
            "",
            "02:00:00:00:00:0A",
            "02-00-00-00-00-0a",
            "02:00:00:00:00",
            "02:00:00:00:00:0a:",
            "02:00:00:00:000:a",
            "2:00:00:00:00:00a",
            "é2:00:00:00:00:0",
        ] {
            assert!(mac(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("", 2), "");
    }

    #[test]
    fn empty_and_long_texts_are_refused() {
        assert!(text("the name", "", 2).is_err());
        assert!(text("the name", "ab", 2).is_ok());
        assert!(text("the name", "abc", 2).is_err());
    }
}
