//! The `[batch]` section.

use std::path::PathBuf;

use nameplate_wire::Mac;
use serde::Deserialize;

use super::ConfigError;
use crate::service::MAX_DATA_FILE;

/// The batch and what belongs into it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Batch {
    /// Its name, and the job's; the folder's name otherwise.
    pub name: Option<String>,
    /// Where keys are made.
    pub key_generation: KeyGeneration,
    /// What the service encrypts the keys to that it makes: a PEM certificate or an OpenPGP public key.
    pub encryption_certificate: Option<PathBuf>,
    /// Its private key.
    pub decryption_key: Option<PathBuf>,
    /// The first line of this file opens that key.
    pub decryption_passphrase_file: Option<PathBuf>,
    /// The type of keys that the service makes.
    pub key_type: Option<String>,
    /// How a certificate request stands in its cell.
    pub csr_cell: CsrCell,
    /// What is submitted.
    pub data: DataForm,
    /// Greatest file that is submitted, in bytes; the service's limit otherwise.
    pub greatest_upload: Option<u64>,
    /// The service's CSV template, as `nameplate template` fetches it.
    pub template: Option<PathBuf>,
    /// Columns of the template that may be missing.
    pub template_optional: Vec<String>,
    /// Ranges of MAC addresses that may come, as `first-last`; all where empty.
    pub mac_ranges: Vec<String>,
    /// The index of every board that this station ever saw; in the user's data folder otherwise.
    pub station_index: Option<PathBuf>,
}

/// Where keys are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyGeneration {
    /// On the board.
    #[default]
    Client,
    /// By the service.
    Server,
}

/// The form of a data file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum DataForm {
    /// One CSV with everything
    #[default]
    Csv,
    /// That CSV in a ZIP
    CsvZip,
    /// A ZIP of certificate requests, each in PEM
    CsrZip,
}

impl DataForm {
    /// The word for it, as in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvZip => "csv-zip",
            Self::CsrZip => "csr-zip",
        }
    }

    /// The form of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        let mut all = [Self::Csv, Self::CsvZip, Self::CsrZip].into_iter();
        all.find(|form| form.as_str() == word)
    }

    /// The extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvZip | Self::CsrZip => "zip",
        }
    }
}

/// How a certificate request stands in its CSV cell. Both of the service's sample files show one unbroken line; its
/// reference shows several. Which of them it takes is not documented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CsrCell {
    /// PEM without line breaks.
    #[default]
    OneLine,
    /// PEM with line breaks inside the quoted cell.
    MultiLine,
}

/// MAC addresses from one to another, both counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacRange {
    first: Mac,
    last: Mac,
}

impl MacRange {
    /// Whether the address is inside.
    pub fn contains(&self, mac: Mac) -> bool {
        (self.first..=self.last).contains(&mac)
    }

    fn parse(text: &str) -> Option<Self> {
        // Both forms of an address are 17 characters, and one of them has hyphens itself.
        let (first, rest) = text.trim().split_at_checked(17)?;
        let last = rest.trim_start().strip_prefix('-')?.trim_start();
        let first = Mac::parse(first).ok()?;
        let last = Mac::parse(last).ok()?;
        (first <= last).then_some(Self { first, last })
    }
}

impl Batch {
    /// Greatest file that is submitted, in bytes.
    ///
    /// # Errors
    /// [`ConfigError::Value`] where it is nothing, or over what the service takes.
    pub fn upload_limit(&self) -> Result<u64, ConfigError> {
        let limit = self.greatest_upload.unwrap_or(MAX_DATA_FILE);
        if (1..=MAX_DATA_FILE).contains(&limit) {
            return Ok(limit);
        }
        let why =
            format!("{limit} bytes are not between 1 and {MAX_DATA_FILE}, the service's own limit");
        Err(ConfigError::value("batch.greatest_upload", why))
    }

    /// How certificate requests stand in the batch file; `None` where the service makes the keys and takes none.
    pub fn csr_cell_sent(&self) -> Option<CsrCell> {
        (self.key_generation == KeyGeneration::Client).then_some(self.csr_cell)
    }

    /// The ranges of MAC addresses that may come; empty where all may.
    ///
    /// # Errors
    /// [`ConfigError::Value`] where one is no range.
    pub fn ranges(&self) -> Result<Vec<MacRange>, ConfigError> {
        self.mac_ranges
            .iter()
            .map(|text| {
                MacRange::parse(text).ok_or_else(|| {
                    let why = format!(
                        "{text:?} is no range; write \"02:00:00:00:00:00-02:00:00:00:ff:ff\""
                    );
                    ConfigError::value("batch.mac_ranges", why)
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_count_both_ends() {
        let range = MacRange::parse("02:00:00:00:00:10-02:00:00:00:00:20").unwrap();
        let inside = |last| range.contains(Mac([2, 0, 0, 0, 0, last]));
        assert_eq!(
            [0x0F, 0x10, 0x20, 0x21].map(inside),
            [false, true, true, false]
        );
        assert!(MacRange::parse("02-00-00-00-00-10 - 02-00-00-00-00-20").is_some());
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "02:00:00:00:00:10",
            "02:00:00:00:00:20-02:00:00:00:00:10",
            "02:00:00:00:00:10-",
            "é2:00:00:00:00:1-02:00:00:00:00:20",
        ] {
            let batch = Batch {
                mac_ranges: vec![text.to_owned()],
                ..Batch::default()
            };
            assert!(batch.ranges().is_err(), "{text}");
        }
    }
}
