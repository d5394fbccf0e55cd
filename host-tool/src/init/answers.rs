//! What was answered, as plain values that were looked at: each is one line without control characters, and what has a form has it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::InitError;
use crate::columns::{Plan, RequestSettings};
use crate::config::{Kind, Templates};
use crate::link::serial::expand;
use crate::service::{self, Credential, Settings, Target};

/// Greatest length of an answer, in characters: nobody types more.
const MAX_ANSWER: usize = 500;

/// What a configuration is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Which service.
    pub kind: Kind,
    /// Its address.
    pub url: String,
    /// How the bench signs in.
    pub sign_in: SignIn,
    /// Roots of a private instance.
    pub ca_file: Option<String>,
    /// Device Trust Manager: the group. What is `None` is left to be filled in.
    pub device_group_id: Option<String>,
    /// Device Trust Manager: the policy.
    pub certificate_policy_id: Option<String>,
    /// IoT Trust Manager: the profile.
    pub enrollment_profile_id: Option<String>,
    /// Seconds between two looks at a job; the service's usual ones where `None`.
    pub poll_seconds: Option<u64>,
    /// What device certificates must lead to.
    pub root: Option<String>,
    /// What stands between them.
    pub intermediates: Option<String>,
    /// The organization in certificates: as it is, no pattern.
    pub organization: Option<String>,
    /// The pattern of the common name.
    pub common_name: String,
    /// The pattern of the DNS name; no such name where `None`.
    pub dns_name: Option<String>,
    /// Ports, or patterns of them.
    pub ports: Vec<String>,
    /// Where boards dial in.
    pub listen: Option<SocketAddr>,
}

/// Where the secret is; never the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// An API key in this environment variable.
    Variable(String),
    /// An API key in this file.
    File(String),
    /// A TLS client certificate and its private key.
    Certificate {
        /// The certificate's file.
        certificate: String,
        /// The key's file.
        key: String,
    },
}

/// The variable that a bench's API key is looked for in, unless another one is named.
pub const VARIABLE: &str = "NAMEPLATE_API_KEY";
/// The service's usual address.
pub const URL: &str = "https://one.digicert.com";

impl Default for Answers {
    fn default() -> Self {
        Self {
            kind: Kind::default(),
            url: URL.to_owned(),
            sign_in: SignIn::Variable(VARIABLE.to_owned()),
            ca_file: None,
            device_group_id: None,
            certificate_policy_id: None,
            enrollment_profile_id: None,
            poll_seconds: None,
            root: None,
            intermediates: None,
            organization: None,
            common_name: "{name}".to_owned(),
            dns_name: None,
            ports: usual_ports(),
            listen: None,
        }
    }
}

impl Answers {
    /// The settings that somebody must fill in before anything can be submitted.
    pub fn missing(&self) -> Vec<&'static str> {
        let ids: &[_] = match self.kind {
            Kind::DeviceTrustManager => &[
                ("service.device_group_id", &self.device_group_id),
                ("service.certificate_policy_id", &self.certificate_policy_id),
            ],
            Kind::IotTrustManager => {
                &[("service.enrollment_profile_id", &self.enrollment_profile_id)]
            }
        };
        let missing = ids.iter().filter(|(_, id)| id.is_none());
        missing.map(|(setting, _)| *setting).collect()
    }
}

/// The ports of most boards on USB.
pub fn usual_ports() -> Vec<String> {
    vec!["/dev/ttyACM*".to_owned(), "/dev/ttyUSB*".to_owned()]
}

/// One line of text.
pub(super) fn plain(text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        return Err("it must be one line without control characters".to_owned());
    }
    if text.chars().count() > MAX_ANSWER {
        return Err(format!("it is longer than {MAX_ANSWER} characters"));
    }
    Ok(())
}

/// The service's address, as the service's client takes it.
pub(super) fn url(text: &str) -> Result<(), String> {
    plain(text)?;
    let target = Target::DeviceTrustManager {
        device_group_id: "none".to_owned(),
        certificate_policy_id: "none".to_owned(),
    };
    // Nothing is connected to, so nothing is sent of what stands in the place of a key here.
    let settings = Settings::new(text, Credential::ApiKey("none".into()), target);
    match service::connect(&settings) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string().replace("service.url: ", "")),
    }
}

/// The name of a variable. Who pastes the key itself is told at once.
pub(super) fn variable(text: &str) -> Result<(), String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if begins && text.len() <= 64 && text.bytes().all(is_name) {
        return Ok(());
    }
    Err(format!(
        "this is no name of a variable, such as {VARIABLE}. The key itself is never typed here"
    ))
}

/// A pattern that names can be made of.
pub(super) fn common_name(text: &str) -> Result<(), String> {
    plain(text)?;
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    if !text.contains("{name}") && !text.contains("{mac") {
        return Err(
            "every board would have the same name: {name}, {mac} or {mac_plain} must stand in it"
                .to_owned(),
        );
    }
    let columns = [("subject.common_name", text), ("device_name", text)];
    let columns: IndexMap<_, _> = columns
        .into_iter()
        .map(|(name, text)| (name.to_owned(), Templates::One(text.to_owned())))
        .collect();
    Plan::new(&columns, &RequestSettings::default())
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Ports and patterns, with spaces or commas between them; `none` for none.
pub(super) fn ports(text: &str) -> Result<Vec<String>, String> {
    plain(text)?;
    if text.trim() == "none" {
        return Ok(Vec::new());
    }
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    let ports: Vec<_> = words.map(str::to_owned).collect();
    if let Some(bad) = ports.iter().find(|port| !port.starts_with('/')) {
        return Err(format!(
            "{bad:?} is no path; write /dev/ttyACM*, or none for no cables"
        ));
    }
    expand(&ports).map_err(|error| error.to_string())?;
    Ok(ports)
}

/// An address to listen on; `none` for none.
pub(super) fn listen(text: &str) -> Result<Option<SocketAddr>, String> {
    if text.trim() == "none" {
        return Ok(None);
    }
    text.trim()
        .parse()
        .map(Some)
        .map_err(|_| "give an address and a port, such as 0.0.0.0:7443, or none".to_owned())
}

/// A file as the configuration names it: what is there from where the operator is, is meant; other relative paths are the folder's.
pub(super) fn file(folder: &Path, flag: &'static str, path: &Path) -> Result<String, InitError> {
    let answer = |why: String| InitError::Answer { flag, why };
    let named = if path.is_relative() && path.exists() {
        inside(folder, path).map_err(|error| answer(error.to_string()))?
    } else {
        path.to_owned()
    };
    let text = named
        .to_str()
        .ok_or_else(|| answer("its name is not UTF-8, and can't stand in bench.toml".to_owned()))?;
    plain(text).map_err(answer)?;
    Ok(text.to_owned())
}

/// Relative to the folder where it is in it, whole otherwise.
fn inside(folder: &Path, path: &Path) -> std::io::Result<PathBuf> {
    let (folder, path) = (std::path::absolute(folder)?, std::path::absolute(path)?);
    Ok(path
        .strip_prefix(&folder)
        .map_or_else(|_| path.clone(), Path::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_looked_at_before_they_stand_anywhere() {
        assert!(url(URL).is_ok() && url("https://[::1]:8443/x").is_ok());
        for bad in [
            "",
            "one.digicert.com",
            "http://one.digicert.com",
            "https://me@one",
            "https://a?b",
            "a\nb",
        ] {
            assert!(url(bad).is_err(), "{bad}");
        }
        assert!(variable("NAMEPLATE_API_KEY").is_ok() && variable("_k2").is_ok());
        for bad in ["", "2K", "A-B", "A B", "01abc_0123456789", "ümlaut", "$KEY"] {
            assert!(variable(bad).unwrap_err().contains("never typed"), "{bad}");
        }
        assert!(common_name("sensor-{mac_plain}").is_ok());
        for bad in ["", " ", "sensor", "{name", "{what}{name}", "a\u{7}{name}"] {
            assert!(common_name(bad).is_err(), "{bad}");
        }
        assert_eq!(ports("none"), Ok(vec![]));
        assert_eq!(
            ports("/dev/a* , /dev/b"),
            Ok(vec!["/dev/a*".into(), "/dev/b".into()])
        );
        assert!(ports("ttyACM0").is_err() && ports("/dev/[").is_err());
        assert_eq!(listen("none"), Ok(None));
        assert!(listen("0.0.0.0:7443").unwrap().is_some());
        assert!(listen("7443").is_err() && listen("localhost").is_err());
    }

    #[test]
    fn what_must_be_filled_in_is_what_the_service_needs() {
        let mut answers = Answers::default();
        assert_eq!(
            answers.missing(),
            ["service.device_group_id", "service.certificate_policy_id"]
        );
        answers.kind = Kind::IotTrustManager;
        assert_eq!(answers.missing(), ["service.enrollment_profile_id"]);
        answers.enrollment_profile_id = Some("e".to_owned());
        assert!(answers.missing().is_empty());
    }
}
