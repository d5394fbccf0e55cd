//! The `[certificates]` section: what the certificates of devices must lead to.

use std::path::PathBuf;

use serde::Deserialize;

/// What certificates that come back are held against.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Certificates {
    /// The roots that they must lead to, PEM or DER.
    pub root: Option<PathBuf>,
    /// What may stand between, where the service does not send it with them, PEM or DER.
    pub intermediates: Option<PathBuf>,
}
