//! One finding, and how many there were of each kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Code, Severity};

/// A column of the CSV.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// From 1.
    pub number: usize,
    /// Its name in the header, made harmless; empty where the header has none.
    pub name: String,
}

/// Something in the file that its author should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its kind, which says how grave it is and what to do.
    pub code: Code,
    /// The entry of the ZIP, made harmless.
    pub entry: Option<Arc<str>>,
    /// The physical line of the CSV, or of the entry, from 1.
    pub line: Option<u64>,
    /// The column.
    pub column: Option<Column>,
    /// What is there, in words that are fit to be shown.
    pub what: String,
}

impl Finding {
    /// A finding about the file as a whole.
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Self {
            code,
            entry: None,
            line: None,
            column: None,
            what: what.into(),
        }
    }

    /// On this line.
    #[must_use]
    pub fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// In the column with this index, from 0.
    #[must_use]
    pub fn column(mut self, index: usize) -> Self {
        self.column = Some(Column {
            number: index + 1,
            name: String::new(),
        });
        self
    }

    /// In this entry of the ZIP.
    #[must_use]
    pub fn entry(mut self, name: &Arc<str>) -> Self {
        self.entry = Some(Arc::clone(name));
        self
    }
}

/// How many findings there were of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<Code, u64>,
}

impl Tally {
    /// Counts one; how many of its kind there are now.
    pub fn add(&mut self, code: Code) -> u64 {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        *count
    }

    /// How many there are of one gravity.
    pub fn of(&self, severity: Severity) -> u64 {
        self.counts()
            .filter(|(code, _)| code.severity() == severity)
            .map(|(_, count)| count)
            .sum()
    }

    /// Each kind that was found, and how often.
    pub fn counts(&self) -> impl Iterator<Item = (Code, u64)> {
        self.counts.iter().map(|(code, count)| (*code, *count))
    }
}
