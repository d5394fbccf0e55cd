//! The first pass over a CSV file: is it UTF-8, and do its quotes close? The CSV reader itself takes
//! any bytes and lets an unclosed quote swallow the rest of the file without a word.

use std::io::Read;

/// How much is read at a time, bytes.
const CHUNK: usize = 64 * 1024;
/// The longest row that is taken, bytes: the CSV reader holds one row in memory.
const LONGEST_ROW: usize = 1024 * 1024;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// What the first pass found; the message is for whoever sent the file.
pub(crate) enum Fault {
    /// The file's text is at fault.
    Text(String),
    /// The file could not be read.
    Read(std::io::Error),
}

/// Reads the whole text once, in constant memory.
pub(crate) fn check(mut source: impl Read, bom_allowed: bool) -> Result<(), Fault> {
    let mut start = Vec::new();
    (&mut source)
        .take(BOM.len() as u64)
        .read_to_end(&mut start)
        .map_err(Fault::Read)?;
    if start == BOM {
        if !bom_allowed {
            return Err(Fault::Text("the file begins with a byte order mark".into()));
        }
        start.clear();
    }
    let mut utf8 = Utf8::default();
    let mut quotes = Quotes::default();
    let mut take = |bytes: &[u8]| {
        utf8.take(bytes).map_err(Fault::Text)?;
        quotes.take(bytes).map_err(Fault::Text)
    };
    take(&start)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = source.read(&mut chunk).map_err(Fault::Read)?;
        let bytes = chunk.get(..length).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        take(bytes)?;
    }
    utf8.end().map_err(Fault::Text)?;
    quotes.end().map_err(Fault::Text)
}

/// Validates UTF-8 that arrives in pieces.
#[derive(Default)]
struct Utf8 {
    /// The beginning of a character cut by the end of a piece.
    rest: Vec<u8>,
    offset: u64,
}

impl Utf8 {
    fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        let joined;
        let bytes = if self.rest.is_empty() {
            bytes
        } else {
            joined = [self.rest.as_slice(), bytes].concat();
            joined.as_slice()
        };
        let valid = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(error) => return Err(fault_at(self.offset, error.valid_up_to())),
        };
        self.offset += valid as u64;
        self.rest = bytes.get(valid..).unwrap_or_default().to_vec();
        Ok(())
    }

    fn end(&self) -> Result<(), String> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(fault_at(self.offset, 0))
        }
    }
}

fn fault_at(offset: u64, further: usize) -> String {
    format!("the file is not UTF-8 at byte {}", offset + further as u64)
}

/// Follows the quotes of RFC 4180.
struct Quotes {
    state: State,
    line: u64,
    opened: u64,
    /// Bytes of this row so far.
    row: usize,
}

#[derive(Clone, Copy)]
enum State {
    Start,
    Bare,
    Quoted,
    /// A quote inside a quoted value: its end, or the first of a doubled one.
    AfterQuote,
}

impl Default for Quotes {
    fn default() -> Self {
        Quotes {
            state: State::Start,
            line: 1,
            opened: 0,
            row: 0,
        }
    }
}

impl Quotes {
    fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        for &byte in bytes {
            self.state = match (self.state, byte) {
                (State::Start, b'"') => {
                    self.opened = self.line;
                    State::Quoted
                }
                (State::Quoted, b'"') => State::AfterQuote,
                (State::Quoted, _) | (State::AfterQuote, b'"') => State::Quoted,
                (_, b',' | b'\n' | b'\r') => State::Start,
                (State::Bare, b'"') => {
                    return Err(format!(
                        "a quote inside an unquoted value, line {}",
                        self.line
                    ));
                }
                (State::AfterQuote, _) => {
                    return Err(format!("text after a closing quote, line {}", self.line));
                }
                (State::Start | State::Bare, _) => State::Bare,
            };
            self.line += u64::from(byte == b'\n');
            self.row += 1;
            if byte == b'\n' && matches!(self.state, State::Start) {
                self.row = 0;
            }
            if self.row > LONGEST_ROW {
                return Err(format!(
                    "a row longer than {LONGEST_ROW} bytes, line {}",
                    self.line
                ));
            }
        }
        Ok(())
    }

    fn end(&self) -> Result<(), String> {
        match self.state {
            State::Quoted => Err(format!(
                "the quoted value that begins on line {} never ends",
                self.opened
            )),
            State::Start | State::Bare | State::AfterQuote => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault(bytes: &[u8]) -> Option<String> {
        match check(bytes, false) {
            Ok(()) => None,
            Err(Fault::Text(text)) => Some(text),
            Err(Fault::Read(error)) => Some(error.to_string()),
        }
    }

    #[test]
    fn faults_are_named_with_their_place() {
        for (bytes, expected) in [
            (&b"a,b\n\"c\",d\"e"[..], "line 2"),
            (b"a\n\"b\"c\n", "line 2"),
            (b"a\n\"b\n\n", "line 2 never ends"),
            (b"a,\xff", "byte 2"),
            (b"a,\xc3", "byte 2"),
            (b"\xef\xbb\xbfa", "byte order mark"),
        ] {
            let text = fault(bytes).unwrap_or_default();
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn an_endless_row_is_refused() {
        let row = |length: usize| format!("a\n\"{}\"\nb", "\n".repeat(length));
        assert_eq!(fault(row(LONGEST_ROW - 4).as_bytes()), None);
        let text = fault(row(LONGEST_ROW).as_bytes()).unwrap_or_default();
        assert!(text.contains("longer than"), "{text}");
    }

    #[test]
    fn a_quoted_header_may_follow_a_byte_order_mark() {
        assert!(check(&b"\xef\xbb\xbf\"a\",\"b\"\n"[..], true).is_ok());
    }

    #[test]
    fn good_text_passes() {
        for bytes in [
            &b""[..],
            b"a,b\r\n\"c \"\" d\",\"e\nf\"\r\n",
            "ä,\"€\"".as_bytes(),
        ] {
            assert_eq!(fault(bytes), None);
        }
    }

    /// One byte a read: every character is cut.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            self.0 = rest;
            if let Some(slot) = buffer.first_mut() {
                *slot = *first;
            }
            Ok(1)
        }
    }

    proptest! {
        #[test]
        fn what_the_csv_writer_writes_passes(
            rows in prop::collection::vec(prop::collection::vec(any::<String>(), 3), 1..8)
        ) {
            let mut writer = csv::WriterBuilder::new()
                .quote_style(csv::QuoteStyle::Always)
                .from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).map_err(|e| TestCaseError::fail(e.to_string()))?;
            }
            let bytes = writer.into_inner().map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(fault(&bytes), None);
            prop_assert!(check(Drip(&bytes), false).is_ok());
        }

        #[test]
        fn pieces_and_the_whole_agree(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(check(&bytes[..], true).is_ok(), check(Drip(&bytes), true).is_ok());
        }
    }
}
