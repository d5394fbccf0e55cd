//! `nameplate export`: the batch file, or the handover.

use serde_json::json;

use super::{Session, Setup, handover, order};
use crate::batch::Source;
use crate::cli::args::{self, ExportForm};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::config::DataForm;
use crate::store::Which;

/// Runs the command.
///
/// # Errors
/// Where the file was not written.
pub fn run(session: &Session, args: &args::Export) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let form = match args.format {
        ExportForm::Csv => DataForm::Csv,
        ExportForm::CsvZip => DataForm::CsvZip,
        ExportForm::CsrZip => DataForm::CsrZip,
        ExportForm::Handover => return handover::export(session, &setup, args),
    };
    let order = order::of_batch(Some(session), &setup)?;
    let reader = setup.reader_of_boards()?;
    let source = Source {
        reader: &reader,
        cell: setup.config.batch.csr_cell_sent(),
        order: order.as_deref(),
    };
    let exported = source.write(form, Which::All, &args.output, args.force)?;
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
