//! CSV as RFC 4180 has it, read with the place of every fault.
//!
//! The `csv` crate, which the rest of the tool reads with, bears every fault of quoting without a word; finding these is the
//! whole task here. Where a file has no fault, both read the same (a property test holds them to it). Knows no column's meaning.

mod chunk;
mod layout;
mod machine;
mod reader;

pub(super) use chunk::{Cell, Chunk, Row};
pub(super) use reader::Rows;

#[cfg(test)]
mod tests;
