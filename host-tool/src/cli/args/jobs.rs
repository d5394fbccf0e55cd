//! The arguments of what is done at the service: `submit`, `status`, `report`, `jobs`, `certificates`, `template`.

use std::path::PathBuf;

use clap::Args;

use super::Batch;

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
