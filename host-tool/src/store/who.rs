//! Who does a step, and when: what every row of the log says.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::service::words::printable;

/// The environment variable with the name of whoever stands at the bench.
const OPERATOR: &str = "NAMEPLATE_OPERATOR";
/// Greatest length of that name, in characters.
const MAX_OPERATOR: usize = 64;

/// The bench and the person (or account) behind a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The machine's name.
    pub station: String,
    /// The account: its number, and its name where the environment tells it.
    pub actor: String,
}

impl Who {
    /// This machine and the account this process runs under.
    pub fn here() -> Self {
        let station = rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned();
        let number = rustix::process::getuid().as_raw();
        // The number is the fact; the name is what the environment claims.
        let account = match std::env::var("USER").or_else(|_| std::env::var("LOGNAME")) {
            Ok(name) if !name.is_empty() => format!("{number} ({name})"),
            _ => number.to_string(),
        };
        // Many people work under one account at a bench; who it is they say themselves.
        let actor = match std::env::var(OPERATOR).map(|name| printable(&name, MAX_OPERATOR)) {
            Ok(name) if !name.is_empty() => format!("{name}, account {account}"),
            _ => account,
        };
        Self { station, actor }
    }
}

/// Milliseconds since 1970 by the machine's clock. Nothing depends on it going forward.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
