//! What the file of a board's request is called within a ZIP.
//!
//! How devices are named from such a ZIP is documented nowhere (G), so the file has the board's name, in characters that every
//! system takes: whatever is not a letter, a digit, `-`, `_` or `.` is written as in a URL (RFC 3986 section 2.1). So two boards
//! never share a file, a name never leads out of its folder, and what was written can be read back.

use std::fmt::Write as _;

/// Behind every name; `.csv` would be taken for a data file.
const EXTENSION: &str = ".csr";

/// The file's name for a board's name.
pub(super) fn entry_name(board: &str) -> String {
    stem(board) + EXTENSION
}

/// The same without the extension: a name for any file of a board.
pub(crate) fn stem(board: &str) -> String {
    let mut name = String::with_capacity(board.len() + EXTENSION.len());
    for (at, byte) in board.bytes().enumerate() {
        // A dot at the beginning hides a file, or is a folder's name.
        let plain =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (byte == b'.' && at > 0);
        if plain {
            name.push(byte.into());
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_stay_and_what_could_harm_does_not() {
        for (board, file) in [
            ("sensor-0001", "sensor-0001.csr"),
            ("a.b_C", "a.b_C.csr"),
            ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.csr"),
            ("..", "%2E..csr"),
            ("C:\\x", "C%3A%5Cx.csr"),
            ("Fühler 1", "F%C3%BChler%201.csr"),
            ("50%", "50%25.csr"),
        ] {
            assert_eq!(entry_name(board), file);
        }
    }

    proptest! {
        #[test]
        fn every_name_is_a_plain_file_s_and_no_two_share_one(a in "\\PC{1,64}", b in "\\PC{1,64}") {
            let name = entry_name(&a);
            prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.%".contains(&byte)));
            prop_assert!(!name.starts_with('.') && name.len() <= 64 * 4 * 3 + 4);
            prop_assert_eq!(a == b, name == entry_name(&b));
        }
    }
}
