//! What the file is to be held to.

use crate::config::MacRange;

/// Which service the file is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Service {
    /// Device Trust Manager.
    #[default]
    DeviceTrustManager,
    /// IoT Trust Manager.
    IotTrustManager,
}

/// Where keys are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// On the devices: each row has its request.
    Client,
    /// By the service.
    Server,
}

impl Keys {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// What the file is to be held to.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which service it is for.
    pub service: Service,
    /// Where keys are made; by the column `csr` where not given.
    pub keys: Option<Keys>,
    /// The columns of the policy's template.
    pub template: Option<Vec<String>>,
    /// Ranges of MAC addresses; all where empty.
    pub mac_ranges: Vec<MacRange>,
}
