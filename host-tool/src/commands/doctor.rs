//! `nameplate doctor`: what is wrong before the first board comes, and what to do about it.

use std::time::SystemTime;

use serde_json::json;

use super::init::shell_word;
use super::{Session, Setup};
use crate::cli::args::{self, Batch};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::config::{Config, FILE};
use crate::doctor::{self, Bench, Counts, Finding, Level, System};
use crate::service::words::printable;

/// The width of the checks' names, in characters.
const WIDTH: usize = 17;

/// Runs the command.
///
/// # Errors
/// Where the configuration can't be read.
pub fn run(session: &Session, args: &args::Doctor) -> Result<Outcome, Failure> {
    let mut counts = Counts::default();
    let mut tell = |finding: Finding| {
        counts.add(finding.level);
        show(session, &finding);
    };
    let loaded = Setup::load(&args.batch);
    let is_read = loaded.is_ok();
    let (setup, failure) = match loaded {
        Ok(setup) => (setup, None),
        Err(failure) => (without_configuration(&args.batch), Some(failure)),
    };
    let explicit = args.batch.config.as_ref();
    let bench = Bench {
        configured: explicit.is_some() || setup.file(FILE).exists(),
        arguments: arguments(&args.batch),
        setup: &setup,
        now: SystemTime::now(),
        system: System::default(),
    };
    if is_read {
        doctor::examine(&bench, args.offline, &mut tell);
    } else {
        doctor::examine_without_configuration(&bench, &mut tell);
    }
    if let Some(failure) = failure {
        // The error itself is told at the end, as with any other command.
        let chain: Vec<_> = failure.error.chain().map(ToString::to_string).collect();
        let finding = Finding::wrong("config", chain.join(": "));
        session.output.object(&finding.object());
        session.output.line(format!(
            "{} {:WIDTH$} can't be read, so nothing that it says was checked",
            Level::Wrong.mark(),
            "config"
        ));
        return Err(failure);
    }
    Ok(end(session, &bench, counts))
}

/// Where the configuration can't be read, the folder still can.
fn without_configuration(batch: &Batch) -> Setup {
    Setup::with(&batch.batch, Config::default())
}

fn arguments(batch: &Batch) -> String {
    let folder = format!("--batch {}", shell_word(&batch.batch.to_string_lossy()));
    match &batch.config {
        None => folder,
        Some(path) => format!("{folder} --config {}", shell_word(&path.to_string_lossy())),
    }
}

fn show(session: &Session, finding: &Finding) {
    session.output.object(&finding.object());
    if session.quiet && finding.level == Level::Fine {
        return;
    }
    let about = finding
        .about
        .as_ref()
        .map_or_else(String::new, |about| format!("{}: ", printable(about, 200)));
    let found = printable(&finding.found, 1000);
    let mark = finding.level.mark();
    session
        .output
        .line(format!("{mark} {:WIDTH$} {about}{found}", finding.id));
    for line in &finding.remedy {
        session.output.line(format!("  {:WIDTH$}   {line}", ""));
    }
}

fn end(session: &Session, bench: &Bench<'_>, counts: Counts) -> Outcome {
    let Counts {
        fine,
        warnings,
        wrong,
        unchecked,
    } = counts;
    session.output.object(&json!({
        "event": "doctor", "fine": fine, "warnings": warnings, "wrong": wrong, "not_checked": unchecked
    }));
    let not_checked = if unchecked == 0 {
        String::new()
    } else {
        format!(", {unchecked} not checked")
    };
    session.output.line(format!(
        "\n{fine} fine, {}, {wrong} wrong{not_checked}",
        count(warnings, "warning")
    ));
    if wrong == 0 {
        session
            .output
            .line(format!("next: nameplate run {}", bench.arguments));
        Outcome::Done
    } else {
        session
            .output
            .line("next: mend what is marked ✗, then run this again");
        Outcome::Faulty
    }
}
