//! The arguments of what is done with boards that are there: `collect`, `deliver`, `identify`, `run`.

use clap::Args;

use super::{Batch, Links, Places, Views};

/// `collect`.
#[derive(Debug, Args)]
pub struct Collect {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// Where boards are.
    #[command(flatten)]
    pub links: Links,
    /// How the bench is shown.
    #[command(flatten)]
    pub views: Views,
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
    /// How the bench is shown.
    #[command(flatten)]
    pub views: Views,
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
    /// How the bench is shown.
    #[command(flatten)]
    pub views: Views,
}
