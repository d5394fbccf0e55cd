//! Puts the workers' findings into the file's order, and finds what repeats from row to row.

use std::sync::Arc;

use super::header::{Header, Role};
use super::request::Form;
use super::row::Marks;
use super::seen::{Before, Digest, Seen};
use super::{Code, Finding, Tally};
use crate::service::words::printable;

/// Most characters of a column's name that are shown.
const MAX_NAME: usize = 60;

/// A row that a worker is done with.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Its findings.
    pub findings: Vec<Finding>,
    /// What it is remembered by; `None` where it is no row.
    pub row: Option<(Place, Marks)>,
}

/// Where a row stands.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// On this line of a CSV.
    Line(u64),
    /// This entry of a ZIP, from 1, with its name.
    Entry(u64, Arc<str>),
}

impl Place {
    fn number(&self) -> u64 {
        match self {
            Self::Line(number) | Self::Entry(number, _) => *number,
        }
    }

    fn finding(&self, code: Code, what: String) -> Finding {
        let finding = Finding::new(code, what);
        match self {
            Self::Line(line) => finding.line(*line),
            Self::Entry(_, name) => finding.entry(name),
        }
    }

    /// Another place of the same kind, in words.
    fn other(&self, number: u64) -> String {
        match self {
            Self::Line(_) => format!("line {number}"),
            Self::Entry(..) => format!("entry {number}"),
        }
    }
}

/// Takes findings in the file's order.
pub(super) struct Merger<'a> {
    sink: &'a mut dyn FnMut(&Finding),
    names: Vec<String>,
    /// The entry of the ZIP that the CSV is.
    entry: Option<Arc<str>>,
    pub tally: Tally,
    pub rows: u64,
    devices: (Seen, Option<usize>),
    macs: Seen,
    keys: Seen,
    common_names: CommonNames,
    form: Option<(Form, String)>,
    form_told: bool,
    full_told: bool,
}

/// Common names: that all rows share one is another fault than that some do.
#[derive(Default)]
struct CommonNames {
    seen: Seen,
    column: Option<usize>,
    first: Option<Digest>,
    first_place: u64,
    /// The last row of those at the beginning that share the first one's name.
    last: Option<Place>,
    /// Another name was seen.
    differ: bool,
}

impl<'a> Merger<'a> {
    pub fn new(sink: &'a mut dyn FnMut(&Finding)) -> Self {
        Self {
            sink,
            names: Vec::new(),
            entry: None,
            tally: Tally::default(),
            rows: 0,
            devices: (Seen::default(), None),
            macs: Seen::default(),
            keys: Seen::default(),
            common_names: CommonNames::default(),
            form: None,
            form_told: false,
            full_told: false,
        }
    }

    /// All further findings are in this entry of the ZIP.
    pub fn within(&mut self, entry: &Arc<str>) {
        self.entry = Some(Arc::clone(entry));
    }

    /// The columns of what follows.
    pub fn columns(&mut self, header: &Header) {
        self.names = header
            .names
            .iter()
            .map(|name| printable(name, MAX_NAME))
            .collect();
        self.devices.1 = header.find(Role::DeviceName);
        self.common_names.column = header.common_name();
    }

    /// Takes a finding.
    pub fn finding(&mut self, mut finding: Finding) {
        if let Some(column) = &mut finding.column {
            let name = self.names.get(column.number.saturating_sub(1));
            column.name = name.cloned().unwrap_or_default();
        }
        if finding.entry.is_none() {
            finding.entry.clone_from(&self.entry);
        }
        self.tally.add(finding.code);
        (self.sink)(&finding);
    }

    /// Takes a row.
    pub fn row(&mut self, done: Done) {
        for finding in done.findings {
            self.finding(finding);
        }
        let Some((place, marks)) = done.row else {
            return;
        };
        self.rows += 1;
        if let Some(digest) = marks.device {
            let before = self.devices.0.see(digest, place.number());
            let column = self.devices.1;
            self.repeated(
                Code::DuplicateDeviceName,
                "device name",
                before,
                &place,
                column,
            );
        }
        if let Some(digest) = marks.common_name {
            self.common_name(digest, &place);
        }
        for (column, digest) in marks.macs {
            let before = self.macs.see(digest, place.number());
            self.repeated(
                Code::DuplicateMac,
                "MAC address",
                before,
                &place,
                Some(column),
            );
        }
        if let Some(digest) = marks.key {
            let before = self.keys.see(digest, place.number());
            self.repeated(Code::DuplicateKey, "public key", before, &place, None);
        }
        if let Some(form) = marks.form {
            self.form(form, &place);
        }
    }

    fn repeated(
        &mut self,
        code: Code,
        what: &str,
        before: Before,
        place: &Place,
        column: Option<usize>,
    ) {
        let finding = match before {
            Before::Never => return,
            Before::At(number) => {
                let what = format!("the same {what} as on {}", place.other(number));
                place.finding(code, what)
            }
            Before::Unknown if self.full_told => return,
            Before::Unknown => {
                self.full_told = true;
                let what = format!("the {what} of this row is one more than are remembered");
                place.finding(Code::DuplicatesNotChecked, what)
            }
        };
        self.finding(match column {
            Some(column) => finding.column(column),
            None => finding,
        });
    }

    fn common_name(&mut self, digest: Digest, place: &Place) {
        let before = self.common_names.seen.see(digest, place.number());
        let names = &mut self.common_names;
        let Some(first) = names.first else {
            names.first = Some(digest);
            names.first_place = place.number();
            return;
        };
        if !names.differ {
            if digest == first {
                names.last = Some(place.clone());
                return;
            }
            names.differ = true;
            if let Some(last) = names.last.take() {
                let what = format!(
                    "up to here, every row has the common name of {}",
                    last.other(names.first_place)
                );
                let finding = last.finding(Code::DuplicateCommonName, what);
                self.finding_in_common_name(finding);
            }
        }
        let column = self.common_names.column;
        self.repeated(
            Code::DuplicateCommonName,
            "common name",
            before,
            place,
            column,
        );
    }

    fn finding_in_common_name(&mut self, finding: Finding) {
        self.finding(match self.common_names.column {
            Some(column) => finding.column(column),
            None => finding,
        });
    }

    fn form(&mut self, form: Form, place: &Place) {
        match &self.form {
            None => self.form = Some((form, place.other(place.number()))),
            Some((first, at)) if *first != form && !self.form_told => {
                let words = match form {
                    Form::OneLine => "on one line",
                    Form::Lines => "on several lines",
                };
                let what = format!("this request stands {words}, and that of {at} does not");
                self.form_told = true;
                self.finding(place.finding(Code::CsrFormsMixed, what));
            }
            Some(_) => {}
        }
    }

    /// Everything was taken.
    pub fn finish(&mut self) {
        let names = &mut self.common_names;
        if names.differ {
            return;
        }
        if let Some(last) = names.last.take() {
            let what = format!("all {} rows have the same common name", self.rows);
            let finding = match last {
                Place::Line(_) => Finding::new(Code::SameCommonName, what).line(names.first_place),
                Place::Entry(..) => Finding::new(Code::SameCommonName, what),
            };
            self.finding_in_common_name(finding);
        }
    }
}
