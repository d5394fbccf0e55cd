//! The `[delivery]` section.

use serde::Deserialize;

/// What is done when a board gets its certificate.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// The board is locked once it has proved its key. That can't be undone.
    pub lock: bool,
}
