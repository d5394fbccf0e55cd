//! What the fields of IoT Trust Manager's create request are called, as settings.
//!
//! The guide names `certificate` only (S), and that a MAC sequence has a start, a number and an increment; two names were found elsewhere
//! (F), the rest is guessed (G).

use serde::Deserialize;

use super::settings::SettingsError;

/// Greatest length of a field's name, in bytes.
const MAX_NAME: usize = 100;

/// What the fields are called.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    /// The job's name (G).
    pub name: String,
    /// The enrolment profile's id (G).
    pub enrollment_profile_id: String,
    /// The data file (G).
    pub data: String,
    /// What private keys and certificates are encrypted for, base64 (S).
    pub certificate: String,
    /// What certificates come in (F).
    pub certificate_format: String,
    /// Whether each comes with its chain (F).
    pub include_full_chain: String,
    /// The type of keys that the service makes (G).
    pub key_type: String,
    /// Whether the service makes the keys, as `true` or `false` (G). Not sent where empty: the profile says it.
    pub server_side_key_gen: String,
    /// The first MAC address of a sequence (G).
    pub mac_start: String,
    /// How many there are (G).
    pub mac_count: String,
    /// From each to the next (G).
    pub mac_increment: String,
    /// Who is told when the job has ended (G).
    pub emails: String,
}

impl Default for Fields {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            name: text("name"),
            enrollment_profile_id: text("enrollment_profile_id"),
            data: text("data"),
            certificate: text("certificate"),
            certificate_format: text("certificate_format"),
            include_full_chain: text("include_full_chain_with_each_certificate"),
            key_type: text("key_type"),
            server_side_key_gen: String::new(),
            mac_start: text("mac_address_start"),
            mac_count: text("mac_address_count"),
            mac_increment: text("mac_address_increment"),
            emails: text("emails"),
        }
    }
}

impl Fields {
    /// Makes sure that every name can stand in a form as it is, and that no two are the same.
    ///
    /// # Errors
    /// [`SettingsError::Value`] with the setting.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let all = [
            ("service.fields.name", &self.name),
            (
                "service.fields.enrollment_profile_id",
                &self.enrollment_profile_id,
            ),
            ("service.fields.data", &self.data),
            ("service.fields.certificate", &self.certificate),
            (
                "service.fields.certificate_format",
                &self.certificate_format,
            ),
            (
                "service.fields.include_full_chain",
                &self.include_full_chain,
            ),
            ("service.fields.key_type", &self.key_type),
            (
                "service.fields.server_side_key_gen",
                &self.server_side_key_gen,
            ),
            ("service.fields.mac_start", &self.mac_start),
            ("service.fields.mac_count", &self.mac_count),
            ("service.fields.mac_increment", &self.mac_increment),
            ("service.fields.emails", &self.emails),
        ];
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        for (index, (setting, name)) in all.iter().enumerate() {
            let may_be_empty = *setting == "service.fields.server_side_key_gen";
            if name.is_empty() && may_be_empty {
                continue;
            }
            if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(allowed) {
                return Err(SettingsError::value(
                    setting,
                    "it must be a field's name: letters, digits, '-', '_' and '.', at most 100 of them",
                ));
            }
            if all.iter().take(index).any(|(_, other)| other == name) {
                return Err(SettingsError::value(
                    setting,
                    format!("another field is called {name} too"),
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_break_the_form_are_refused() {
        Fields::default().check().unwrap();
        for bad in ["", "a\"b", "a\r\nb", "a b", "name", "é"] {
            let fields = Fields {
                mac_start: bad.to_owned(),
                ..Fields::default()
            };
            let error = fields.check().unwrap_err().to_string();
            assert!(error.contains("service.fields."), "{error}");
        }
        let fields: Fields =
            toml::from_str("mac_start = \"start\"\nserver_side_key_gen = \"server\"").unwrap();
        fields.check().unwrap();
        assert_eq!(fields.certificate, "certificate");
        assert!(toml::from_str::<Fields>("mac_begin = \"x\"").is_err());
    }
}
