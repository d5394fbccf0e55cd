//! The uploaded data file: its structure, its columns, and the certificate request in each row.
//! Knows nothing of HTTP and of jobs.

pub(crate) mod archive;
pub(crate) mod columns;
pub(crate) mod csr;
pub(crate) mod file;
pub(crate) mod made;
pub(crate) mod names;
mod text;

use std::path::Path;

use crate::jobs::Keys;
use crate::switches::Switches;

/// The CSV in an upload's folder: as sent, or unpacked.
pub(crate) const ROWS: &str = "rows.csv";
/// The ZIP in an upload's folder, where a ZIP was sent.
pub(crate) const ZIP: &str = "upload.zip";

/// Unpacks where needed and checks the file as a whole; afterwards [`ROWS`] can be read.
pub(crate) fn prepare(folder: &Path, switches: &Switches, keys: Keys) -> Result<(), file::Fault> {
    let (zip, rows) = (folder.join(ZIP), folder.join(ROWS));
    if zip.exists() {
        archive::unpack_csv(&zip, &rows)?;
    }
    file::check(&rows, switches, keys)
}
