//! The JSON line that `nameplate sandbox` prints when it is ready, as answers.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::answers::{Answers, SignIn, file, plain, url};
use super::{InitError, fault, names};
use crate::config::Kind;

/// Greatest length of the line, in bytes.
const MAX_LINE: u64 = 64 * 1024;

/// What the local service says of itself. It says more than is used here.
#[derive(Debug, Deserialize)]
pub struct Sandbox {
    url: String,
    #[serde(deserialize_with = "secret")]
    api_key: SecretString,
    ca_file: PathBuf,
    device_group_id: Option<String>,
    certificate_policy_id: Option<String>,
    enrollment_profile_id: Option<String>,
    device_root_file: Option<PathBuf>,
    issuing_ca_file: Option<PathBuf>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

impl Sandbox {
    /// Reads the line from a file, or from standard input where that is `-`.
    ///
    /// # Errors
    /// [`InitError::Sandbox`] where there is none, or it says too little; and the file system's.
    pub fn read(path: &Path) -> Result<Self, InitError> {
        if path == Path::new("-") {
            return Self::line(std::io::stdin().lock(), Path::new("standard input"));
        }
        let file = File::open(path).map_err(fault("read", path))?;
        Self::line(BufReader::new(file), path)
    }

    fn line(from: impl BufRead, path: &Path) -> Result<Self, InitError> {
        let mut line = String::new();
        from.take(MAX_LINE)
            .read_line(&mut line)
            .map_err(fault("read", path))?;
        if line.trim().is_empty() {
            let why = format!(
                "there is no line in {} (yet): it comes when the service is ready",
                path.display()
            );
            return Err(InitError::Sandbox { why, source: None });
        }
        serde_json::from_str(&line).map_err(|error| InitError::Sandbox {
            why: format!("{} has no such JSON line", path.display()),
            source: Some(Box::new(error)),
        })
    }

    /// Puts what it says among the answers, and gives the key.
    pub(super) fn answer(
        self,
        folder: &Path,
        kind: Kind,
        answers: &mut Answers,
    ) -> Result<SecretString, InitError> {
        let bad = |what: &'static str| {
            move |why: String| InitError::Sandbox {
                why: format!("{what}: {why}"),
                source: None,
            }
        };
        url(&self.url).map_err(bad("url"))?;
        let there = |what: &'static str, path: &Path| {
            if !path.exists() {
                let why = format!(
                    "there is no {} from here: run this in the folder in which the sandbox was started",
                    path.display()
                );
                return Err(bad(what)(why));
            }
            file(folder, "--sandbox", path)
        };
        let ids = [
            &self.device_group_id,
            &self.certificate_policy_id,
            &self.enrollment_profile_id,
        ];
        for id in ids.into_iter().flatten() {
            plain(id).map_err(bad("an id"))?;
        }
        answers.kind = kind;
        answers.ca_file = Some(there("ca_file", &self.ca_file)?);
        let maybe = |what: &'static str, path: &Option<PathBuf>| {
            let path = path.as_deref();
            path.map(|path| there(what, path)).transpose()
        };
        answers.root = maybe("device_root_file", &self.device_root_file)?;
        answers.intermediates = maybe("issuing_ca_file", &self.issuing_ca_file)?;
        answers.url = self.url;
        answers.sign_in = SignIn::File(names::API_KEY.to_owned());
        match kind {
            Kind::DeviceTrustManager => {
                answers.device_group_id = self.device_group_id;
                answers.certificate_policy_id = self.certificate_policy_id;
            }
            Kind::IotTrustManager => answers.enrollment_profile_id = self.enrollment_profile_id,
        }
        // It works on this machine and makes certificates at once.
        answers.poll_seconds = Some(1);
        answers.organization = Some("Example".to_owned());
        // Its template has it.
        answers.dns_name = Some("{name}.devices.example.com".to_owned());
        Ok(self.api_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Sandbox, InitError> {
        Sandbox::line(text.as_bytes(), Path::new("a"))
    }

    #[test]
    fn only_a_line_that_says_enough_is_taken() {
        for bad in [
            "",
            "\n",
            "no JSON\n",
            "[]\n",
            "{\"url\":\"https://a\",\"api_key\":\"k\"}\n",
            "{\"url\":1,\"api_key\":\"k\",\"ca_file\":\"c\"}\n",
        ] {
            assert!(matches!(read(bad), Err(InitError::Sandbox { .. })), "{bad}");
        }
        let long = format!("{{\"url\":\"{}\"", "a".repeat(100_000));
        assert!(read(&long).is_err());
        let good = "{\"url\":\"https://a\",\"api_key\":\"k\",\"ca_file\":\"c\",\"more\":1}\nmore\n";
        let sandbox = read(good).unwrap();
        assert!(
            !format!("{sandbox:?}").contains("\"k\""),
            "the key is not shown"
        );
        let folder = Path::new("f");
        let mut answers = Answers::default();
        let error = sandbox.answer(folder, Kind::default(), &mut answers);
        assert!(error.unwrap_err().to_string().contains("there is no c"));
    }
}
