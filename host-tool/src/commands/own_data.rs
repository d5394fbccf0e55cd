//! A batch that is not of boards: a data file of the operator's own, or MAC addresses that the service counts.
//!
//! The file is copied into the batch's folder before anything else, and checked there: a rerun sends the same bytes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Session, Setup, check};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::codes::{Code, of_io};
use crate::mac_sequence::MacSequence;
use crate::service::report::{Report, RowOutcome};
use crate::service::words::printable;
use crate::service::{DataFile, DataKind, MacSequence as Asked};
use crate::store::{Job, Store};
use crate::submission::{Source, sha256_of_file};
use crate::whole_file::WholeFile;

/// The copies in a batch's folder.
const CSV: &str = "data.csv";
const ZIP: &str = "data.zip";
/// What is kept of a MAC sequence.
const SEQUENCE: &str = "mac-sequence.json";
/// Failed rows that are listed; the report has all.
const LISTED: u64 = 20;

/// The file of a batch, and where its rows come from.
pub struct OwnData {
    /// The file in the batch's folder.
    file: PathBuf,
    what: What,
}

enum What {
    /// So many rows.
    Rows(u64),
    Sequence(Asked),
}

impl OwnData {
    /// Where the job's rows come from.
    pub fn source(&self) -> Source<'_> {
        let path = &self.file;
        match self.what {
            What::Rows(rows) => Source::File { path, rows },
            What::Sequence(sequence) => Source::MacSequence { path, sequence },
        }
    }
}

/// A MAC sequence as it is kept.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    start: String,
    count: u64,
    increment: u64,
}

/// What the arguments say, put in place; else what the batch's job was made from. `None` for a batch of boards.
///
/// # Errors
/// Where it can't be used, or the batch is of something else already.
pub fn of(
    session: &Session,
    setup: &Setup,
    store: &Store,
    args: &args::Data,
) -> Result<Option<OwnData>, Failure> {
    let job = store.reader().current_job()?;
    if let Some(job) = &job {
        let known = of_job(setup, job)?;
        check_same(setup, args, job, known.as_ref())?;
        return Ok(known);
    }
    let wanted = args.data.is_some() || args.mac_sequence.is_some();
    let boards = store.reader().counts()?.boards();
    if wanted && boards > 0 {
        let error = anyhow::anyhow!("this batch has {} already", count(boards, "board"));
        return Err(Failure::usage(Code::OtherBatch, error)
            .next("Submit the file as a batch of its own: give --batch another folder."));
    }
    if let Some(path) = &args.data {
        return copy(session, setup, path).map(Some);
    }
    match sequence(args)? {
        Some(sequence) => keep(session, setup, &sequence).map(Some),
        None => Ok(None),
    }
}

/// What a job was made from, by the name of its file.
fn of_job(setup: &Setup, job: &Job) -> Result<Option<OwnData>, Failure> {
    let name = Path::new(&job.intent.data_file).file_name();
    let own = [CSV, ZIP, SEQUENCE];
    let Some(name) = own.into_iter().find(|own| name == Some(own.as_ref())) else {
        return Ok(None);
    };
    let file = setup.file(name);
    let what = if name == SEQUENCE && job.service_id.is_none() {
        What::Sequence(read_kept(&file)?)
    } else {
        What::Rows(job.intent.data_rows)
    };
    Ok(Some(OwnData { file, what }))
}

/// A batch becomes one job: what is given again must be what was given then.
fn check_same(
    setup: &Setup,
    args: &args::Data,
    job: &Job,
    known: Option<&OwnData>,
) -> Result<(), Failure> {
    let other = |words: &str| {
        let error = anyhow::anyhow!("this batch was submitted before, from {words}");
        Err(Failure::usage(Code::BatchSubmitted, error)
            .next("Give --batch another folder for another job."))
    };
    let Some(path) = &args.data else {
        return match sequence(args)? {
            None => Ok(()),
            Some(sequence) if known.is_some() => {
                let kept = read_kept(&setup.file(SEQUENCE));
                if kept.is_ok_and(|kept| kept == asked(&sequence)) {
                    Ok(())
                } else {
                    other("something else")
                }
            }
            Some(_) => other("its boards"),
        };
    };
    if known.is_none() {
        return other("its boards");
    }
    let sha256 = sha256_of_file(path).map_err(|error| unreadable(path, error))?;
    if sha256 == job.intent.data_sha256 {
        Ok(())
    } else {
        other("another file")
    }
}

/// Copies a data file into the batch's folder, where it is checked.
fn copy(session: &Session, setup: &Setup, path: &Path) -> Result<OwnData, Failure> {
    let name = match DataFile::look_at(path)
        .map_err(|error| Failure::usage_of(error).next("Give a .csv or .zip of up to 200 MB."))?
        .kind()
    {
        DataKind::Csv => CSV,
        DataKind::Zip => ZIP,
    };
    let target = setup.file(name);
    let put = || {
        let mut whole = WholeFile::begin(&target)?;
        io::copy(&mut File::open(path)?, whole.file())?;
        whole.finish()
    };
    put().map_err(|error| unwritable(&target, error))?;
    let rows = match check::before_submission(session, setup, &target) {
        Ok(rows) => rows,
        Err(failure) => {
            // Nothing is left of what is not submitted.
            let _ = fs::remove_file(&target);
            return Err(failure);
        }
    };
    session.output.line(format!(
        "{} in {}, checked",
        count(rows, "row"),
        path.display()
    ));
    Ok(OwnData {
        file: target,
        what: What::Rows(rows),
    })
}

fn sequence(args: &args::Data) -> Result<Option<MacSequence>, Failure> {
    let (Some(start), Some(count), Some(increment)) =
        (&args.mac_sequence, args.count, args.increment)
    else {
        return Ok(None);
    };
    MacSequence::new(start, count, increment)
        .map(Some)
        .map_err(super::mac_sequence::wrong)
}

fn asked(sequence: &MacSequence) -> Asked {
    Asked {
        start: sequence.start(),
        // At most 500,000.
        count: u32::try_from(sequence.count()).unwrap_or(u32::MAX),
        increment: sequence.increment(),
    }
}

fn keep(session: &Session, setup: &Setup, sequence: &MacSequence) -> Result<OwnData, Failure> {
    if setup.config.server_keys()?.is_none() {
        let error = anyhow::anyhow!(
            "the service makes the keys of a MAC sequence, and batch.key_generation is \"client\""
        );
        return Err(Failure::usage(Code::BadSetting, error)
            .next("Set batch.key_generation = \"server\", with encryption_certificate and decryption_key."));
    }
    for oddity in sequence.oddities() {
        let _ = writeln!(io::stderr().lock(), "warning: {oddity}");
    }
    session.output.line(format!(
        "{} of a MAC sequence, {} to {}",
        count(sequence.count(), "name"),
        crate::mac_sequence::hyphens(sequence.start()),
        crate::mac_sequence::hyphens(sequence.end())
    ));
    let file = setup.file(SEQUENCE);
    let kept = Kept {
        start: sequence.start().to_string(),
        count: sequence.count(),
        increment: sequence.increment(),
    };
    let put = || {
        let mut whole = WholeFile::begin(&file)?;
        serde_json::to_writer(whole.file(), &kept)?;
        whole.finish()
    };
    put().map_err(|error| unwritable(&file, error))?;
    Ok(OwnData {
        file,
        what: What::Sequence(asked(sequence)),
    })
}

fn read_kept(file: &Path) -> Result<Asked, Failure> {
    let text = fs::read_to_string(file).map_err(|error| unreadable(file, error))?;
    let wrong = |error: anyhow::Error| {
        let text = format!("{} is not what was written there", file.display());
        Failure::new(Code::DataChanged, error.context(text)).next("Put the file back as it was.")
    };
    let kept: Kept = serde_json::from_str(&text).map_err(|error| wrong(error.into()))?;
    let sequence = MacSequence::new(&kept.start, kept.count, kept.increment)
        .map_err(|error| wrong(error.into()))?;
    Ok(asked(&sequence))
}

/// What a report says of the rows of a batch without boards.
///
/// # Errors
/// Where the report can't be read.
pub fn tell_report(
    session: &Session,
    setup: &Setup,
    job: &Job,
    path: &Path,
) -> Result<Outcome, Failure> {
    let columns = setup.config.service_settings()?.report_columns;
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    let unclear = |error: crate::service::report::ReportError| {
        let step = error.next_step();
        Failure::of(error).next(step)
    };
    let (mut issued, mut others) = (0_u64, 0_u64);
    for row in Report::open(file, &columns).map_err(unclear)? {
        let row = row.map_err(unclear)?;
        if matches!(row.outcome, RowOutcome::Succeeded | RowOutcome::Warning) {
            issued += 1;
            continue;
        }
        others += 1;
        if others <= LISTED {
            let name = row.name.or(row.common_name).unwrap_or_default();
            let why = row.message.unwrap_or_else(|| "no reason given".to_owned());
            let (name, why) = (printable(&name, 64), printable(&why, 240));
            session
                .output
                .line(format!("  line {} {name}: {why}", row.line));
        }
    }
    if others > LISTED {
        let more = others - LISTED;
        session
            .output
            .line(format!("  and {more} more in the report"));
    }
    let missing = job.intent.data_rows.saturating_sub(issued + others);
    session.output.line(format!(
        "{issued} issued, {others} not issued, {missing} without an answer"
    ));
    session.output.object(&serde_json::json!({
        "event": "report", "issued": issued, "failed": others, "without_answer": missing,
    }));
    if others == 0 && missing == 0 {
        Ok(Outcome::Done)
    } else {
        Ok(Outcome::Partly)
    }
}

fn unreadable(path: &Path, error: io::Error) -> Failure {
    let words = format!("can't read {}", path.display());
    Failure::usage(of_io(&error), anyhow::Error::new(error).context(words))
        .next("Give a file that you can read.")
}

fn unwritable(path: &Path, error: io::Error) -> Failure {
    let words = format!("can't write {}", path.display());
    Failure::new(of_io(&error), anyhow::Error::new(error).context(words))
}
