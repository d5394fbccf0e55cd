//! The arguments, as the command-line contract has them.

mod about;
mod boards;
mod demo;
mod files;
mod help;
mod jobs;
mod keys;
mod logging;
mod packing;
mod start;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use about::{Completions, Explain, Man};
pub use boards::{Collect, Deliver, Identify, Run};
pub use demo::{Demo, Sandbox};
pub use files::{Check, CheckedKeys, CheckedService, Decrypt, Export, ExportForm, MacSequence};
pub use jobs::{Certificates, Data, Jobs, Report, Settle, Status, Submit, Template};
pub(crate) use keys::duration;
pub use keys::{Audit, Keys, KeysCommand, NewToken};
pub use logging::Logging;
pub use packing::{LabelForm, Labels, Scan};
pub use start::{Doctor, Init, InitBoards, InitService, InitSignIn};

/// Gives every board on a provisioning bench its identity.
#[derive(Debug, Parser)]
#[command(
    name = "nameplate",
    version,
    about,
    propagate_version = true,
    max_term_width = 110
)]
#[command(after_help = help::ROOT)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// JSON lines on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Only troubles on standard error
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// How much is told, and where.
    #[command(flatten)]
    pub logging: Logging,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Begin a bench: its configuration, its keys, and a join token where boards come by network
    #[command(long_about = help::INIT_LONG, after_help = help::INIT)]
    Init(Box<Init>),
    /// Check everything that can be known before the first board comes, and say what to do
    #[command(long_about = help::DOCTOR_LONG, after_help = help::DOCTOR)]
    Doctor(Doctor),
    /// A whole bench on this machine: boards on ptys and TLS, the sandbox, all steps
    #[command(long_about = help::DEMO_LONG, after_help = help::DEMO)]
    Demo(Demo),
    /// Serve the local batch service; prints one JSON line when ready
    #[command(long_about = help::SANDBOX_LONG, after_help = help::SANDBOX)]
    Sandbox(Box<Sandbox>),
    /// Gather boards into the batch
    #[command(long_about = help::COLLECT_LONG, after_help = help::COLLECT)]
    Collect(Collect),
    /// Boards, and where each stands
    #[command(long_about = help::LIST_LONG, after_help = help::LIST)]
    List(Batch),
    /// Write the batch file
    #[command(long_about = help::EXPORT_LONG, after_help = help::EXPORT)]
    Export(Export),
    /// Preflight of any batch data file: CSV, CSV in a ZIP, ZIP of certificate requests; or verify a handover
    #[command(long_about = help::CHECK_LONG, after_help = help::CHECK)]
    Check(Check),
    /// Submit the batch as one job
    #[command(long_about = help::SUBMIT_LONG, after_help = help::SUBMIT)]
    Submit(Submit),
    /// Where the job stands
    #[command(long_about = help::STATUS_LONG, after_help = help::STATUS)]
    Status(Status),
    /// Fetch the job's report
    #[command(long_about = help::REPORT_LONG, after_help = help::REPORT)]
    Report(Report),
    /// Batch, report and certificates in one view: who is issued, failed, missing, mismatched
    #[command(long_about = help::RECONCILE_LONG, after_help = help::RECONCILE)]
    Reconcile(Batch),
    /// The service's jobs: all, or those of one name
    #[command(long_about = help::JOBS_LONG, after_help = help::JOBS)]
    Jobs(Jobs),
    /// Fetch each job's certificates as the service hands them out, and bring them to their boards
    #[command(long_about = help::CERTIFICATES_LONG, after_help = help::CERTIFICATES)]
    Certificates(Certificates),
    /// Bring the certificates to the boards: each gets its own, and proves that it holds the key
    #[command(long_about = help::DELIVER_LONG, after_help = help::DELIVER)]
    Deliver(Deliver),
    /// Have the board of that name or MAC address show itself: blink or beep
    #[command(long_about = help::IDENTIFY_LONG, after_help = help::IDENTIFY)]
    Identify(Identify),
    /// A label a board: name, MAC address, and a QR code that carries both
    #[command(long_about = help::LABELS_LONG, after_help = help::LABELS)]
    Labels(Labels),
    /// Check scanned labels against the batch, line by line, as a keyboard scanner types them
    #[command(long_about = help::SCAN_LONG, after_help = help::SCAN)]
    Scan(Scan),
    /// Verify the batch's log, and show one board's life
    #[command(long_about = help::AUDIT_LONG, after_help = help::AUDIT)]
    Audit(Audit),
    /// The bench's key, the next one, and join tokens: make, show, change, withdraw
    #[command(long_about = help::KEYS_LONG, after_help = help::KEYS)]
    Keys(Keys),
    /// Fetch the CSV template of the certificate policy or enrolment profile
    #[command(long_about = help::TEMPLATE_LONG, after_help = help::TEMPLATE)]
    Template(Template),
    /// Collect, submit, wait, report, certificates, deliver; again after an interruption it goes on where it was
    #[command(long_about = help::RUN_LONG, after_help = help::RUN)]
    Run(Run),
    /// Common names counted up from a MAC address, as a CSV
    #[command(long_about = help::MAC_SEQUENCE_LONG, after_help = help::MAC_SEQUENCE)]
    MacSequence(MacSequence),
    /// Decrypt a file with keys that the service made
    #[command(long_about = help::DECRYPT_LONG, after_help = help::DECRYPT)]
    Decrypt(Decrypt),
    /// What an error's word means, why it probably happens, and what to do
    #[command(long_about = help::EXPLAIN_LONG, after_help = help::EXPLAIN)]
    Explain(Explain),
    /// Completions for a shell, to standard output
    #[command(long_about = help::COMPLETIONS_LONG, after_help = help::COMPLETIONS)]
    Completions(Completions),
    /// The manual pages
    #[command(long_about = help::MAN_LONG, after_help = help::MAN)]
    Man(Man),
}

/// Which batch.
#[derive(Clone, Debug, Args)]
pub struct Batch {
    /// The batch's folder
    #[arg(long, value_name = "DIR")]
    pub batch: PathBuf,
    /// The configuration [default: bench.toml in the batch's folder]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Where boards are, and for how long.
#[derive(Clone, Debug, Default, Args)]
pub struct Places {
    /// A serial port, or a quoted pattern of ports; may be given several times
    #[arg(long, value_name = "PATH")]
    pub serial: Vec<String>,
    /// Let boards dial in here
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// End after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    pub timeout: Option<u64>,
}

/// How the bench is shown while it is at work.
#[derive(Clone, Debug, Default, Args)]
pub struct Views {
    /// Lines, also in a terminal, in the place of the table
    #[arg(long)]
    pub plain: bool,
    /// Show the bench in a browser, too: 127.0.0.1:8080, or beyond this machine with a token
    #[arg(long, value_name = "ADDR")]
    pub page: Option<SocketAddr>,
}

/// Where boards are, and until when.
#[derive(Clone, Debug, Default, Args)]
pub struct Links {
    /// Where boards are.
    #[command(flatten)]
    pub places: Places,
    /// End when so many boards are in the batch
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub expect: Option<u64>,
}

#[cfg(test)]
mod tests;
