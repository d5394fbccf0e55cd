//! A row's outcome, and the report made of all of them. The report's columns are a guess, so they
//! are set by a switch.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::process::OUTCOMES;
use crate::switches::Switches;

/// How a row ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verdict {
    #[default]
    Success,
    Failed,
    Warning,
}

/// What became of a row.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// Counted from 1 beneath the header; 0 for the file as a whole.
    pub(crate) row: u64,
    /// The line of the file that the row begins on.
    pub(crate) line: u64,
    pub(crate) device_name: String,
    pub(crate) common_name: String,
    pub(crate) verdict: Verdict,
    pub(crate) message: String,
    /// The certificate's serial number, hex.
    pub(crate) serial: String,
    pub(crate) device_id: String,
    /// The private key that the service made, PEM; empty where the device has it. A throw-away key of a throw-away CA.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) private_key: String,
    /// The certificate's file in the folder of certificates.
    pub(crate) file: Option<String>,
    /// A further one that is handed out beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) beside: Option<String>,
}

impl Outcome {
    /// Makes it the outcome of a row that failed.
    pub(crate) fn fail(&mut self, reason: String) {
        self.verdict = Verdict::Failed;
        self.message = reason;
    }

    /// For a fault of the whole file.
    pub(crate) fn of_the_file(message: String) -> Outcome {
        Outcome {
            verdict: Verdict::Failed,
            message,
            ..Outcome::default()
        }
    }
}

/// The report's columns, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns(Vec<(String, Source)>);

/// What a column of the report shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Row,
    Line,
    DeviceName,
    CommonName,
    Status,
    Message,
    Serial,
    DeviceId,
}

const SOURCES: [(&str, Source); 8] = [
    ("row", Source::Row),
    ("line", Source::Line),
    ("device_name", Source::DeviceName),
    ("subject.common_name", Source::CommonName),
    ("status", Source::Status),
    ("message", Source::Message),
    ("certificate_serial_number", Source::Serial),
    ("device_id", Source::DeviceId),
];

impl Source {
    fn value(self, outcome: &Outcome) -> String {
        match self {
            Source::Row if outcome.row == 0 => String::new(),
            Source::Line if outcome.line == 0 => String::new(),
            Source::Row => outcome.row.to_string(),
            Source::Line => outcome.line.to_string(),
            Source::DeviceName => outcome.device_name.clone(),
            Source::CommonName => outcome.common_name.clone(),
            Source::Message => outcome.message.clone(),
            Source::Serial => outcome.serial.clone(),
            Source::DeviceId => outcome.device_id.clone(),
            Source::Status => match outcome.verdict {
                Verdict::Success => "SUCCESS".into(),
                Verdict::Failed => "FAILED".into(),
                Verdict::Warning => "WARNING".into(),
            },
        }
    }
}

impl Default for Columns {
    fn default() -> Self {
        Columns(
            SOURCES
                .iter()
                .filter(|(_, source)| *source != Source::Line)
                .map(|(name, source)| ((*name).to_owned(), *source))
                .collect(),
        )
    }
}

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(|part| {
                let (header, source) = part.split_once('=').unwrap_or((part, part));
                let known = SOURCES.iter().find(|(name, _)| *name == source);
                known
                    .map(|(_, source)| (header.to_owned(), *source))
                    .ok_or_else(|| format!("a report has no {source:?}"))
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Columns)
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (header, source)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator}{header}")?;
            let name = SOURCES.iter().find(|(_, known)| known == source);
            if let Some((name, _)) = name.filter(|(name, _)| name != header) {
                write!(f, "={name}")?;
            }
        }
        Ok(())
    }
}

/// Writes the report of the job in this folder.
pub(crate) fn write_report(
    folder: &Path,
    switches: &Switches,
    target: impl Write,
) -> io::Result<()> {
    let Columns(columns) = &switches.report_columns;
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(target);
    writer.write_record(columns.iter().map(|(header, _)| header))?;
    for outcome in outcomes(folder)? {
        let outcome = outcome?;
        writer.write_record(columns.iter().map(|(_, source)| source.value(&outcome)))?;
    }
    writer.flush()
}

/// The rows' outcomes, in order.
pub(super) fn outcomes(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<Outcome>>> {
    let lines = BufReader::new(File::open(folder.join(OUTCOMES))?).lines();
    Ok(lines.map(|line| Ok(serde_json::from_str(&line?)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_written_as_they_are_read() {
        for text in ["row,status", "Row=row,Device Name=device_name,line"] {
            let columns: Columns = text.parse().unwrap_or_default();
            assert_eq!(columns.to_string(), text);
        }
        assert_eq!(
            Columns::default().to_string().parse(),
            Ok(Columns::default())
        );
        assert!("row,colour".parse::<Columns>().is_err());
    }
}
