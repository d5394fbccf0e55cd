//! The arguments, as the command-line contract has them.

mod keys;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::demo::emulated;
use crate::labels;
pub use keys::{Audit, Keys, KeysCommand, NewToken};

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

/// `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// How many boards
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub boards: u16,
    /// Emulated boards instead of Linux programs: kinds, as often as there are to be boards of them
    #[arg(long, value_name = "KIND,…", conflicts_with = "boards")]
    pub emulated: Option<emulated::List>,
    /// Where the images of emulated boards are [default: the build's folder, target/mcu/images]
    #[arg(long, value_name = "DIR", env = "NAMEPLATE_IMAGES")]
    pub images: Option<PathBuf>,
    /// The batch's folder [default: a new one in the temporary folder]
    #[arg(long, value_name = "DIR")]
    pub batch: Option<PathBuf>,
}

/// `sandbox`.
#[derive(Debug, Args)]
pub struct Sandbox {
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Where its certificates and jobs are kept [default: a new folder in the temporary folder]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// How it behaves where the service's contract is not known.
    #[command(flatten)]
    pub switches: nameplate_sandbox::Switches,
}

/// `collect`.
#[derive(Debug, Args)]
pub struct Collect {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// Where boards are.
    #[command(flatten)]
    pub links: Links,
}

/// `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// The file's form
    #[arg(long, value_enum, default_value = "csv")]
    pub format: ExportForm,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    pub force: bool,
}

/// What is written of a batch.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ExportForm {
    /// One CSV with everything
    Csv,
    /// That CSV in a ZIP
    CsvZip,
    /// A ZIP of certificate requests, each in PEM
    CsrZip,
    /// What the next department needs of each board that is done, signed with the bench's key
    Handover,
}

/// `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// The file: .csv or .zip
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The service that it is for [default: the configuration's, or device-trust-manager]
    #[arg(long, value_enum)]
    pub service: Option<CheckedService>,
    /// Where keys are made [default: client where there is a column csr, otherwise server]
    #[arg(long, value_enum)]
    pub keys: Option<CheckedKeys>,
    /// The policy's CSV template: its columns, in its order
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// A configuration, for its service, its key generation and its ranges of MAC addresses
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// List every finding, not only the first 20 of a kind
    #[arg(long)]
    pub all: bool,
    /// Of a handover: the certificate of the bench that must have signed it, in PEM
    #[arg(long, value_name = "FILE")]
    pub signer: Option<PathBuf>,
    /// Warnings count as errors
    #[arg(long)]
    pub strict: bool,
}

/// The service that a checked file is for, as in the configuration.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CheckedService {
    /// Device Trust Manager
    DeviceTrustManager,
    /// IoT Trust Manager
    IotTrustManager,
}

/// Where the keys of a checked file are made, as in the configuration.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CheckedKeys {
    /// On the devices: each row has its certificate request
    Client,
    /// By the service
    Server,
}

/// `submit`.
#[derive(Debug, Args)]
pub struct Submit {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// Make several jobs of it, of even sizes: N, or without a number as few as the service's limit allows
    #[arg(long, value_name = "N", num_args = 0..=1, value_parser = clap::value_parser!(u32).range(1..=1000),
        conflicts_with_all = ["data", "mac_sequence"])]
    pub split: Option<Option<u32>>,
    /// Submit the boards that failed once more, as a further job
    #[arg(long, conflicts_with_all = ["data", "mac_sequence"])]
    pub rework: bool,
    /// What is submitted, where it is not the batch's boards.
    #[command(flatten)]
    pub data: Data,
    /// How to settle an interrupted submission.
    #[command(flatten)]
    pub settle: Settle,
}

/// What is submitted, where it is not the batch's boards.
#[derive(Clone, Debug, Default, Args)]
pub struct Data {
    /// A data file, .csv or .zip, instead of boards: checked first, and copied into the batch's folder
    #[arg(long, value_name = "FILE", conflicts_with = "mac_sequence")]
    pub data: Option<PathBuf>,
    /// The first MAC address of a sequence that the service counts (IoT Trust Manager), instead of boards
    #[arg(long, value_name = "MAC", requires_all = ["count", "increment"])]
    pub mac_sequence: Option<String>,
    /// How many addresses; at most 500,000
    #[arg(long, value_name = "N", requires = "mac_sequence")]
    pub count: Option<u64>,
    /// From each to the next, in decimal
    #[arg(long, value_name = "N", requires = "mac_sequence")]
    pub increment: Option<u64>,
}

/// How to settle a submission whose answer was lost, where the service can't be asked.
#[derive(Clone, Debug, Default, Args)]
pub struct Settle {
    /// The interrupted submission did make this job
    #[arg(long, value_name = "ID", conflicts_with = "again")]
    pub job_id: Option<String>,
    /// The interrupted submission made no job (you looked): submit again
    #[arg(long)]
    pub again: bool,
}

/// `status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// Wait until the job has ended
    #[arg(long)]
    pub wait: bool,
}

/// `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// The file to write [default: report.csv in the batch's folder]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `jobs`.
#[derive(Debug, Args)]
pub struct Jobs {
    /// Which batch: its configuration names the service.
    #[command(flatten)]
    pub batch: Batch,
    /// Only those with exactly this name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// At most so many of all
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = most_jobs, conflicts_with = "name")]
    pub most: usize,
}

fn most_jobs(text: &str) -> Result<usize, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| "1 to 10000 are".to_owned())
}

/// `certificates`.
#[derive(Debug, Args)]
pub struct Certificates {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// The file to write; without an extension, it gets the one of what it holds
    /// [default: certificates.zip, .json, .p7m or .pgp in the batch's folder]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `deliver`.
#[derive(Debug, Args)]
pub struct Deliver {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// Where boards are.
    #[command(flatten)]
    pub places: Places,
    /// Put this batch's certificate in the place of another one that a board has
    #[arg(long)]
    pub replace: bool,
}

/// `identify`.
#[derive(Debug, Args)]
pub struct Identify {
    /// The board's name, or its MAC address
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Which batch: its configuration says where boards are.
    #[command(flatten)]
    pub batch: Batch,
    /// Where boards are.
    #[command(flatten)]
    pub places: Places,
    /// For how long
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..))]
    pub seconds: u8,
}

/// `labels`.
#[derive(Debug, Args)]
pub struct Labels {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// Only these boards, by name or MAC address [default: all]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// The files' form
    #[arg(long, value_enum, default_value = "pdf")]
    pub format: LabelForm,
    /// The labels
    #[arg(long, value_name = "SIZE", default_value = "l7651")]
    pub size: labels::Size,
    /// The first free place of the first sheet, from 1, row by row
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub start: u16,
    /// The PDF, or the folder of SVG files [default: labels.pdf or labels in the batch's folder]
    #[arg(long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Replace files that are there
    #[arg(long)]
    pub force: bool,
}

/// What labels are written as.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LabelForm {
    /// Sheets, or a page a label
    Pdf,
    /// A file a board
    Svg,
}

/// `scan`.
#[derive(Debug, Args)]
pub struct Scan {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// Each board of the batch must be scanned; those that were not are listed at the end
    #[arg(long)]
    pub all: bool,
}

/// `template`.
#[derive(Debug, Args)]
pub struct Template {
    /// Which batch: its configuration names the policy or profile.
    #[command(flatten)]
    pub batch: Batch,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// Where boards are.
    #[command(flatten)]
    pub links: Links,
    /// Submit the boards that failed once more, as a further job
    #[arg(long)]
    pub rework: bool,
}

/// `mac-sequence`.
#[derive(Debug, Args)]
pub struct MacSequence {
    /// The first address: XX:XX:XX:XX:XX:XX or XX-XX-XX-XX-XX-XX
    #[arg(long, value_name = "MAC")]
    pub start: String,
    /// How many; at most 500,000
    #[arg(long, value_name = "N")]
    pub count: u64,
    /// From each to the next, in decimal
    #[arg(long, value_name = "N")]
    pub increment: u64,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// `decrypt`.
#[derive(Debug, Args)]
pub struct Decrypt {
    /// What the service sent: CMS (DER, BER, PEM, base64, S/MIME) or OpenPGP
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The private key, which only you may read
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The certificate or OpenPGP key that was submitted; tells a wrong key from a damaged file
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
    /// The key's passphrase: the first line of a file that only you may read
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// The file to write; only you will be able to read it
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    pub force: bool,
}
