//! Whether the file's records are separated by line ends at all.
//!
//! The samples of the service's documents are printed with blanks where line ends belong: `…,"csr", "device-01",…` in the one,
//! `…,"san.dns_name" "Example01",…` in the other. Somebody will copy them.

use super::chunk::{Chunk, Gap};
use super::machine::{Machine, Split};

/// Looks at the beginning of the file: what separates records beside line ends.
pub(super) fn split_of(head: &[u8]) -> Split {
    let mut chunk = Chunk::default();
    let mut machine = Machine::new(Split::Probe);
    let mut rest = head;
    while chunk.rows.is_empty() && !rest.is_empty() {
        let taken = machine.step(rest, &mut chunk);
        rest = rest.get(taken..).unwrap_or_default();
    }
    let whole = !chunk.rows.is_empty();
    if !whole {
        machine.finish(&mut chunk);
    }
    let Some(row) = chunk.rows.first() else {
        return Split::Never;
    };
    let cells = chunk.cells(row);
    let Some(columns) = cells.iter().position(|cell| cell.blank_before.is_some()) else {
        return Split::Never;
    };
    let gap = cells.get(columns).and_then(|cell| cell.blank_before);
    // With blanks behind the very first comma it is a careless CSV, not several records.
    let least = if gap == Some(Gap::Comma) { 2 } else { 1 };
    let regular = cells.iter().enumerate().all(|(at, cell)| {
        let first = at > 0 && at.checked_rem(columns) == Some(0);
        cell.blank_before == gap.filter(|_| first)
    });
    let complete = row.broken || cells.len().checked_rem(columns) == Some(0);
    match gap {
        Some(gap) if columns >= least && regular && (complete || !whole) => Split::At(gap),
        _ => Split::Never,
    }
}
