//! What goes to standard output: tables for people, or JSON lines for programs.

use std::io::{self, Write};

use serde_json::Value;

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

    /// A table for people: columns as wide as their widest cell.
    pub fn table(&self, header: &[&str], rows: &[Vec<String>]) {
        if self.json {
            return;
        }
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
            widest.max(header.get(column).map_or(0, |name| name.chars().count()))
        };
        let widths: Vec<_> = (0..header.len()).map(width).collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let padded = cells
                .zip(&widths)
                .map(|(cell, &width)| format!("{cell:width$}"));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        put(&line(&mut header.iter().copied()));
        for row in rows {
            put(&line(&mut row.iter().map(String::as_str)));
        }
    }
}

/// A number with its thing: `1 board`, `2 boards`.
pub fn count(number: u64, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{ending}")
}

/// A reader that has gone (`| head`) is no fault of the command.
fn put(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
