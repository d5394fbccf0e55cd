//! What a message must look like before the JSON parser sees it.
//!
//! The parser recurses into values that it skips and takes raw control characters inside strings. A hostile message could
//! use the first to run a board out of stack, so depth is bounded here, in a loop.

use crate::limits;

/// Whether these bytes are printable UTF-8, one JSON object on the outside, and not nested deeper than
/// [`limits::DEPTH`]. Whether they are JSON is for the parser to say.
pub(crate) fn is_acceptable(message: &[u8]) -> bool {
    if core::str::from_utf8(message).is_err() {
        return false;
    }
    if message.first() != Some(&b'{') || message.last() != Some(&b'}') {
        return false;
    }
    let mut depth: usize = 0;
    let mut in_string = false;
    let mut escaped = false;
    for &byte in message {
        if byte < 0x20 || byte == 0x7F {
            return false;
        }
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth = depth.saturating_add(1),
            b']' | b'}' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
        if depth > limits::DEPTH {
            return false;
        }
    }
    depth == 0 && !in_string
}

#[cfg(test)]
mod tests {
    use super::is_acceptable;

    #[test]
    fn depth_is_bounded() {
        assert!(is_acceptable(br#"{"a":[[1]]}"#));
        let deep = std::format!("{{\"a\":{}{}}}", "[".repeat(900), "]".repeat(900));
        assert!(!is_acceptable(deep.as_bytes()));
        assert!(
            is_acceptable(br#"{"a":"[[[[[[[[[[[[[[[["}"#),
            "not in strings"
        );
        assert!(is_acceptable(br#"{"a":"\"[[[[[[[[[[["}"#));
    }

    #[test]
    fn only_printable_balanced_objects() {
        for bad in [
            &b""[..],
            b"[]",
            b"1",
            b"{",
            b"}{",
            b"{\"a\":\"\x01\"}",
            b"{\"a\":\"\x7f\"}",
            b"{\"\xff\":1}",
            b"{\"a}",
            b"{]]",
            b"{} ",
            b" {}",
        ] {
            assert!(!is_acceptable(bad), "{bad:?}");
        }
    }
}
