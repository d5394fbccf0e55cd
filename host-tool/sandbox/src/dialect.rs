//! The two services that a sandbox speaks as, each under its own path.

use serde::{Deserialize, Serialize};

use crate::switches::Switches;

/// Which of the two services a request or a job is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Dialect {
    /// Device Trust Manager: batch device registration.
    #[default]
    DeviceTrustManager,
    /// IoT Trust Manager: batch certificate enrolment.
    IotTrustManager,
}

impl Dialect {
    /// The switches as this service has them.
    pub(crate) fn switches(self, switches: &Switches) -> Switches {
        let mut own = switches.clone();
        if self == Dialect::IotTrustManager {
            own.required_columns
                .clone_from(&switches.iot_required_columns);
        }
        own
    }
}
