//! The states of a CSV reader, fed with bytes in pieces of any size.

use super::chunk::{Chunk, Gap};
use crate::preflight::Code;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the beginning of a value.
    Start,
    /// Blanks begin the value.
    Blanks,
    /// In a value without quotes.
    Bare,
    /// In a value with quotes.
    Quoted,
    /// Behind a quote in a quoted value: its end, or the first of a doubled one.
    QuoteSeen,
    /// Behind blanks that follow a closing quote.
    AfterBlanks,
    /// Behind a carriage return that is not in quotes.
    CarriageReturn,
    /// A fault was found: everything up to the line's end is passed over.
    Skip,
}

/// Where records end beside line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// Nowhere.
    Never,
    /// Nowhere, but values that begin after blanks are marked and no fault is noted: to look at the file's beginning.
    Probe,
    /// At blanks before a quote, with this before them.
    At(Gap),
}

pub(super) struct Machine {
    state: State,
    split: Split,
    line: u64,
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

impl Machine {
    pub fn new(split: Split) -> Self {
        Self {
            state: State::Start,
            split,
            line: 1,
        }
    }

    /// Takes the beginning of `bytes`, which is not empty; how many bytes were taken. Returns after each row.
    pub fn step(&mut self, bytes: &[u8], chunk: &mut Chunk) -> usize {
        let Some(&first) = bytes.first() else {
            return 0;
        };
        match self.state {
            State::Start => self.start(first, chunk),
            State::Blanks => {
                let count = leading(bytes, is_blank);
                if count > 0 {
                    chunk.push(bytes.get(..count).unwrap_or_default());
                    return count;
                }
                self.after_leading_blanks(first, chunk)
            }
            State::Bare => {
                let count = leading(bytes, |b| !matches!(b, b',' | b'"' | b'\n' | b'\r'));
                if count > 0 {
                    chunk.push(bytes.get(..count).unwrap_or_default());
                    return count;
                }
                if first == b'"' {
                    let what = "a quote inside a value that is not quoted";
                    self.fault(Code::QuoteInValue, self.line, what, chunk);
                    return 0;
                }
                self.separator(first, chunk)
            }
            State::Quoted => {
                let count = memchr::memchr(b'"', bytes).unwrap_or(bytes.len());
                let inside = bytes.get(..count).unwrap_or_default();
                chunk.push(inside);
                self.line += memchr::memchr_iter(b'\n', inside).count() as u64;
                if count == bytes.len() {
                    return count;
                }
                self.state = State::QuoteSeen;
                count + 1
            }
            State::QuoteSeen => match first {
                b'"' => {
                    chunk.push(b"\"");
                    self.state = State::Quoted;
                    1
                }
                b',' | b'\n' | b'\r' => self.separator(first, chunk),
                _ if is_blank(first) => {
                    self.state = State::AfterBlanks;
                    1
                }
                _ => self.text_after_quote(chunk),
            },
            State::AfterBlanks => self.after_blanks(first, chunk),
            State::CarriageReturn => {
                let taken = usize::from(first == b'\n');
                if taken == 0 {
                    self.lone_carriage_return(chunk);
                }
                self.end_row(chunk);
                taken
            }
            State::Skip => match memchr::memchr(b'\n', bytes) {
                None => bytes.len(),
                Some(at) => {
                    self.end_row(chunk);
                    at + 1
                }
            },
        }
    }

    fn start(&mut self, first: u8, chunk: &mut Chunk) -> usize {
        match first {
            b',' | b'\n' | b'\r' => return self.separator(first, chunk),
            b'"' => {
                chunk.begin(self.line);
                self.state = State::Quoted;
                return 1;
            }
            _ if is_blank(first) => self.state = State::Blanks,
            _ => self.state = State::Bare,
        }
        chunk.begin(self.line);
        0
    }

    /// Blanks began the value, and this follows them.
    fn after_leading_blanks(&mut self, first: u8, chunk: &mut Chunk) -> usize {
        if first != b'"' {
            self.state = State::Bare;
            return 0;
        }
        chunk.clear_open(Gap::Comma, self.line);
        match self.split {
            Split::At(Gap::Comma) if chunk.complete() > 0 => {
                // The comma before the blanks made an empty value.
                chunk.end_cell(self.line);
                chunk.end_row();
                chunk.begin(self.line);
            }
            Split::Probe => {}
            Split::Never | Split::At(_) => {
                let what = "a blank before the opening quote";
                chunk.note(Code::BlankBesideQuote, self.line, what);
            }
        }
        self.state = State::Quoted;
        1
    }

    /// A quoted value was closed, blanks followed, and now this.
    fn after_blanks(&mut self, first: u8, chunk: &mut Chunk) -> usize {
        match (first, self.split) {
            (b' ' | b'\t', _) => 1,
            (b'"', Split::At(Gap::Nothing)) => {
                chunk.end_cell(self.line);
                chunk.end_row();
                chunk.begin(self.line);
                self.state = State::Quoted;
                1
            }
            (b'"', Split::Probe) => {
                chunk.end_cell(self.line);
                chunk.begin(self.line);
                chunk.clear_open(Gap::Nothing, self.line);
                self.state = State::Quoted;
                1
            }
            (b',' | b'\n' | b'\r', _) => {
                // Blanks at the end of the whole file, where records are separated by blanks, are part of that fault.
                if self.split == Split::Never || first == b',' {
                    let what = "a blank behind the closing quote";
                    chunk.note(Code::BlankBesideQuote, self.line, what);
                }
                self.separator(first, chunk)
            }
            _ => self.text_after_quote(chunk),
        }
    }

    fn text_after_quote(&mut self, chunk: &mut Chunk) -> usize {
        let opened = chunk.open_line();
        if opened < self.line {
            // The quote that looks like the closing one is the next value's opening one.
            let what = format!(
                "a quote is opened on line {opened}; the next quote, on line {}, does not close it",
                self.line
            );
            self.fault(Code::UnclosedQuote, opened, what, chunk);
        } else {
            let what = "text follows the closing quote";
            self.fault(Code::TextAfterQuote, opened, what, chunk);
        }
        0
    }

    fn fault(&mut self, code: Code, line: u64, what: impl Into<String>, chunk: &mut Chunk) {
        chunk.note_broken(code, line, what);
        self.state = State::Skip;
    }

    /// A comma or a line end behind a value.
    fn separator(&mut self, byte: u8, chunk: &mut Chunk) -> usize {
        match byte {
            b',' => {
                chunk.end_cell(self.line);
                self.state = State::Start;
            }
            b'\r' => self.state = State::CarriageReturn,
            _ => self.end_row(chunk),
        }
        1
    }

    fn end_row(&mut self, chunk: &mut Chunk) {
        if chunk.in_row() {
            chunk.end_cell(self.line);
            chunk.end_row();
        } else {
            chunk.note(Code::EmptyRow, self.line, "an empty line");
        }
        self.line += 1;
        self.state = State::Start;
    }

    fn lone_carriage_return(&self, chunk: &mut Chunk) {
        let what = "a carriage return without a line feed";
        chunk.note(Code::LoneCarriageReturn, self.line, what);
    }

    /// The file ends here.
    pub fn finish(&mut self, chunk: &mut Chunk) {
        match self.state {
            State::Quoted => {
                let opened = chunk.open_line();
                let what = format!(
                    "a quote is opened on line {opened} and the file ends before it closes"
                );
                chunk.note_broken(Code::UnclosedQuote, opened, what);
            }
            State::CarriageReturn => self.lone_carriage_return(chunk),
            State::AfterBlanks if self.split == Split::Never => {
                let what = "a blank behind the closing quote";
                chunk.note(Code::BlankBesideQuote, self.line, what);
            }
            _ => {}
        }
        if chunk.in_row() {
            chunk.end_cell(self.line);
            chunk.end_row();
        }
        self.state = State::Start;
    }
}

fn leading(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|byte| !wanted(*byte))
        .unwrap_or(bytes.len())
}
