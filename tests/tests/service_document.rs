//! The table of the service's statements names files and tests that exist.

use std::fs;
use std::path::Path;

const TABLE: &str = "host-tool/SERVICE.md";

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The texts in backquotes of a cell.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Whether what stands in the last cell is there: a file, or a test of it as `file: name`.
fn is_there(shown: &str) -> bool {
    let (file, test) = shown.split_once(": ").unzip();
    let text = fs::read_to_string(root().join(file.unwrap_or(shown)));
    text.is_ok_and(|text| test.is_none_or(|test| text.contains(&format!("fn {test}("))))
}

/// What is wrong with a row; nothing where it has its four cells and all that it names is there.
fn faults(row: &str) -> Vec<String> {
    let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
    let [statement, mark, done, shown] = cells[..] else {
        return vec![format!("{} cells: {row}", cells.len())];
    };
    let mut faults = Vec::new();
    if statement.is_empty() || !["S", "F", "G"].contains(&mark) {
        faults.push(format!("no statement or no mark: {row}"));
    }
    for cell in [done, shown] {
        if quoted(cell).next().is_none() {
            faults.push(format!("an empty cell: {row}"));
        }
    }
    for file in quoted(done) {
        if !root().join(file).is_file() {
            faults.push(format!("no file {file}"));
        }
    }
    for test in quoted(shown) {
        if !is_there(test) {
            faults.push(format!("no test {test}"));
        }
    }
    faults
}

#[test]
fn every_row_is_full_and_names_what_is_there() {
    let text = fs::read_to_string(root().join(TABLE)).unwrap();
    let rows: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| statement |"))
        .collect();
    assert!(rows.len() > 30, "{} rows", rows.len());
    let faults: Vec<_> = rows.iter().flat_map(|row| faults(row)).collect();
    assert!(faults.is_empty(), "{TABLE}: {faults:#?}");
}

#[test]
fn a_row_that_says_too_little_is_found() {
    for row in [
        "| a | S | `Cargo.toml` |",
        "| a | X | `Cargo.toml` | `tests/tests/service_document.rs` |",
        "| a | S | nowhere | `tests/tests/service_document.rs` |",
        "| a | S | `no.rs` | `tests/tests/service_document.rs` |",
        "| a | S | `Cargo.toml` | `tests/tests/no.rs` |",
        "| a | S | `Cargo.toml` | `tests/tests/scale.rs: no_such_test_at_all` |",
    ] {
        assert!(!faults(row).is_empty(), "{row}");
    }
}
