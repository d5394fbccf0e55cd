//! The create request's form: which fields there are, and what each may hold.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Refusal;
use super::form_iot;
use crate::dialect::Dialect;
use crate::jobs::{Keys, Order};
use crate::seal::Recipient;
use crate::switches::{JobTypePlace, Presence, Switches};
use crate::tenant::Policy;

/// The only kind of job that this dialect has.
pub(super) const JOB_TYPE: &str = "device_registration";
/// The file's field.
pub(super) const DATA: &str = "data";
/// The longest text value, bytes. A certificate fits.
pub(super) const LONGEST_VALUE: usize = 64 * 1024;

const TEXT_FIELDS: [&str; 10] = [
    "name",
    "device_group_id",
    "certificate_policy_id",
    "server_side_key_gen",
    "key_type",
    "encryption_certificate",
    "emails",
    "external_emails",
    "passcode_generation_option",
    "passcode",
];
const KEY_TYPES: [&str; 7] = [
    "RSA_2048", "RSA_3072", "RSA_4096", "P_256", "P_384", "P_521", "ED_25519",
];

/// The fields received so far.
#[derive(Default)]
pub(super) struct Form {
    texts: BTreeMap<String, String>,
    pub(super) file_name: Option<String>,
}

impl Form {
    /// Refuses a field that the service does not know or has had before.
    pub(super) fn admit(
        &self,
        name: &str,
        dialect: Dialect,
        switches: &Switches,
    ) -> Result<(), Refusal> {
        let known = match dialect {
            Dialect::DeviceTrustManager => {
                let job_type = name == "job_type" && switches.job_type != JobTypePlace::Query;
                job_type || TEXT_FIELDS.contains(&name)
            }
            Dialect::IotTrustManager => form_iot::TEXT_FIELDS.contains(&name),
        };
        if !(known || name == DATA) {
            return Err(Refusal::invalid(format!("{name}: unknown field")));
        }
        let repeated = self.texts.contains_key(name) || (name == DATA && self.file_name.is_some());
        if repeated {
            return Err(Refusal::invalid(format!("{name}: sent more than once")));
        }
        Ok(())
    }

    pub(super) fn add_text(&mut self, name: String, value: String) {
        self.texts.insert(name, value);
    }

    pub(super) fn add_file(&mut self, file_name: String) {
        self.file_name = Some(file_name);
    }

    /// Checks all fields together.
    pub(super) fn order(
        mut self,
        job_type_in_query: Option<&str>,
        policy: &Policy,
        switches: &Switches,
    ) -> Result<Order, Refusal> {
        self.check_job_type(job_type_in_query, switches)?;
        let name = self.required("name")?;
        let device_group_id = self.required("device_group_id")?;
        check_id(
            "device_group_id",
            "",
            &device_group_id,
            &policy.device_group_id,
        )?;
        let certificate_policy_id = match switches.policy_id {
            Presence::Required => self.required("certificate_policy_id")?,
            Presence::Optional => self
                .texts
                .remove("certificate_policy_id")
                .unwrap_or_else(|| policy.certificate_policy_id.clone()),
        };
        check_id(
            "certificate_policy_id",
            "IOT_",
            &certificate_policy_id,
            &policy.certificate_policy_id,
        )?;
        let (keys, recipient) = self.check_keys()?;
        let file_name = self
            .file_name
            .take()
            .ok_or_else(|| Refusal::invalid("data: missing"))?;
        Ok(Order {
            name,
            device_group_id,
            certificate_policy_id,
            file_name,
            keys,
            recipient,
            key_type: self.texts.get("key_type").cloned(),
            ..Order::default()
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.texts.contains_key(name)
    }

    pub(super) fn optional(&mut self, name: &str) -> Option<String> {
        self.texts.remove(name)
    }

    pub(super) fn required(&mut self, name: &str) -> Result<String, Refusal> {
        match self.texts.remove(name) {
            None => Err(Refusal::invalid(format!("{name}: missing"))),
            Some(value) if value.trim().is_empty() => {
                Err(Refusal::invalid(format!("{name}: empty")))
            }
            Some(value) => Ok(value),
        }
    }

    fn check_job_type(
        &mut self,
        in_query: Option<&str>,
        switches: &Switches,
    ) -> Result<(), Refusal> {
        let in_form = self.texts.remove("job_type");
        let value = match switches.job_type {
            JobTypePlace::Query => in_query,
            JobTypePlace::Form => in_form.as_deref(),
            JobTypePlace::Either => in_query.or(in_form.as_deref()),
        };
        check_job_type(value)
    }

    fn check_keys(&mut self) -> Result<(Keys, Option<Recipient>), Refusal> {
        let keys = match self.required("server_side_key_gen")?.as_str() {
            "false" => Keys::Client,
            "true" => Keys::Server,
            _ => {
                return Err(Refusal::invalid(
                    "server_side_key_gen: neither true nor false",
                ));
            }
        };
        let recipient = match (keys, self.optional("encryption_certificate")) {
            (Keys::Client, None) => None,
            (Keys::Client, Some(_)) => {
                return Err(Refusal::invalid(
                    "encryption_certificate: only with server_side_key_gen true",
                ));
            }
            (Keys::Server, None) => {
                return Err(Refusal::invalid(
                    "encryption_certificate: missing, and server_side_key_gen is true",
                ));
            }
            (Keys::Server, Some(text)) => Some(check_encryption("encryption_certificate", &text)?),
        };
        match self.texts.get("key_type") {
            Some(value) if !KEY_TYPES.contains(&value.to_uppercase().as_str()) => Err(
                Refusal::invalid(format!("key_type: {value:?} is not one of {KEY_TYPES:?}")),
            ),
            _ => Ok((keys, recipient)),
        }
    }
}

/// A PEM certificate or an armored PGP public key, as far as the outside goes.
pub(super) fn check_encryption(field: &str, text: &str) -> Result<Recipient, Refusal> {
    let armored = |what: &str| {
        let text = text.trim();
        text.starts_with(&format!("-----BEGIN {what}-----"))
            && text.ends_with(&format!("-----END {what}-----"))
    };
    if armored("CERTIFICATE") {
        Ok(Recipient::Certificate(text.to_owned()))
    } else if armored("PGP PUBLIC KEY BLOCK") {
        Ok(Recipient::OpenPgp(text.to_owned()))
    } else {
        Err(Refusal::invalid(format!(
            "{field}: neither a PEM certificate nor a PGP public key"
        )))
    }
}

/// Also used on the query alone, before the body is read.
pub(super) fn check_job_type(value: Option<&str>) -> Result<(), Refusal> {
    match value {
        None => Err(Refusal::invalid("job_type: missing")),
        Some(JOB_TYPE) => Ok(()),
        Some(other) => Err(Refusal::invalid(format!(
            "job_type: {other:?} is not {JOB_TYPE}"
        ))),
    }
}

pub(super) fn check_id(field: &str, prefix: &str, value: &str, ours: &str) -> Result<(), Refusal> {
    let uuid = value.strip_prefix(prefix).map(Uuid::try_parse);
    if !matches!(uuid, Some(Ok(_))) {
        return Err(Refusal::invalid(format!(
            "{field}: {value:?} is not {prefix}<uuid>"
        )));
    }
    if value.eq_ignore_ascii_case(ours) {
        Ok(())
    } else {
        Err(Refusal::not_found(format!("{field}: there is no {value}")))
    }
}
