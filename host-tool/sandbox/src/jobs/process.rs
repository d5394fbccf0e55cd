//! Works through the rows of one job: each row ends as a certificate or as a reason.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use der::Encode;
use uuid::Uuid;

use super::report::{Outcome, Verdict};
use super::spoil::{Before, Spoil};
use super::{Counts, Keys, Order};
use crate::Error;
use crate::ca::issue::{DeviceIssuer, Request};
use crate::data::columns::Column;
use crate::data::file::{Fault, Row, Rows};
use crate::data::{self, csr, made, names};
use crate::switches::{KeyType, Mismatch, RowFaultKind, Switches};

/// The rows' outcomes, one JSON object a line, in a job's folder.
pub(crate) const OUTCOMES: &str = "outcomes.jsonl";
/// The folder of DER certificates, in a job's folder.
pub(crate) const CERTIFICATES: &str = "certificates";

/// The service was stopped in the middle; the job is to be run again.
pub(crate) struct Stopped;

/// Processes the job in this folder, from its first row, whatever an earlier run left there.
pub(crate) fn run(
    folder: &Path,
    order: &Order,
    issuer: &DeviceIssuer,
    switches: &Switches,
    stop: &AtomicBool,
) -> Result<Result<Counts, Stopped>, Error> {
    let prepared = data::prepare(folder, switches, order.keys);
    let rules = prepared.as_ref().map_or(switches, |rows| &rows.rules);
    let mut job = Processing::begin(folder, order, issuer, rules)?;
    let finished = match &prepared {
        Ok(prepared) => job.rows(&prepared.rows, stop)?,
        Err(Fault::File(text)) => {
            job.write(&Outcome::of_the_file(text.clone()))?;
            true
        }
        Err(Fault::Read(_)) => false,
    };
    if let Err(Fault::Read(error)) = prepared {
        return Err(Error::file("read", folder)(error));
    }
    if !finished {
        return Ok(Err(Stopped));
    }
    job.finish().map(Ok)
}

struct Processing<'a> {
    order: &'a Order,
    issuer: &'a DeviceIssuer,
    switches: &'a Switches,
    folder: PathBuf,
    outcomes: BufWriter<File>,
    outcomes_path: PathBuf,
    counts: Counts,
    devices: HashMap<String, u64>,
    keys: HashMap<Vec<u8>, u64>,
    files: HashSet<String>,
    before: Option<Before>,
}

impl<'a> Processing<'a> {
    fn begin(
        folder: &Path,
        order: &'a Order,
        issuer: &'a DeviceIssuer,
        switches: &'a Switches,
    ) -> Result<Self, Error> {
        let certificates = folder.join(CERTIFICATES);
        if certificates.exists() {
            fs::remove_dir_all(&certificates).map_err(Error::file("clear", &certificates))?;
        }
        fs::create_dir(&certificates).map_err(Error::file("create", &certificates))?;
        let outcomes_path = folder.join(OUTCOMES);
        // It may hold private keys.
        let outcomes = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&outcomes_path)
            .map_err(Error::file("create", &outcomes_path))?;
        Ok(Processing {
            order,
            issuer,
            switches,
            folder: certificates,
            outcomes: BufWriter::new(outcomes),
            outcomes_path,
            counts: Counts::default(),
            devices: HashMap::new(),
            keys: HashMap::new(),
            files: HashSet::new(),
            before: None,
        })
    }

    /// `false` where it was stopped.
    fn rows(&mut self, path: &Path, stop: &AtomicBool) -> Result<bool, Error> {
        let unreadable = |fault: Fault| match fault {
            Fault::Read(error) => Error::file("read", path)(error),
            Fault::File(reason) => Error::Damaged {
                path: path.to_owned(),
                reason,
            },
        };
        let mut rows = Rows::open(path, self.switches, self.order.keys).map_err(unreadable)?;
        let columns = rows.columns.clone();
        while let Some(row) = rows.next().map_err(unreadable)? {
            if stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            let outcome = self.row(&row, &columns)?;
            self.write(&outcome)?;
        }
        Ok(true)
    }

    fn row(&mut self, row: &Row, columns: &[Column]) -> Result<Outcome, Error> {
        let value = |wanted: &Column| {
            let at = columns.iter().position(|column| column == wanted);
            at.and_then(|at| row.values.get(at)).unwrap_or_default()
        };
        let mut outcome = Outcome {
            row: row.number,
            line: row.line,
            device_name: value(&Column::DeviceName).to_owned(),
            common_name: written_common_name(row, columns).to_owned(),
            ..Outcome::default()
        };
        match self.certify(row, columns, value(&Column::Csr), &mut outcome) {
            Ok(request) => {
                let unique = value(&Column::UniqueIdentifier);
                if let Err(reason) = self.issue(request, unique, &mut outcome)? {
                    outcome.fail(reason);
                }
            }
            Err(reason) => outcome.fail(reason),
        }
        Ok(outcome)
    }

    /// Issues the certificate of a row that passed. The inner error is the row's message.
    fn issue(
        &mut self,
        request: Request,
        unique: &str,
        outcome: &mut Outcome,
    ) -> Result<Result<(), String>, Error> {
        let spoil = Spoil::of(&self.switches.row_fault, outcome.row);
        if spoil.is(RowFaultKind::Refused) {
            return Ok(Err("refused by the policy".into()));
        }
        let issued = match spoil.issue(self.issuer, &request) {
            Ok(issued) => issued,
            Err(reason) => return Ok(Err(reason)),
        };
        let file = self.file_name(&outcome.common_name, unique, &issued.serial);
        let path = self.folder.join(&file);
        // Half a file is no harm: an interrupted job is processed anew.
        fs::write(&path, &issued.der).map_err(Error::file("write", &path))?;
        match spoil.beside(self.issuer, &request) {
            Ok(None) => {}
            Ok(Some(more)) => {
                let name = self.file_name("beside", "", &more.serial);
                let path = self.folder.join(&name);
                fs::write(&path, &more.der).map_err(Error::file("write", &path))?;
                outcome.beside = Some(name);
            }
            Err(reason) => return Ok(Err(reason)),
        }
        let now = Before {
            file: file.clone(),
            request,
        };
        if let Some(before) = &self.before
            && let Err(reason) = spoil.swap(self.issuer, &self.folder, before, &now)
        {
            return Ok(Err(reason));
        }
        self.before = Some(now);
        outcome.file = (!spoil.is(RowFaultKind::Missing)).then_some(file);
        outcome.serial = issued.serial;
        outcome.device_id = Uuid::new_v4().to_string();
        Ok(Ok(()))
    }

    /// The error is the row's message.
    fn certify(
        &mut self,
        row: &Row,
        columns: &[Column],
        cell: &str,
        outcome: &mut Outcome,
    ) -> Result<Request, String> {
        self.first_of_its_name(&outcome.device_name, row.number)?;
        let request = match self.order.keys {
            Keys::Client => csr::read(cell, self.switches)?,
            Keys::Server => {
                let (private_key, request) = made::key(self.key_type())?;
                outcome.private_key = private_key;
                request
            }
        };
        let names = names::merge(&request, columns.iter().zip(row.values.iter()))?;
        if outcome.common_name.is_empty() {
            outcome.common_name = names.common_name();
        }
        if outcome.common_name.is_empty() {
            return Err("neither the CSV nor the CSR has a common name".into());
        }
        let mut warnings = self.differing(&names.differing)?;
        let key = request.info.public_key;
        let key_der = key.to_der().map_err(|error| error.to_string())?;
        let first = *self.keys.entry(key_der).or_insert(row.number);
        if first != row.number {
            warnings.push(format!("the same public key stands in row {first}"));
        }
        if !warnings.is_empty() {
            outcome.verdict = Verdict::Warning;
            outcome.message = warnings.join("; ");
        }
        Ok(Request {
            subject: names.subject,
            names: names.sans,
            key,
        })
    }

    /// What was asked for, or the first that the policy allows.
    fn key_type(&self) -> KeyType {
        let wanted = self.order.key_type.as_deref().and_then(KeyType::of_name);
        wanted
            .or_else(|| self.switches.key_types.first().copied())
            .unwrap_or(KeyType::P256)
    }

    fn first_of_its_name(&mut self, device: &str, row: u64) -> Result<(), String> {
        if device.is_empty() {
            let mut needed = self.switches.required_columns.iter();
            return if needed.any(|name| name == "device_name") {
                Err("device_name is empty".into())
            } else {
                Ok(())
            };
        }
        let first = *self.devices.entry(device.to_owned()).or_insert(row);
        if first == row {
            Ok(())
        } else {
            Err(format!(
                "device_name {device:?} already stands in row {first}"
            ))
        }
    }

    fn differing(&self, columns: &[&str]) -> Result<Vec<String>, String> {
        let sentence = || format!("differs from the CSR: {}", columns.join(", "));
        match self.switches.mismatch {
            _ if columns.is_empty() => Ok(Vec::new()),
            Mismatch::Override => Ok(Vec::new()),
            Mismatch::Warn => Ok(vec![sentence()]),
            Mismatch::Refuse => Err(sentence()),
        }
    }

    /// `<common name>.der`; where that is taken, `<unique identifier>.der`, or the serial number's beginning behind the name.
    fn file_name(&mut self, common_name: &str, unique: &str, serial: &str) -> String {
        let safe = safe(common_name);
        let unique = if unique.is_empty() {
            format!("{safe}-{}", serial.get(..8).unwrap_or(serial))
        } else {
            self::safe(unique)
        };
        let whole = format!("{safe}-{serial}");
        let mut names = [safe, unique, whole].into_iter();
        // Names that differ only in case would be one file on some systems.
        let free = names.find(|name| self.files.insert(name.to_lowercase()));
        format!("{}.der", free.unwrap_or_else(|| serial.to_owned()))
    }

    fn write(&mut self, outcome: &Outcome) -> Result<(), Error> {
        self.counts.total += u64::from(outcome.row > 0);
        match outcome.verdict {
            Verdict::Success | Verdict::Warning => self.counts.successful += 1,
            Verdict::Failed => self.counts.failed += u64::from(outcome.row > 0),
        }
        serde_json::to_writer(&mut self.outcomes, outcome)
            .map_err(std::io::Error::from)
            .and_then(|()| self.outcomes.write_all(b"\n"))
            .map_err(Error::file("write", &self.outcomes_path))
    }

    fn finish(mut self) -> Result<Counts, Error> {
        self.outcomes
            .flush()
            .map_err(Error::file("write", &self.outcomes_path))?;
        Ok(self.counts)
    }
}

/// No folders, no hidden files, and no name that is none.
fn safe(name: &str) -> String {
    let safe: String = name
        .chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => c,
            _ => '_',
        })
        .collect();
    match safe.trim_start_matches('.') {
        "" => "certificate".to_owned(),
        name => name.to_owned(),
    }
}

fn written_common_name<'r>(row: &'r Row, columns: &[Column]) -> &'r str {
    let at = columns.iter().position(|column| {
        matches!(column, Column::Subject(attribute) if attribute.column == "subject.common_name")
    });
    at.and_then(|at| row.values.get(at)).unwrap_or_default()
}
