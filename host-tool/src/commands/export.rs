//! `nameplate export`: the batch file.

use serde_json::json;

use super::{Session, Setup};
use crate::batch::write_csv;
use crate::cli::args::{self, Format};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;

/// Runs the command.
///
/// # Errors
/// Where the file was not written.
pub fn run(session: &Session, args: &args::Export) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let Format::Csv = args.format;
    let cell = setup.config.batch.csr_cell;
    let exported = write_csv(&setup.reader()?, cell, &args.output, args.force)?;
    let path = args.output.display();
    session.output.line(format!(
        "{} written to {path}",
        count(exported.rows, "board")
    ));
    session.output.object(&json!({
        "event": "exported", "file": args.output, "boards": exported.rows,
        "bytes": exported.bytes, "sha256": exported.sha256,
    }));
    Ok(Outcome::Done)
}
