//! Text from the service, made fit to be shown: bounded, on one line, without anything that moves a cursor.
//!
//! Knows the two shapes in which the service words its errors. Does not know what an error means.

use serde_json::Value;

/// Greatest number of errors quoted from one answer.
pub const MAX_WORDS: usize = 8;
/// Greatest length, in characters, of one quoted code, message or excerpt.
pub const MAX_QUOTE: usize = 300;

/// Makes `text` safe for a terminal, a log line and a JSON string: control characters and the
/// format characters that reorder text become U+FFFD, white space runs become one space, and
/// whatever exceeds `limit` characters is cut and marked with `…`.
pub fn printable(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    let mut length = 0_usize;
    let mut after_space = true;
    for character in text.chars() {
        let character = harmless(character);
        if character == ' ' && after_space {
            continue;
        }
        if length == limit {
            shown.push('…');
            return shown;
        }
        after_space = character == ' ';
        shown.push(character);
        length += 1;
    }
    shown.truncate(shown.trim_end().len());
    shown
}

fn harmless(character: char) -> char {
    match character {
        c if c.is_whitespace() => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        // Zero-width and bidirectional controls: they make one text look like another.
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// One error in the service's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The service's code, such as `invalid_api_key`.
    pub code: Option<String>,
    /// The service's sentence.
    pub message: Option<String>,
}

/// All that the service said about a refusal; empty when it said nothing that could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    said: Vec<Word>,
    excerpt: String,
}

impl Words {
    /// Reads the body of an answer: `{"error":{"code","message"}}`, `{"errors":[…]}`, or, failing
    /// both, the beginning of whatever text it is.
    pub fn read(body: &[u8]) -> Self {
        let said = serde_json::from_slice::<Value>(body)
            .map(|value| errors_in(&value))
            .unwrap_or_default();
        let excerpt = if said.is_empty() {
            excerpt(body)
        } else {
            String::new()
        };
        Self { said, excerpt }
    }

    /// The errors that were found, at most [`MAX_WORDS`].
    pub fn said(&self) -> &[Word] {
        &self.said
    }

    /// Whether there is anything to quote.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty() && self.excerpt.is_empty()
    }
}

impl std::fmt::Display for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.said.is_empty() && !self.excerpt.is_empty() {
            return write!(f, "\"{}\"", self.excerpt);
        }
        for (index, word) in self.said.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            match (&word.code, &word.message) {
                (Some(code), Some(message)) => write!(f, "{code}: {message}")?,
                (Some(one), None) | (None, Some(one)) => f.write_str(one)?,
                (None, None) => {}
            }
        }
        Ok(())
    }
}

/// The beginning of a body as one harmless line; `…` stands for what was cut.
pub fn excerpt(body: &[u8]) -> String {
    // Four bytes are the longest character of UTF-8.
    let head = body.get(..MAX_QUOTE * 4).unwrap_or(body);
    printable(&String::from_utf8_lossy(head), MAX_QUOTE)
}

fn errors_in(value: &Value) -> Vec<Word> {
    let mut found = Vec::new();
    if let Some(errors) = value.get("errors").and_then(Value::as_array) {
        found.extend(errors.iter().take(MAX_WORDS).filter_map(word_in));
    }
    if let Some(error) = value.get("error") {
        found.extend(word_in(error));
    }
    if found.is_empty() && value.is_object() {
        found.extend(word_in(value));
    }
    found.truncate(MAX_WORDS);
    found
}

fn word_in(value: &Value) -> Option<Word> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(printable(text, MAX_QUOTE)).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let word = Word {
        code: value.get("code").and_then(text),
        message: value.get("message").and_then(text).or_else(|| text(value)),
    };
    (word.code.is_some() || word.message.is_some()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_shapes_are_read() {
        let one = Words::read(br#"{"error":{"code":"invalid_api_key","message":"No such key."}}"#);
        assert_eq!(one.to_string(), "invalid_api_key: No such key.");
        let many =
            Words::read(br#"{"errors":[{"code":"a","message":"b"},{"message":"c"},"d",{}]}"#);
        assert_eq!(many.to_string(), "a: b; c; d");
        assert_eq!(many.said().len(), 3);
    }

    #[test]
    fn other_text_is_quoted() {
        assert_eq!(
            Words::read(b"<h1>Bad\r\n gateway</h1>").to_string(),
            "\"<h1>Bad gateway</h1>\""
        );
        assert!(Words::read(b" \n ").is_empty());
    }

    #[test]
    fn control_characters_become_harmless() {
        let words =
            Words::read(br#"{"error":{"code":"\u001b[2J","message":"a\u202eb\u0000c\n\td"}}"#);
        assert_eq!(words.to_string(), "\u{fffd}[2J: a\u{fffd}b\u{fffd}c d");
    }

    #[test]
    fn a_flood_is_bounded() {
        let many: Vec<_> = (0..1000)
            .map(|_| serde_json::json!({"message": "x".repeat(10_000)}))
            .collect();
        let words = Words::read(serde_json::json!({ "errors": many }).to_string().as_bytes());
        assert_eq!(words.said().len(), MAX_WORDS);
        assert!(words.to_string().chars().count() <= MAX_WORDS * (MAX_QUOTE + 3));
    }

    proptest! {
        #[test]
        fn any_body_gives_harmless_words(body in prop::collection::vec(any::<u8>(), 0..2000)) {
            let shown = Words::read(&body).to_string();
            prop_assert!(shown.chars().all(|c| !c.is_control()));
        }

        #[test]
        fn any_text_is_bounded(text in "\\PC*|.*", limit in 0_usize..40) {
            let shown = printable(&text, limit);
            prop_assert!(shown.chars().count() <= limit + 1);
            prop_assert!(shown.chars().all(|c| !c.is_control()));
        }
    }
}
