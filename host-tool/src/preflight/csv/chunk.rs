//! Some rows of the file, with the place of each value: what a worker is given at a time.

use crate::preflight::limits::{MAX_CELL, MAX_COLUMNS, MAX_ROW};
use crate::preflight::{Code, Finding};

/// Bytes and rows after which a chunk is full.
const FULL_BYTES: usize = 64 * 1024;
const FULL_ROWS: usize = 256;

/// One value, without its quotes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cell {
    start: usize,
    end: usize,
    /// The physical line it begins on.
    pub line: u64,
    /// A blank and a quote begin it: after a comma, or without one.
    pub blank_before: Option<Gap>,
    too_long: bool,
}

/// What stands between two quoted values beside blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// A comma.
    Comma,
    /// Nothing.
    Nothing,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    first: usize,
    last: usize,
    /// The physical line it begins on.
    pub line: u64,
    /// A fault was noted that makes its values worthless.
    pub broken: bool,
}

/// Some rows.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    bytes: Vec<u8>,
    cells: Vec<Cell>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Findings of the reader, each with the index of the row before whose own findings it comes.
    pub noted: Vec<(usize, Finding)>,
    // The row and the value that are being read.
    first: usize,
    row_start: usize,
    row_line: u64,
    dropped: bool,
    broken: bool,
    open: Cell,
}

impl Chunk {
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= FULL_BYTES || self.rows.len() >= FULL_ROWS
    }

    /// The values of a row.
    pub fn cells(&self, row: &Row) -> &[Cell] {
        self.cells.get(row.first..row.last).unwrap_or_default()
    }

    /// The bytes of a value.
    pub fn bytes(&self, cell: &Cell) -> &[u8] {
        self.bytes.get(cell.start..cell.end).unwrap_or_default()
    }

    /// A fault at the value that is being read.
    pub fn note(&mut self, code: Code, line: u64, what: impl Into<String>) {
        let column = self.cells.len() - self.first;
        let finding = Finding::new(code, what).line(line).column(column);
        self.noted.push((self.rows.len(), finding));
    }

    /// A fault that makes the row's values worthless.
    pub fn note_broken(&mut self, code: Code, line: u64, what: impl Into<String>) {
        self.note(code, line, what);
        self.broken = true;
    }

    /// How many values of the row are complete.
    pub fn complete(&self) -> usize {
        self.cells.len() - self.first
    }

    /// Whether anything of a row was read.
    pub fn in_row(&self) -> bool {
        self.complete() > 0 || self.open.line != 0 || self.broken || self.dropped
    }

    /// Begins the value, where it was not begun yet.
    pub fn begin(&mut self, line: u64) {
        if !self.in_row() {
            self.row_line = line;
            self.row_start = self.bytes.len();
        }
        if self.open.line == 0 {
            let at = self.bytes.len();
            self.open = Cell {
                start: at,
                end: at,
                line,
                ..Cell::default()
            };
        }
    }

    /// The line that the value begins on.
    pub fn open_line(&self) -> u64 {
        self.open.line
    }

    /// Forgets the bytes of the value so far: blanks before a quote.
    pub fn clear_open(&mut self, gap: Gap, line: u64) {
        self.bytes.truncate(self.open.start);
        self.open.line = line;
        self.open.blank_before = Some(gap);
    }

    pub fn push(&mut self, bytes: &[u8]) {
        let room = MAX_CELL.saturating_sub(self.bytes.len() - self.open.start);
        let room = room.min(MAX_ROW.saturating_sub(self.bytes.len() - self.row_start));
        let fits = bytes.get(..room).unwrap_or(bytes);
        self.bytes.extend_from_slice(fits);
        self.open.too_long |= fits.len() < bytes.len();
    }

    /// Ends the value.
    pub fn end_cell(&mut self, line: u64) {
        self.begin(line);
        self.open.end = self.bytes.len();
        let open = std::mem::take(&mut self.open);
        if self.complete() >= MAX_COLUMNS || self.bytes.len() - self.row_start >= MAX_ROW {
            self.bytes.truncate(open.start);
            self.dropped = true;
            return;
        }
        if open.too_long {
            let what = format!("a value of more than {MAX_CELL} bytes");
            self.note_broken(Code::CellTooLong, open.line, what);
        }
        self.cells.push(open);
    }

    /// Ends the row; the value was ended already.
    pub fn end_row(&mut self) {
        if self.dropped && !self.broken {
            let what = format!("a row of more than {MAX_ROW} bytes or {MAX_COLUMNS} values");
            let finding = Finding::new(Code::RowTooLong, what).line(self.row_line);
            self.noted.push((self.rows.len(), finding));
        }
        self.rows.push(Row {
            first: self.first,
            last: self.cells.len(),
            line: self.row_line,
            broken: self.broken || self.dropped,
        });
        self.first = self.cells.len();
        self.dropped = false;
        self.broken = false;
        self.open = Cell::default();
    }
}
