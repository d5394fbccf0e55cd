//! The create request of IoT Trust Manager. Its guide names the field `certificate` only; the names of the others are
//! guesses, which `--iot-field` changes.

use base64ct::{Base64, Encoding};

use super::Refusal;
use super::form::{Form, check_encryption, check_id};
use crate::dialect::Dialect;
use crate::jobs::{Keys, MacSequence, Order};
use crate::seal::Recipient;
use crate::tenant::Policy;

/// The fields, beside the file.
pub(super) const TEXT_FIELDS: [&str; 10] = [
    "name",
    "enrollment_profile_id",
    "certificate",
    "certificate_format",
    "include_full_chain_with_each_certificate",
    "key_type",
    "mac_address_start",
    "mac_address_count",
    "mac_address_increment",
    "emails",
];
const FORMATS: [&str; 3] = ["pem", "der", "json"];
const KEY_TYPES: [&str; 7] = [
    "rsa_2048", "rsa_3072", "rsa_4096", "p_256", "p_384", "p_521", "ed_25519",
];
/// Greatest number of certificates of one sequence (S).
const MAX_SEQUENCE: u32 = 500_000;

impl Form {
    /// Checks all fields together.
    pub(super) fn iot_order(mut self, policy: &Policy) -> Result<Order, Refusal> {
        let name = self.required("name")?;
        let profile = self.required("enrollment_profile_id")?;
        check_id(
            "enrollment_profile_id",
            "",
            &profile,
            &policy.enrollment_profile_id,
        )?;
        let format = self.required("certificate_format")?;
        if !FORMATS.contains(&format.as_str()) {
            return Err(Refusal::invalid(format!(
                "certificate_format: {format:?} is not one of {FORMATS:?}; smpb is not made by this sandbox"
            )));
        }
        let full_chain = match self
            .optional("include_full_chain_with_each_certificate")
            .as_deref()
        {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                return Err(Refusal::invalid(
                    "include_full_chain_with_each_certificate: neither true nor false",
                ));
            }
        };
        let key_type = self.optional("key_type");
        match &key_type {
            Some(value) if !KEY_TYPES.contains(&value.as_str()) => {
                return Err(Refusal::invalid(format!(
                    "key_type: {value:?} is not one of {KEY_TYPES:?}"
                )));
            }
            _ => {}
        }
        let recipient = self.iot_recipient()?;
        let keys = recipient.as_ref().map_or(Keys::Client, |_| Keys::Server);
        let sequence = self.sequence()?;
        let file_name = match (self.file_name.take(), sequence.is_some()) {
            (Some(_), true) => {
                return Err(Refusal::invalid("data: not together with a MAC sequence"));
            }
            (None, false) => return Err(Refusal::invalid("data: missing")),
            (None, true) if keys == Keys::Client => {
                return Err(Refusal::invalid(
                    "certificate: missing, and a MAC sequence needs it",
                ));
            }
            (file_name, _) => file_name,
        };
        Ok(Order {
            dialect: Dialect::IotTrustManager,
            name,
            enrollment_profile_id: profile,
            certificate_format: Some(format),
            full_chain,
            keys,
            recipient,
            key_type,
            sequence,
            file_name: file_name.unwrap_or_default(),
            ..Order::default()
        })
    }

    /// Whom the service's keys are for: only they need a certificate.
    fn iot_recipient(&mut self) -> Result<Option<Recipient>, Refusal> {
        let Some(encoded) = self.optional("certificate") else {
            return Ok(None);
        };
        let decoded = Base64::decode_vec(&encoded)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| Refusal::invalid("certificate: not base64 of a text"))?;
        check_encryption("certificate", &decoded).map(Some)
    }

    /// The MAC sequence, where one is asked for; it must be whole.
    fn sequence(&mut self) -> Result<Option<MacSequence>, Refusal> {
        let names = [
            "mac_address_start",
            "mac_address_count",
            "mac_address_increment",
        ];
        let any = names.iter().any(|name| self.has(name));
        if !any {
            return Ok(None);
        }
        let [start, count, increment] = names;
        let start = self.required(start)?;
        let count: u32 = number(count, &self.required(count)?)?;
        let increment: u64 = number(increment, &self.required(increment)?)?;
        let start = address(&start).ok_or_else(|| {
            Refusal::invalid(format!(
                "mac_address_start: {start:?} is not XX:XX:XX:XX:XX:XX or XX-XX-XX-XX-XX-XX"
            ))
        })?;
        if count == 0 || count > MAX_SEQUENCE || increment == 0 {
            return Err(Refusal::invalid(format!(
                "a MAC sequence has 1 to {MAX_SEQUENCE} addresses and an increment from 1 on"
            )));
        }
        Ok(Some(MacSequence {
            start,
            count,
            increment,
        }))
    }
}

fn address(text: &str) -> Option<u64> {
    let octets: Vec<&str> = text.split([':', '-']).collect();
    let good = |octet: &&str| octet.len() == 2 && octet.bytes().all(|b| b.is_ascii_hexdigit());
    let mixed = text.contains(':') && text.contains('-');
    if octets.len() != 6 || !octets.iter().all(good) || mixed {
        return None;
    }
    u64::from_str_radix(&octets.concat(), 16).ok()
}

fn number<N: std::str::FromStr>(name: &str, text: &str) -> Result<N, Refusal> {
    text.parse()
        .map_err(|_| Refusal::invalid(format!("{name}: {text:?} is no number")))
}
