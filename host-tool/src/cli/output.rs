//! What goes to standard output: tables for people, or JSON lines for programs.

use serde_json::Value;

use super::held::{self, To};

/// Where results go.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// JSON lines instead of text.
    pub json: bool,
}

impl Output {
    /// A line for people; nothing where JSON is spoken.
    pub fn line(&self, text: impl AsRef<str>) {
        if !self.json {
            put(text.as_ref());
        }
    }

    /// A JSON object as one line; nothing where people read.
    pub fn object(&self, value: &Value) {
        if self.json {
            put(&value.to_string());
        }
    }
}

/// A table for people: columns as wide as their widest cell, which is known before the first line is written.
#[derive(Clone, Debug)]
pub struct Table<const N: usize> {
    widths: [usize; N],
}

impl<const N: usize> Table<N> {
    /// A table that fits its header.
    pub fn new(header: [&str; N]) -> Self {
        Self {
            widths: header.map(|name| name.chars().count()),
        }
    }

    /// Makes room for a row.
    pub fn fit(&mut self, row: &[String; N]) {
        for (width, cell) in self.widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }

    /// A row as a line.
    pub fn line(&self, row: &[String; N]) -> String {
        let cells = row.iter().zip(self.widths);
        let padded: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    }
}

/// A number with its thing: `1 board`, `2 boards`.
pub fn count(number: u64, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{ending}")
}

fn put(line: &str) {
    held::put(To::Output, line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let mut table = Table::new(["NAME", "X", "ERROR"]);
        table.fit(&row(["a", "wide", ""]));
        assert_eq!(
            table.line(&row(["NAME", "X", "ERROR"])),
            "NAME  X     ERROR"
        );
        assert_eq!(table.line(&row(["a", "wide", ""])), "a     wide");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(
            (count(1, "board"), count(0, "board")),
            ("1 board".to_owned(), "0 boards".to_owned())
        );
    }
}
