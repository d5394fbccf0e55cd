//! The arguments of what is done while boards are packed: `labels` and `scan`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Batch;
use crate::labels;

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
