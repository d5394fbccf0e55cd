//! The first row: which columns there are, and what is wrong with their names.

use nameplate_wire::request::AttributeKind;

use super::csv::{Chunk, Row};
use super::limits::MAX_QUOTE;
use super::options::{Keys, Options, Service};
use super::{Code, Finding, template};
use crate::columns::{Attribute, CSR};
use crate::service::words::printable;

const DEVICE_NAME: &str = "device_name";
/// The columns that the documents name for Device Trust Manager only.
const DEVICE: [&str; 2] = [DEVICE_NAME, "device_description"];
/// And for IoT Trust Manager only.
const ENROLMENT: [&str; 1] = ["unique_identifier"];
/// What separates columns in files that are no CSV with commas.
const OTHER_DELIMITERS: [char; 3] = [';', '\t', '|'];

/// What a column is to the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The request.
    Csr,
    /// The device's name.
    DeviceName,
    /// What also stands in a request.
    Attribute(Attribute),
    /// A MAC address, by the column's name.
    Mac,
    /// Anything else.
    Other,
}

/// The columns of a file.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// Names as far as they are text, without blanks around them.
    pub names: Vec<String>,
    pub roles: Vec<Role>,
    /// A comma at the end makes one more column.
    pub trailing: bool,
    /// Each attribute with its columns.
    pub attributes: Vec<(Attribute, Vec<usize>)>,
    /// Where keys are made, as told or as the columns say.
    pub keys: Option<Keys>,
    /// Nothing more can be made of the file.
    pub hopeless: bool,
}

impl Header {
    /// The first column with this role.
    pub fn find(&self, role: Role) -> Option<usize> {
        self.roles.iter().position(|found| *found == role)
    }

    /// The column of the common name.
    pub fn common_name(&self) -> Option<usize> {
        self.find(Role::Attribute(Attribute::Subject(AttributeKind::Cn)))
    }
}

/// Reads the header, and says what is wrong with it.
pub(super) fn read(chunk: &Chunk, row: &Row, options: &Options) -> (Header, Vec<Finding>) {
    let mut found = Vec::new();
    let mut header = Header::default();
    if row.broken {
        // What is wrong was noted by the reader, and no column can be relied on.
        header.hopeless = true;
        return (header, found);
    }
    let mut note = |code, column: Option<usize>, what: String| {
        let finding = Finding::new(code, what).line(row.line);
        found.push(match column {
            Some(column) => finding.column(column),
            None => finding,
        });
    };
    let cells = chunk.cells(row);
    let mut texts: Vec<_> = cells
        .iter()
        .map(|cell| String::from_utf8_lossy(chunk.bytes(cell)).into_owned())
        .collect();
    if let ([only], Some(delimiter)) = (&texts[..], other_delimiter(&texts)) {
        let what = format!("columns are separated by {delimiter:?}: {}", shown(only));
        note(Code::WrongDelimiter, None, what);
        header.hopeless = true;
        return (header, found);
    }
    if texts.len() > 1 && texts.last().is_some_and(String::is_empty) {
        texts.pop();
        header.trailing = true;
        note(
            Code::TrailingColumn,
            Some(texts.len()),
            "the header ends with a comma".to_owned(),
        );
    }
    for (column, text) in texts.iter().enumerate() {
        let name = text.trim();
        if std::str::from_utf8(cells.get(column).map_or(b"", |cell| chunk.bytes(cell))).is_err() {
            note(
                Code::Encoding,
                Some(column),
                format!("a column's name is not UTF-8: {}", shown(text)),
            );
        }
        if name.len() < text.len() && !name.is_empty() {
            let what = format!("blanks stand around the column's name {}", shown(name));
            note(Code::BlanksInColumnName, Some(column), what);
        }
        if name.chars().any(char::is_control) {
            let what = format!(
                "a control character stands in the column's name {}",
                shown(name)
            );
            note(Code::ControlCharacter, Some(column), what);
        }
        header.roles.push(role_of(name));
        header.names.push(name.to_owned());
    }
    header.attributes = grouped(&header.roles);
    if !header.names.iter().any(|name| is_familiar(name)) {
        let what = format!(
            "the first row is no header: {}",
            shown(&header.names.join(", "))
        );
        note(Code::HeaderMissing, None, what);
        return (header, found);
    }
    names(&header.names, options, &mut note);
    keys(&mut header, options, &mut note);
    if let Some(template) = &options.template {
        template::compare(&header.names, template, &mut note);
    }
    (header, found)
}

type Note<'a> = dyn FnMut(Code, Option<usize>, String) + 'a;

/// Names that are empty, repeated, unknown, or nearly known.
fn names(names: &[String], options: &Options, note: &mut Note<'_>) {
    let in_template = |name: &str| {
        options
            .template
            .as_ref()
            .is_some_and(|all| all.iter().any(|n| n == name))
    };
    for (column, name) in names.iter().enumerate() {
        if name.is_empty() {
            note(
                Code::ColumnNameEmpty,
                Some(column),
                "a column has no name".to_owned(),
            );
            continue;
        }
        let earlier = names.get(..column).unwrap_or_default();
        if let Some(first) = earlier.iter().position(|other| other == name) {
            let what = format!("{} stands in column {} already", shown(name), first + 1);
            match Attribute::of_column(name) {
                Some(Attribute::Subject(AttributeKind::Ou)) => {}
                Some(Attribute::AltName(_)) => note(Code::RepeatedNameColumn, Some(column), what),
                _ => note(Code::RepeatedColumn, Some(column), what),
            }
        }
        if in_template(name) {
            continue;
        }
        let (others, other) = match options.service {
            Service::DeviceTrustManager => (&ENROLMENT[..], "IoT Trust Manager"),
            Service::IotTrustManager => (&DEVICE[..], "Device Trust Manager"),
        };
        if others.contains(&name.as_str()) {
            let what = format!("{} is a column of {other}", shown(name));
            note(Code::OtherServiceColumn, Some(column), what);
        } else if let Some(known) = nearly(name) {
            let what = format!("{} is nearly {known:?}", shown(name));
            note(Code::MisspelledColumn, Some(column), what);
        } else if !is_known(name) {
            note(
                Code::UnknownColumn,
                Some(column),
                format!("{} is not a known column", shown(name)),
            );
        }
    }
}

/// Whether the column `csr` goes with where keys are made.
fn keys(header: &mut Header, options: &Options, note: &mut Note<'_>) {
    let csr = header.find(Role::Csr);
    let in_template = options.template.iter().flatten().any(|name| name == CSR);
    let nearly_csr = || header.names.iter().any(|name| nearly(name) == Some(CSR));
    let meant = csr.is_some() || in_template || nearly_csr();
    let guessed = if meant { Keys::Client } else { Keys::Server };
    let keys = options.keys.unwrap_or(guessed);
    header.keys = Some(keys);
    match (keys, csr) {
        (Keys::Client, None) => {
            note(
                Code::CsrColumnMissing,
                None,
                "there is no column csr".to_owned(),
            );
        }
        (Keys::Server, Some(column)) => {
            let what = "a column csr, and the service is to make the keys".to_owned();
            note(Code::CsrWithServerKeys, Some(column), what);
        }
        _ => {}
    }
}

fn role_of(name: &str) -> Role {
    if name == CSR {
        return Role::Csr;
    }
    if name == DEVICE_NAME {
        return Role::DeviceName;
    }
    if let Some(attribute) = Attribute::of_column(name) {
        return Role::Attribute(attribute);
    }
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    if words.any(|word| word.eq_ignore_ascii_case("mac")) {
        return Role::Mac;
    }
    Role::Other
}

fn grouped(roles: &[Role]) -> Vec<(Attribute, Vec<usize>)> {
    let mut groups: Vec<(Attribute, Vec<usize>)> = Vec::new();
    for (column, role) in roles.iter().enumerate() {
        if let Role::Attribute(attribute) = role {
            match groups.iter_mut().find(|(known, _)| known == attribute) {
                Some((_, columns)) => columns.push(column),
                None => groups.push((*attribute, vec![column])),
            }
        }
    }
    groups
}

fn known() -> impl Iterator<Item = &'static str> {
    let own = DEVICE.into_iter().chain(ENROLMENT).chain([CSR]);
    own.chain(Attribute::ids())
}

fn is_known(name: &str) -> bool {
    known().any(|id| id == name)
}

/// Whether a row with this value could be a header.
fn is_familiar(name: &str) -> bool {
    is_known(name)
        || nearly(name).is_some()
        || name.starts_with("subject.")
        || name.starts_with("san.")
}

/// The known column that this name is nearly.
fn nearly(name: &str) -> Option<&'static str> {
    if is_known(name) || name.len() > 64 {
        return None;
    }
    let plain = |text: &str| {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect::<String>()
    };
    let wanted = plain(name);
    known().find(|id| {
        let id = plain(id);
        let most = if id.len() > 4 { 2 } else { 1 };
        // A short word is near to many.
        wanted == id || (wanted.len() > 2 && strsim::damerau_levenshtein(&wanted, &id) <= most)
    })
}

fn other_delimiter(texts: &[String]) -> Option<char> {
    let [only] = texts else {
        return None;
    };
    OTHER_DELIMITERS.into_iter().find(|delimiter| {
        let mut names = only.split(*delimiter);
        only.contains(*delimiter) && names.any(|name| is_known(name.trim().trim_matches('"')))
    })
}

fn shown(text: &str) -> String {
    format!("\"{}\"", printable(text, MAX_QUOTE))
}
