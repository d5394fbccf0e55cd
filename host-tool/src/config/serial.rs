//! The `[serial]` section.

use serde::Deserialize;

/// Serial ports.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Serial {
    /// Paths, or patterns of paths with `*` and `?`.
    pub ports: Vec<String>,
    /// Symbols a second; the form is always 8N1 without flow control.
    pub baud: u32,
}

impl Default for Serial {
    fn default() -> Self {
        Self {
            ports: Vec::new(),
            baud: 115_200,
        }
    }
}
