//! Which of a batch's jobs something is about: in words, in events, and in the names of files.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::store::Job;
use crate::submission::{part_name, round_stem};

/// `part 1 of 3: `, `rework 1: `, or nothing where there is one job only.
pub(super) fn part_words(job: &Job) -> String {
    let which = which(job);
    if which.is_empty() {
        which
    } else {
        format!("{which}: ")
    }
}

/// The same as a name; empty where there is one job only.
pub(super) fn which(job: &Job) -> String {
    let part = (job.parts > 1).then(|| format!("part {} of {}", job.part, job.parts));
    let round = (job.round > 1).then(|| format!("rework {}", job.round - 1));
    let words: Vec<_> = round.into_iter().chain(part).collect();
    words.join(", ")
}

/// An event with the part and the round it is about, where there are several.
pub(super) fn with_part(mut event: serde_json::Value, job: &Job) -> serde_json::Value {
    if let Some(fields) = event.as_object_mut() {
        if job.parts > 1 {
            fields.insert("part".to_owned(), json!(job.part));
            fields.insert("parts".to_owned(), json!(job.parts));
        }
        if job.round > 1 {
            fields.insert("rework".to_owned(), json!(job.round - 1));
        }
    }
    event
}

/// Where a job's file goes: `report.csv`, `report-1-of-3.csv` where there are several, `report-rework-1.csv` in a later round.
pub(super) fn part_path(path: &Path, job: &Job) -> PathBuf {
    if job.parts == 1 && job.round == 1 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let stem = round_stem(&stem, job.round);
    let mut name = part_name(&stem, job.part.into(), job.parts.into());
    if let Some(extension) = path.extension() {
        name.push('.');
        name.push_str(&extension.to_string_lossy());
    }
    path.with_file_name(name)
}
