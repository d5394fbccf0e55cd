//! One row: its values, its request, and whether both say the same.

use super::csv::{Cell, Chunk, Row};
use super::header::{Header, Role};
use super::limits::MAX_QUOTE;
use super::options::{Keys, Options};
use super::request::{Form, Request, read, same, unwrap};
use super::seen::{Digest, digest};
use super::{Code, Finding, values};
use crate::columns::Attribute;
use crate::service::words::printable;
use nameplate_wire::Mac;
use nameplate_wire::request::AttributeKind;

/// What a row is remembered by, to find what repeats.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub device: Option<Digest>,
    pub common_name: Option<Digest>,
    /// With their columns.
    pub macs: Vec<(usize, Digest)>,
    pub key: Option<Digest>,
    pub form: Option<Form>,
}

/// Checks one row.
pub(super) fn check(
    header: &Header,
    options: &Options,
    chunk: &Chunk,
    row: &Row,
    out: &mut Vec<Finding>,
) -> Marks {
    let mut marks = Marks::default();
    if row.broken || !has_right_count(header, chunk, row, out) {
        return marks;
    }
    let cells = chunk.cells(row);
    let texts: Vec<_> = header
        .roles
        .iter()
        .zip(cells)
        .enumerate()
        .map(|(column, (role, cell))| {
            let mut note = note_at(out, cell.line, column);
            let text = values::text(chunk.bytes(cell), &mut note)?;
            if *role != Role::Csr {
                values::check(*role, text, &options.mac_ranges, &mut note);
            }
            Some(text)
        })
        .collect();
    for (column, (role, text)) in header.roles.iter().zip(&texts).enumerate() {
        let (Some(text), Some(cell)) = (text, cells.get(column)) else {
            continue;
        };
        remember(*role, column, text, &mut marks);
        let needed = matches!(
            role,
            Role::DeviceName | Role::Attribute(Attribute::Subject(AttributeKind::Cn))
        ) || (*role == Role::Csr && header.keys == Some(Keys::Client));
        if needed && text.trim().is_empty() {
            let mut note = note_at(out, cell.line, column);
            note(Code::ValueMissing, "it is empty".to_owned());
        }
    }
    if let Some(column) = header.find(Role::Csr)
        && let (Some(cell), Some(Some(text))) = (cells.get(column), texts.get(column))
        && !text.trim().is_empty()
        && let Some(request) = request(text, cell.line, Some(column), &mut marks, out)
    {
        compare(header, cells, &texts, &request, out);
    }
    marks
}

fn note_at(out: &mut Vec<Finding>, line: u64, column: usize) -> impl FnMut(Code, String) + '_ {
    move |code, what| out.push(Finding::new(code, what).line(line).column(column))
}

fn has_right_count(header: &Header, chunk: &Chunk, row: &Row, out: &mut Vec<Finding>) -> bool {
    let cells = chunk.cells(row);
    let columns = header.names.len();
    if cells.len() == columns {
        return true;
    }
    let last_is_empty = cells
        .last()
        .is_some_and(|cell| chunk.bytes(cell).is_empty());
    if cells.len() == columns + 1 && last_is_empty {
        if !header.trailing {
            let finding = Finding::new(Code::TrailingColumn, "the row ends with a comma");
            out.push(finding.line(row.line).column(columns));
        }
        return true;
    }
    let what = format!(
        "{} values, and the header has {columns} columns",
        cells.len()
    );
    out.push(Finding::new(Code::ColumnCount, what).line(row.line));
    false
}

fn remember(role: Role, column: usize, text: &str, marks: &mut Marks) {
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    match role {
        Role::DeviceName => marks.device = Some(digest(text.as_bytes())),
        Role::Attribute(Attribute::Subject(AttributeKind::Cn)) => {
            marks.common_name = Some(digest(text.as_bytes()));
        }
        Role::Mac => {
            if let Ok(mac) = Mac::parse(text) {
                marks.macs.push((column, digest(&mac.0)));
            }
        }
        _ => {}
    }
}

/// Checks a request's text; what it says where it may be believed.
pub(super) fn request(
    text: &str,
    line: u64,
    column: Option<usize>,
    marks: &mut Marks,
    out: &mut Vec<Finding>,
) -> Option<Request> {
    let mut note = |code, what: String, lines: u64| {
        let finding = Finding::new(code, what).line(line + lines);
        out.push(match column {
            Some(column) => finding.column(column),
            None => finding,
        });
    };
    let unwrapped = match unwrap(text) {
        Ok(unwrapped) => unwrapped,
        Err(fault) => {
            note(fault.code, fault.what, fault.lines);
            return None;
        }
    };
    if unwrapped.old_label {
        note(
            Code::CsrNewLabel,
            "its label is NEW CERTIFICATE REQUEST".to_owned(),
            0,
        );
    }
    marks.form = Some(unwrapped.form);
    match read(&unwrapped.der) {
        Ok(request) => {
            if let Some(strange) = &request.strange {
                note(Code::CsrNotComparable, strange.clone(), 0);
            }
            marks.key = Some(digest(&request.key));
            Some(request)
        }
        Err(fault) => {
            note(fault.code, fault.what, fault.lines);
            None
        }
    }
}

/// Holds the row to its request, for every column that stands in both.
fn compare(
    header: &Header,
    cells: &[Cell],
    texts: &[Option<&str>],
    request: &Request,
    out: &mut Vec<Finding>,
) {
    for (attribute, columns) in &header.attributes {
        let said: Vec<_> = request
            .values
            .iter()
            .filter(|(kind, _)| kind == attribute)
            .map(|(_, value)| value.as_str())
            .collect();
        let written: Vec<_> = columns
            .iter()
            .filter_map(|column| {
                let text = texts.get(*column).copied().flatten()?;
                (!text.is_empty()).then_some((*column, text))
            })
            .collect();
        let agree = written.len() == said.len()
            && written
                .iter()
                .all(|(_, text)| said.iter().any(|value| same(*attribute, text, value)))
            && said.iter().all(|value| {
                written
                    .iter()
                    .any(|(_, text)| same(*attribute, text, value))
            });
        if agree {
            continue;
        }
        let other = written
            .iter()
            .find(|(_, text)| !said.iter().any(|value| same(*attribute, text, value)));
        let first = columns.first().copied().unwrap_or_default();
        let column = other
            .or(written.first())
            .map_or(first, |(column, _)| *column);
        let list = |values: &mut dyn Iterator<Item = &str>| {
            let all: Vec<_> = values
                .map(|value| format!("\"{}\"", printable(value, MAX_QUOTE)))
                .collect();
            all.join(", ")
        };
        let ours = list(&mut written.iter().map(|(_, text)| *text));
        let theirs = list(&mut said.iter().copied());
        let (code, what) = match (written.is_empty(), said.is_empty()) {
            // The name that is there can't be read: that was said already.
            (false, true) if request.strange.is_some() => continue,
            (false, true) => (Code::NotInCsr, format!("{ours} stands in the CSV only")),
            (true, _) => (
                Code::EmptyInCsv,
                format!("{theirs} stands in the request only"),
            ),
            (false, false) => (
                Code::CsrMismatch,
                format!("the CSV says {ours} and its request says {theirs}"),
            ),
        };
        let line = cells.get(column).map_or(0, |cell| cell.line);
        out.push(Finding::new(code, what).line(line).column(column));
    }
}
