//! Checks everything that can be known before the first board comes, and says what to do about what is wrong.
//!
//! One file a group of checks; each gives [`Finding`]s and goes on whatever another group found. Changes nothing on the bench and at
//! the service. A check that could not be made says so, and is no pass.

mod access;
mod clock;
mod configuration;
mod dates;
mod finding;
mod folder;
mod holders;
mod network;
mod ports;
mod records;
mod secrets;
mod service;
mod space;
mod usb;

use std::path::PathBuf;
use std::time::SystemTime;

pub use finding::{Counts, Finding, Level};

use crate::commands::Setup;

/// The bench that is looked at.
pub struct Bench<'a> {
    /// Its folder and configuration.
    pub setup: &'a Setup,
    /// Whether there is a file of the configuration.
    pub configured: bool,
    /// The arguments that name this bench, for commands that are to be copied: `--batch line-3`.
    pub arguments: String,
    /// What time it is.
    pub now: SystemTime,
    /// Where the system tells of itself.
    pub system: System,
}

/// Where the system tells of itself; other places in tests.
pub struct System {
    /// `/sys`.
    pub sys: PathBuf,
    /// `/proc`.
    pub proc: PathBuf,
    /// `/etc`.
    pub etc: PathBuf,
}

impl Default for System {
    fn default() -> Self {
        Self {
            sys: "/sys".into(),
            proc: "/proc".into(),
            etc: "/etc".into(),
        }
    }
}

/// Makes every check, and tells what each found as soon as it is known.
pub fn examine(bench: &Bench<'_>, offline: bool, tell: &mut dyn FnMut(Finding)) {
    let groups = [
        configuration::look,
        folder::look,
        records::look,
        ports::look,
        network::look,
        secrets::look,
        dates::look,
        clock::look,
    ];
    for group in groups {
        group(bench).into_iter().for_each(&mut *tell);
    }
    service::look(bench, offline).into_iter().for_each(tell);
}

/// What can be looked at where the configuration can't be read.
pub fn examine_without_configuration(bench: &Bench<'_>, tell: &mut dyn FnMut(Finding)) {
    folder::look(bench).into_iter().for_each(tell);
}

/// An error with its causes, on one line.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // Some libraries repeat their source in their own text.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    crate::service::words::printable(&text, 600)
}
