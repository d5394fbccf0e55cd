//! The policy's template: a CSV whose header says which columns there are.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::Code;
use super::csv::Rows;
use super::limits::MAX_QUOTE;
use crate::columns::CSR;
use crate::service::words::printable;

/// The template can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateFileError {
    /// It can't be read.
    #[error("can't read the template {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It has no row of columns.
    #[error("{} has no row of column names, so it is no template", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
    },
}

/// The columns of a template.
///
/// # Errors
/// [`TemplateFileError`].
pub fn read_template(path: &Path) -> Result<Vec<String>, TemplateFileError> {
    let read = |source| TemplateFileError::Read {
        path: path.to_owned(),
        source,
    };
    let none = || TemplateFileError::Columns {
        path: path.to_owned(),
    };
    let (mut rows, beginning) = Rows::begin(File::open(path).map_err(read)?).map_err(read)?;
    if beginning.hopeless {
        return Err(none());
    }
    let chunk = rows.next_chunk().map_err(read)?.ok_or_else(none)?;
    let row = chunk
        .rows
        .first()
        .filter(|row| !row.broken)
        .ok_or_else(none)?;
    let names: Option<Vec<_>> = chunk
        .cells(row)
        .iter()
        .map(|cell| {
            let text = std::str::from_utf8(chunk.bytes(cell)).ok()?;
            Some(text.trim().to_owned())
        })
        .collect();
    let mut names = names.ok_or_else(none)?;
    if names.len() > 1 && names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    if names.iter().any(String::is_empty) {
        return Err(none());
    }
    Ok(names)
}

/// Holds a header to a template. The column `csr` has rules of its own and is left out.
pub(super) fn compare(
    names: &[String],
    template: &[String],
    note: &mut dyn FnMut(Code, Option<usize>, String),
) {
    let is_csr = |name: &String| name == CSR;
    let count = |all: &[String], name: &String| all.iter().filter(|other| *other == name).count();
    let mut missing = Vec::new();
    for name in template {
        let asked = count(template, name);
        if count(names, name) < asked && !is_csr(name) && !missing.contains(&name) {
            missing.push(name);
            let what = format!(
                "the template's column \"{}\" is missing",
                printable(name, MAX_QUOTE)
            );
            note(Code::TemplateColumnMissing, None, what);
        }
    }
    for (column, name) in names.iter().enumerate() {
        if !template.contains(name) && !is_csr(name) && !name.is_empty() {
            let what = format!("\"{}\" is not in the template", printable(name, MAX_QUOTE));
            note(Code::TemplateExtraColumn, Some(column), what);
        }
    }
    let common = |all: &[String], other: &[String]| -> Vec<String> {
        let wanted = |name: &&String| other.contains(name) && !is_csr(name);
        let mut common: Vec<_> = all.iter().filter(wanted).cloned().collect();
        common.dedup();
        common
    };
    let (ours, theirs) = (common(names, template), common(template, names));
    if ours != theirs {
        let order = printable(&theirs.join(", "), MAX_QUOTE * 4);
        note(
            Code::TemplateOrder,
            None,
            format!("the template's order is {order}"),
        );
    }
}
