//! `nameplate template`: the CSV template of the certificate policy or enrolment profile.

use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::{Session, Setup};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::codes::{Code, of_io};
use crate::columns::service_template;
use crate::service::Downloaded;
use crate::whole_file::{self, folder_of};

/// Runs the command.
///
/// # Errors
/// Where the template could not be fetched or written.
pub fn run(session: &Session, args: &args::Template) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let service = setup.service()?;
    if let Some(path) = &args.output {
        refuse_existing(path)?;
    }
    // At most 1 MB, so it is looked at before any of it is written.
    let mut bytes = Vec::new();
    let downloaded = service.download_template(&mut bytes)?;
    let columns = look(&bytes, &downloaded);
    match &args.output {
        Some(path) => write_new(path, &bytes)?,
        None if !session.output.json => write_out(&bytes)?,
        None => {}
    }
    let (columns, warnings) = columns;
    for warning in &warnings {
        eprintln_unless_quiet(session, warning);
    }
    if let Some(path) = &args.output {
        session.output.line(format!(
            "template with {} columns written to {}",
            columns.len(),
            path.display()
        ));
    }
    session.output.object(&json!({
        "event": "template", "file": args.output, "bytes": downloaded.bytes,
        "content_type": downloaded.content_type, "columns": columns, "warnings": warnings,
    }));
    Ok(Outcome::Done)
}

/// The columns, and what is odd about the template. What came is kept as it is, whatever it is.
fn look(bytes: &[u8], downloaded: &Downloaded) -> (Vec<String>, Vec<String>) {
    let mut warnings = Vec::new();
    match downloaded.content_type.as_deref() {
        Some("text/csv") => {}
        Some(other) => warnings.push(format!(
            "the service calls the template {other}, not text/csv: look at it before you use it"
        )),
        None => warnings.push("the service does not say what the template is".to_owned()),
    }
    match service_template::parse(bytes) {
        Ok(template) => (template.columns, warnings),
        Err(error) => {
            warnings.push(format!("the template can't be read: {error}"));
            (Vec::new(), warnings)
        }
    }
}

fn eprintln_unless_quiet(session: &Session, warning: &str) {
    if !session.quiet {
        let _ = writeln!(std::io::stderr().lock(), "! {warning}");
    }
}

fn write_out(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.map_err(|error| {
        Failure::new(
            of_io(&error),
            anyhow::Error::new(error).context("can't write to standard output"),
        )
        .next("Give --output FILE, then run the same command again.")
    })
}

/// Nothing is overwritten.
pub(super) fn refuse_existing(path: &Path) -> Result<(), Failure> {
    let folder = folder_of(path);
    if !folder.is_dir() {
        let error = anyhow::anyhow!("there is no folder {}", folder.display());
        return Err(
            Failure::usage(Code::FileMissing, error).next("Make it, or give another --output.")
        );
    }
    if std::fs::symlink_metadata(path).is_ok() {
        let error = anyhow::anyhow!("{} is there already", path.display());
        return Err(Failure::usage(Code::FileExists, error)
            .next("Give another --output, or move that file away."));
    }
    Ok(())
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    whole_file::write_new(path, bytes).map_err(|error| unwritable(path, error))
}

pub(super) fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    let words = format!("can't write {}", path.display());
    Failure::new(of_io(&error), anyhow::Error::new(error).context(words))
        .next("Mend that, or give another --output, then run the same command again.")
}
