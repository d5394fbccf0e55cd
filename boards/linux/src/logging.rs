//! Log lines, to standard error only: standard output and the serial line are never touched by them.

use std::io::{IsTerminal as _, stderr};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Environment variable that says what is logged where `--log` is not given.
const VARIABLE: &str = "RUST_LOG";

/// Begins to log what `filter` lets pass; without one, what `RUST_LOG` says, and otherwise from `info` on.
///
/// `Targets` and not `EnvFilter`: that one holds megabytes of regular expressions, and hundreds of these processes
/// run on one bench.
pub fn start(filter: Option<Targets>) {
    let filter = filter.unwrap_or_else(from_environment);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(stderr)
        .with_target(false)
        .with_ansi(stderr().is_terminal());
    // It fails only where logging was started before, as in tests.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .try_init();
}

/// What the variable holds may be meant for other programs: where it can't be read, it is no reason not to start.
fn from_environment() -> Targets {
    std::env::var(VARIABLE)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO))
}
