//! `nameplate check`: preflight of any batch data file. What it finds stands in `CHECK.md`.

use std::collections::HashSet;
use std::path::Path;

use serde_json::json;

use super::{Session, Setup};
use crate::cli::args::{self, CheckedKeys, CheckedService};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::{Output, count};
use crate::codes::Code;
use crate::config::{Config, KeyGeneration, Kind};
use crate::preflight::{
    Code as FindingCode, Finding, Keys, Options, PreflightError, Service, Severity, Summary, Tally,
    TemplateFileError, check, read_template,
};
use crate::service::words::printable;

/// Findings of one kind that are listed unless all are asked for.
const LISTED: u64 = 20;

/// Runs the command.
///
/// # Errors
/// Where the file could not be checked; what is wrong with it is listed.
pub fn run(session: &Session, args: &args::Check) -> Result<Outcome, Failure> {
    if crate::handover::is_handover(&args.file) {
        return super::handover::check(session, args);
    }
    if args.signer.is_some() {
        let error = anyhow::anyhow!(
            "{} is no handover, and nothing else is signed",
            args.file.display()
        );
        return Err(Failure::usage(Code::BadArguments, error)
            .next("Leave --signer out, or name the handover."));
    }
    let options = options(args)?;
    let name = printable(&args.file.display().to_string(), 200);
    let mut list = List {
        output: session.output,
        name: &name,
        all: args.all,
        tally: Tally::default(),
        explained: HashSet::new(),
    };
    let checked = check(&args.file, &options, &session.interrupt, &mut |finding| {
        list.add(finding);
    });
    let summary = checked.map_err(failure)?;
    show(session.output, &name, args, &options, &summary);
    let faults = summary.tally.of(Severity::Error);
    let warnings = summary.tally.of(Severity::Warning);
    if faults > 0 || (args.strict && warnings > 0) {
        return Ok(Outcome::Faulty);
    }
    Ok(Outcome::Done)
}

/// Checks the file that a batch is about to be submitted from, for the configured service and keys; how many rows it has.
///
/// # Errors
/// Where it has faults, which are listed, or could not be checked.
pub(super) fn before_submission(
    session: &Session,
    setup: &Setup,
    path: &Path,
) -> Result<u64, Failure> {
    let name = printable(&path.display().to_string(), 200);
    let options = configured(&setup.config, true)?;
    let mut list = List {
        output: session.output,
        name: &name,
        all: false,
        tally: Tally::default(),
        explained: HashSet::new(),
    };
    let checked = check(path, &options, &session.interrupt, &mut |finding| {
        list.add(finding);
    });
    let summary = checked.map_err(failure)?;
    match summary.tally.of(Severity::Error) {
        0 => Ok(summary.rows),
        faults => {
            let error =
                anyhow::anyhow!("the file has {}; nothing was sent", count(faults, "error"));
            Err(Failure::new(Code::DataFileFaulty, error)
                .next("Mend the file, then run the same command again."))
        }
    }
}

fn configured(config: &Config, keys_are_certain: bool) -> Result<Options, Failure> {
    let mut options = Options::default();
    if let Some(service) = &config.service {
        options.service = match service.kind {
            Kind::DeviceTrustManager => Service::DeviceTrustManager,
            Kind::IotTrustManager => Service::IotTrustManager,
        };
    }
    // `client` is what stands there when nothing was set: then a file's columns say it.
    options.keys = match config.batch.key_generation {
        KeyGeneration::Server => Some(Keys::Server),
        KeyGeneration::Client => keys_are_certain.then_some(Keys::Client),
    };
    options.mac_ranges = config.batch.ranges()?;
    Ok(options)
}

/// The arguments go before the configuration.
fn options(args: &args::Check) -> Result<Options, Failure> {
    let mut options = Options::default();
    if let Some(path) = &args.config {
        options = configured(&Config::load(Some(path), Path::new(""))?, false)?;
    }
    if let Some(service) = args.service {
        options.service = match service {
            CheckedService::DeviceTrustManager => Service::DeviceTrustManager,
            CheckedService::IotTrustManager => Service::IotTrustManager,
        };
    }
    if let Some(keys) = args.keys {
        options.keys = Some(match keys {
            CheckedKeys::Client => Keys::Client,
            CheckedKeys::Server => Keys::Server,
        });
    }
    if let Some(path) = &args.template {
        options.template = Some(read_template(path)?);
    }
    Ok(options)
}

impl From<TemplateFileError> for Failure {
    fn from(error: TemplateFileError) -> Self {
        Self::usage_of(error).next("Give --template the policy's CSV template.")
    }
}

fn failure(error: PreflightError) -> Failure {
    match error {
        PreflightError::Open { .. } | PreflightError::NotAFile { .. } => {
            Failure::usage_of(error).next("Name a .csv or .zip file that you can read.")
        }
        PreflightError::Read { .. } => Failure::of(error),
        PreflightError::Interrupted => Failure::of(error).next("Run the same command again."),
    }
}

/// Lists findings as they come.
struct List<'a> {
    output: Output,
    name: &'a str,
    all: bool,
    tally: Tally,
    /// Kinds for which it was said what to do.
    explained: HashSet<FindingCode>,
}

impl List<'_> {
    fn add(&mut self, finding: &Finding) {
        let code = finding.code;
        if self.tally.add(code) > LISTED && !self.all {
            return;
        }
        if self.output.json {
            self.object(finding);
            return;
        }
        self.output.line(self.text(finding));
        if self.explained.insert(code) {
            self.output.line(format!("    next: {}", code.next_step()));
        }
    }

    fn text(&self, finding: &Finding) -> String {
        let name = self.name;
        let entry = finding
            .entry
            .as_ref()
            .map_or_else(String::new, |entry| format!("({entry})"));
        let line = finding
            .line
            .map_or_else(String::new, |line| format!(":{line}"));
        let column = finding.column.as_ref().map_or_else(String::new, |column| {
            if column.name.is_empty() {
                format!(" column {}:", column.number)
            } else {
                format!(" column {} {:?}:", column.number, column.name)
            }
        });
        let (severity, code) = (finding.code.severity().word(), finding.code.word());
        let what = &finding.what;
        format!("{name}{entry}{line}: {severity} {code}:{column} {what}")
    }

    fn object(&self, finding: &Finding) {
        let column = finding.column.as_ref();
        self.output.object(&json!({
            "event": "finding",
            "severity": finding.code.severity().word(),
            "code": finding.code.word(),
            "file": self.name,
            "entry": finding.entry.as_deref(),
            "line": finding.line,
            "column": column.map(|column| column.number),
            "column_name": column.map(|column| column.name.as_str()),
            "what": finding.what,
            "next_step": finding.code.next_step(),
        }));
    }
}

fn show(output: Output, name: &str, args: &args::Check, options: &Options, summary: &Summary) {
    let Summary { rows, tally, .. } = summary;
    let (errors, warnings) = (tally.of(Severity::Error), tally.of(Severity::Warning));
    if output.json {
        let codes: serde_json::Map<_, _> = tally
            .counts()
            .map(|(code, count)| (code.word().to_owned(), json!(count)))
            .collect();
        output.object(&json!({
            "event": "checked", "file": name, "kind": summary.kind.word(), "bytes": summary.bytes, "rows": rows,
            "service": service(options), "keys": summary.keys.map(Keys::word), "keys_guessed": options.keys.is_none(),
            "errors": errors, "warnings": warnings, "codes": codes,
        }));
        return;
    }
    for (code, total) in tally.counts() {
        if total > LISTED && !args.all {
            let more = total - LISTED;
            let (severity, code) = (code.severity().word(), code.word());
            output.line(format!(
                "{name}: {more} more of {severity} {code} (--all lists them)"
            ));
        }
    }
    let keys = match (summary.keys, options.keys) {
        (None, _) => String::new(),
        (Some(keys), Some(_)) => format!(", keys by {}", keys.word()),
        (Some(Keys::Client), None) => ", keys by client, since there are requests".to_owned(),
        (Some(Keys::Server), None) => ", keys by server, since there is no column csr".to_owned(),
    };
    output.line(format!(
        "{name}: {}, {} in {} ({}, for {}{keys})",
        count(errors, "error"),
        count(warnings, "warning"),
        count(*rows, "row"),
        summary.kind.word(),
        service(options),
    ));
}

fn service(options: &Options) -> &'static str {
    match options.service {
        Service::DeviceTrustManager => "device-trust-manager",
        Service::IotTrustManager => "iot-trust-manager",
    }
}
