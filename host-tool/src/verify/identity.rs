//! Whether a board's MAC and name can be a board's.

use nameplate_wire::Mac;

use super::Refusal;
use crate::config::MacRange;

/// Checks a MAC and a name as a board reported them; all MACs may come where `ranges` is empty.
///
/// # Errors
/// [`Refusal`].
pub fn check_identity(mac: Mac, name: &str, ranges: &[MacRange]) -> Result<(), Refusal> {
    if mac.is_zero() {
        return Err(Refusal::ZeroMac);
    }
    if mac.is_broadcast() {
        return Err(Refusal::BroadcastMac);
    }
    if mac.is_multicast() {
        return Err(Refusal::MulticastMac(mac.to_string()));
    }
    if !ranges.is_empty() && !ranges.iter().any(|range| range.contains(mac)) {
        return Err(Refusal::MacOutOfRange(mac.to_string()));
    }
    check_name(name).map_err(Refusal::BadName)
}

fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("no characters");
    }
    if name
        .chars()
        .any(|character| character.is_control() || is_invisible(character))
    {
        return Err("control or invisible characters");
    }
    if name.trim() != name {
        return Err("white space at its beginning or end");
    }
    // Names come into files that people open in spreadsheets, and there they must stay as the board said them.
    if name.starts_with(['=', '+', '-', '@']) {
        return Err("a first character that spreadsheets take for a formula's");
    }
    Ok(())
}

/// Characters that make two names look alike or turn the text around them: zero width, directions, byte order mark.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mac: [u8; 6], name: &str) -> Result<(), Refusal> {
        check_identity(Mac(mac), name, &[])
    }

    #[test]
    fn macs_that_no_board_has_are_told_apart() {
        assert_eq!(check([0; 6], "n"), Err(Refusal::ZeroMac));
        assert_eq!(check([0xFF; 6], "n"), Err(Refusal::BroadcastMac));
        assert!(matches!(
            check([1, 0, 0, 0, 0, 1], "n"),
            Err(Refusal::MulticastMac(_))
        ));
        assert_eq!(check([2, 0, 0, 0, 0, 1], "n"), Ok(()));
        assert_eq!(check([0, 0x1A, 0xC2, 0, 0, 1], "n"), Ok(()));
    }

    #[test]
    fn names_that_hide_something_are_refused() {
        for name in [
            "",
            " a",
            "a ",
            "a\nb",
            "a\u{1b}[31m",
            "a\u{202e}b",
            "a\u{200b}",
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
        ] {
            assert!(
                matches!(check([2; 6], name), Err(Refusal::BadName(_))),
                "{name:?}"
            );
        }
        for name in ["sensor 1", "Ünï", "1=1", "a\"b", "a-b"] {
            assert_eq!(check([2; 6], name), Ok(()), "{name:?}");
        }
    }
}
