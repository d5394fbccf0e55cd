//! The arguments, as the command-line contract has them.

mod boards;
mod demo;
mod files;
mod jobs;
mod keys;
mod packing;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use boards::{Collect, Deliver, Identify, Run};
pub use demo::{Demo, Sandbox};
pub use files::{Check, CheckedKeys, CheckedService, Decrypt, Export, ExportForm, MacSequence};
pub use jobs::{Certificates, Data, Jobs, Report, Settle, Status, Submit, Template};
pub use keys::{Audit, Keys, KeysCommand, NewToken};
pub use packing::{LabelForm, Labels, Scan};

/// Gives every board on a provisioning bench its identity.
#[derive(Debug, Parser)]
#[command(
    name = "nameplate",
    version,
    about,
    propagate_version = true,
    max_term_width = 110
)]
#[command(
    after_help = "Exit codes: 0 all done, 1 it could not be done (run it again), 2 arguments or configuration \
are wrong, 3 done for some boards and the others are listed.\n\nTry it: nameplate demo --boards 8"
)]
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
    /// What to log to standard error, as in RUST_LOG
    #[arg(
        long,
        global = true,
        env = "NAMEPLATE_LOG",
        default_value = "warn",
        value_name = "FILTER"
    )]
    pub log: String,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A whole bench on this machine: boards on ptys and TLS, the sandbox, all steps
    #[command(
        after_help = "Examples:\n  nameplate demo --boards 8 --batch /tmp/bench\n  \
nameplate demo --emulated virt,virt:serial,microbit,ast1030,an386,an505,rp2040\n\n\
Emulated boards run their real firmware: `boards/mcu/build KIND` builds an image. virt, an386 and an505 are on TLS, or with \
:serial behind them on a cable; the others are on cables. What they have in their flash lasts in the batch's folder."
    )]
    Demo(Demo),
    /// Serve the local batch service; prints one JSON line when ready
    Sandbox(Box<Sandbox>),
    /// Gather boards into the batch
    #[command(
        after_help = "Examples:\n  nameplate collect --batch line-3 --serial /dev/ttyACM0 --serial /dev/ttyACM1\n  \
nameplate collect --batch line-3 --listen 0.0.0.0:7443 --expect 96"
    )]
    Collect(Collect),
    /// Boards, and where each stands
    List(Batch),
    /// Write the batch file
    #[command(
        after_help = "Examples:\n  nameplate export --batch line-3 --output line-3.csv\n  nameplate export --batch line-3 --format csv-zip --output line-3.zip"
    )]
    Export(Export),
    /// Preflight of any batch data file: CSV, CSV in a ZIP, ZIP of certificate requests; or verify a handover
    #[command(
        after_help = "Examples:\n  nameplate check line-3.csv\n  nameplate check names.zip --keys server --service iot-trust-manager\n  \
nameplate check handover.zip --signer bench.pem\n\n\
Exit codes: 0 no errors, 1 errors were found (with --strict, warnings count), 2 arguments are wrong."
    )]
    Check(Check),
    /// Submit the batch as one job
    Submit(Submit),
    /// Where the job stands
    Status(Status),
    /// Fetch the job's report
    Report(Report),
    /// Batch, report and certificates in one view: who is issued, failed, missing, mismatched
    #[command(
        after_help = "Exit codes: 0 every board has its certificate and nothing else came, 3 each of the others is listed with its reason.\n\n\
Where rows failed, it writes them to rework.csv; `nameplate submit --rework` submits them again."
    )]
    Reconcile(Batch),
    /// The service's jobs: all, or those of one name
    Jobs(Jobs),
    /// Fetch each job's certificates as the service hands them out, and bring them to their boards
    Certificates(Certificates),
    /// Bring the certificates to the boards: each gets its own, and proves that it holds the key
    #[command(
        after_help = "Example: nameplate deliver --batch line-3 --serial '/dev/ttyACM*' --listen 0.0.0.0:7443\n\n\
It ends when each board that has a certificate is done, or can't be. Boards may come in any order, on any port."
    )]
    Deliver(Deliver),
    /// Have the board of that name or MAC address show itself: blink or beep
    Identify(Identify),
    /// A label a board: name, MAC address, and a QR code that carries both
    #[command(
        after_help = "Examples:\n  nameplate labels --batch line-3\n  nameplate labels --batch line-3 --size 50x25\n  \
nameplate labels --batch line-3 --format svg sensor-0007\n\n\
Sizes: l7160 (63.5x38.1), l7651 (38.1x21.2), l4731 (25.4x10) on A4; 5160 (66.7x25.4), 5167 (44.5x12.7) on Letter;\n\
or a label printer's, as WIDTHxHEIGHT in millimetres: then each label is a page."
    )]
    Labels(Labels),
    /// Check scanned labels against the batch, line by line, as a keyboard scanner types them
    #[command(
        after_help = "A line is what a label's QR code says, or a name, or a MAC address.\n\n\
Exit codes: 0 each was a board that is done, 3 each of the others was told with its reason."
    )]
    Scan(Scan),
    /// Verify the batch's log, and show one board's life
    #[command(
        after_help = "Examples:\n  nameplate audit --batch line-3\n  nameplate audit --batch line-3 sensor-0007\n\n\
The log is a chain of hashes: a row that was changed, taken out or moved is found. Whoever rewrites the whole of it is found by its \
end, kept elsewhere: --head takes it."
    )]
    Audit(Audit),
    /// The bench's key, the next one, and join tokens: make, show, change, withdraw
    #[command(
        after_help = "Examples:\n  nameplate keys --batch line-3 new\n  nameplate keys --batch line-3 token --boards 96 --valid-for 12h\n  \
nameplate keys --batch line-3"
    )]
    Keys(Keys),
    /// Fetch the CSV template of the certificate policy or enrolment profile
    Template(Template),
    /// Collect, submit, wait, report, certificates; again after an interruption it goes on where it was
    #[command(
        after_help = "Example: nameplate run --batch line-3 --serial '/dev/ttyACM*' --expect 8"
    )]
    Run(Run),
    /// Common names counted up from a MAC address, as a CSV
    #[command(
        after_help = "Example: nameplate mac-sequence --start 00:1a:c2:7b:00:00 --count 5 --increment 10 --output macs.csv"
    )]
    MacSequence(MacSequence),
    /// Decrypt a file with keys that the service made
    #[command(
        after_help = "Example: nameplate decrypt certificates.p7m --key decryption.key --certificate encryption.pem --output certificates.zip\n\n\
The key is PEM or DER (PKCS#8, PKCS#1, SEC 1) or an OpenPGP secret key. Its passphrase comes from --passphrase-file, from \
NAMEPLATE_KEY_PASSPHRASE, or is asked for."
    )]
    Decrypt(Decrypt),
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
