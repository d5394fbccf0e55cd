//! What a report's columns may be called. All of it is a guess, so all of it is a setting.

use serde::Deserialize;

/// How the columns may be called, whatever their case, with blanks, dots and hyphens as underscores.
/// The first name that the report has counts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportColumns {
    /// The device's name.
    pub name: Vec<String>,
    /// The certificate's common name.
    pub common_name: Vec<String>,
    /// How the row fared.
    pub status: Vec<String>,
    /// Why.
    pub message: Vec<String>,
    /// The certificate's serial number.
    pub serial: Vec<String>,
}

impl Default for ReportColumns {
    fn default() -> Self {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            name: all(&["device_name", "name", "device", "device_identifier"]),
            common_name: all(&["subject.common_name", "common_name", "cn"]),
            status: all(&[
                "status",
                "result",
                "outcome",
                "state",
                "enrollment_status",
                "registration_status",
            ]),
            message: all(&[
                "message",
                "error",
                "error_message",
                "reason",
                "failure_reason",
                "errors",
                "error_description",
                "details",
                "description",
            ]),
            serial: all(&[
                "serial_number",
                "serial",
                "certificate_serial_number",
                "certificate_serial",
            ]),
        }
    }
}

/// A name or word in the form it is compared in.
pub(super) fn normal(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '.', '-'], "_")
}
