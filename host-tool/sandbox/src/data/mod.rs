//! The uploaded data file: its structure, its columns, and the certificate request in each row.
//! Knows nothing of HTTP and of jobs.

pub(crate) mod archive;
pub(crate) mod columns;
pub(crate) mod csr;
pub(crate) mod file;
pub(crate) mod made;
pub(crate) mod names;
mod text;
mod upload;

use std::path::{Path, PathBuf};

use crate::jobs::Keys;
use crate::switches::{CsrForm, Switches};

/// The CSV in an upload's folder: as sent, or unpacked.
pub(crate) const ROWS: &str = "rows.csv";
/// The certificate requests of a ZIP in an upload's folder, as rows.
const REQUESTS: &str = "requests.csv";
/// The ZIP in an upload's folder, where a ZIP was sent.
pub(crate) const ZIP: &str = "upload.zip";

/// Rows that can be read.
pub(crate) struct Prepared {
    /// Their file.
    pub(crate) rows: PathBuf,
    /// The rules that they are read by.
    pub(crate) rules: Switches,
}

/// Unpacks where needed and checks the file as a whole.
pub(crate) fn prepare(
    folder: &Path,
    switches: &Switches,
    keys: Keys,
) -> Result<Prepared, file::Fault> {
    let (zip, rows, requests) = (folder.join(ZIP), folder.join(ROWS), folder.join(REQUESTS));
    let held = if zip.exists() {
        upload::unpack(&zip, &rows, &requests, switches.zip_names)?
    } else {
        upload::Held::Csv
    };
    let prepared = match held {
        upload::Held::Csv => Prepared {
            rows,
            rules: switches.clone(),
        },
        upload::Held::Requests if keys == Keys::Server => {
            return Err(file::Fault::File(
                "the ZIP holds certificate requests, and the service makes the keys".into(),
            ));
        }
        upload::Held::Requests => Prepared {
            rows: requests,
            rules: rules_of_requests(switches),
        },
    };
    file::check(&prepared.rows, &prepared.rules, keys)?;
    Ok(prepared)
}

/// What a policy says of columns and cells says nothing of a ZIP that has none.
fn rules_of_requests(switches: &Switches) -> Switches {
    Switches {
        csr_form: CsrForm::Either,
        required_columns: vec!["device_name".into()],
        ..switches.clone()
    }
}
