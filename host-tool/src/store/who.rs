//! Who does a step, and when: what every row of the log says.

use std::time::{SystemTime, UNIX_EPOCH};

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
        let actor = match std::env::var("USER").or_else(|_| std::env::var("LOGNAME")) {
            Ok(name) if !name.is_empty() => format!("{number} ({name})"),
            _ => number.to_string(),
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
