//! The text of a `bench.toml`: what was answered, and what else is most often set, in comments.
//!
//! Values are written by the `toml` crate, whatever is in them; nothing is pasted between quotes.

use std::fmt::Write;

use super::answers::{Answers, SignIn};
use super::names;
use crate::config::Kind;

/// Where comments begin, in characters.
const COMMENT: usize = 43;

const HEAD: &str = "# What does not change from day to day, by `nameplate init`. Every setting is in CONFIGURATION.md.\n\
# Relative paths are relative to this file. A setting that does not exist is an error: nothing is ignored.\n\
# `nameplate doctor` says what is missing or wrong here.\n";

/// A value that is to be filled in stands in such a comment.
const FILL_IN: &str = "FILL THIS IN, without the first #:";

/// The configuration of these answers. It is one whatever was answered: the ids that are missing are asked for when they are needed.
pub fn text(answers: &Answers) -> String {
    let mut page = Page(HEAD.to_owned());
    service(&mut page, answers);
    batch(&mut page);
    page.section("certificates", "what comes back is held against these");
    let what = "a chain is checked only as far as it came without it";
    page.set_or_example("root", answers.root.as_deref(), "device-root.pem", what);
    let what = "what stands between, where the service does not send it";
    let between = answers.intermediates.as_deref();
    page.set_or_example("intermediates", between, "issuing.pem", what);
    columns(&mut page, answers);
    page.section("delivery", "");
    page.line(
        "# lock = true",
        "each board is locked for good once it has proved its key",
    );
    page.section("serial", "boards on cables");
    let ports = toml::Value::from(answers.ports.clone());
    page.line(&format!("ports = {ports}"), "--serial goes before it");
    page.line("# baud = 115200", "8N1, no flow control");
    network(&mut page, answers);
    page.0
}

fn service(page: &mut Page, answers: &Answers) {
    page.section("service", "needed from `submit` on");
    let kind = match answers.kind {
        Kind::DeviceTrustManager => {
            "or \"iot-trust-manager\", which wants an enrollment_profile_id and no other id"
        }
        Kind::IotTrustManager => {
            "or \"device-trust-manager\", which wants a device_group_id and a certificate_policy_id"
        }
    };
    page.set("kind", answers.kind.as_str(), kind);
    page.set("url", &answers.url, "");
    match &answers.sign_in {
        SignIn::Variable(name) => page.set(
            "api_key_env",
            name,
            "the variable that holds the key, never the key; or api_key_file = \"…\"",
        ),
        SignIn::File(path) => page.set(
            "api_key_file",
            path,
            "the file that holds the key; only you may read it; or api_key_env = \"…\"",
        ),
        SignIn::Certificate { certificate, key } => {
            page.set("client_certificate", certificate, "PEM, with its chain");
            page.set("client_key", key, "only you may read it");
        }
    }
    let what = "roots of a private instance; the platform's roots otherwise";
    page.set_or_example("ca_file", answers.ca_file.as_deref(), "ca.pem", what);
    let ids: &[_] = match answers.kind {
        Kind::DeviceTrustManager => &[
            (
                "device_group_id",
                &answers.device_group_id,
                "the id of the group that the devices join",
            ),
            (
                "certificate_policy_id",
                &answers.certificate_policy_id,
                "the id of their policy, IOT_…",
            ),
        ],
        Kind::IotTrustManager => &[(
            "enrollment_profile_id",
            &answers.enrollment_profile_id,
            "the id of the enrolment profile",
        )],
    };
    for (setting, id, what) in ids {
        match id {
            Some(id) => page.set(setting, id, what),
            None => page.example(setting, "", &format!("{FILL_IN} {what}")),
        }
    }
    let poll = "seconds between two looks at a job; Retry-After goes before it";
    match answers.poll_seconds {
        Some(seconds) => page.line(&format!("poll_seconds = {seconds}"), poll),
        None => page.line("# poll_seconds = 5", poll),
    }
}

fn batch(page: &mut Page) {
    page.section("batch", "");
    page.example(
        "name",
        "line-3-2026-11-21",
        "the job's name too; the folder's name otherwise. It must lead to one job",
    );
    page.example(
        "template",
        "template.csv",
        "what `nameplate template` fetched: the columns are held against it",
    );
    page.line(
        "# mac_ranges = [\"02:00:00:00:00:00-02:00:00:00:ff:ff\"]",
        "which boards may come; any where missing",
    );
}

fn columns(page: &mut Page, answers: &Answers) {
    page.section(
        "columns",
        "the CSV's columns in order; `csr` is added behind them",
    );
    if answers.kind == Kind::DeviceTrustManager {
        page.set(
            "device_name",
            "{name}",
            "{name} and {mac} are the board's own",
        );
        page.example("device_description", "sensor, revision C", "");
    }
    page.set(
        "\"subject.common_name\"",
        &answers.common_name,
        "boards are asked for exactly this",
    );
    let organization = "\"subject.organization_name\"";
    match &answers.organization {
        // It is a pattern to whoever reads it, and was none to whoever answered.
        Some(name) => page.set(
            organization,
            &name.replace('{', "{{").replace('}', "}}"),
            "",
        ),
        None => page.example(
            organization,
            "Example",
            "fill this in where the policy wants it",
        ),
    }
    let dns_name = answers.dns_name.as_deref();
    page.set_or_example(
        "\"san.dns_name\"",
        dns_name,
        "{name}.devices.example.com",
        "",
    );
}

fn network(page: &mut Page, answers: &Answers) {
    page.section("network", "the door through which boards dial in");
    let listen = answers.listen.map(|address| address.to_string());
    let what = "--listen goes before it";
    page.set_or_example("listen", listen.as_deref(), "0.0.0.0:7443", what);
    page.set(
        "certificate",
        names::CERTIFICATE,
        "boards pin its key: `nameplate keys` shows the pins",
    );
    page.set("key", names::KEY, "only you may read it");
    page.set(
        "join_tokens",
        names::TOKENS,
        "tokens with limits, by `nameplate keys token`",
    );
    page.example(
        "client_ca_file",
        "factory.pem",
        "boards with a certificate of theirs need no token",
    );
    page.line("# most_connections = 1024", "at once; further boards wait");
}

/// A text in the making.
struct Page(String);

impl Page {
    fn line(&mut self, setting: &str, comment: &str) {
        // Writing to a string can't fail.
        let _ = if comment.is_empty() {
            writeln!(self.0, "{setting}")
        } else {
            // What is longer has its comment above it: nobody reads to the right of a screen.
            let is_long = setting.chars().count() > COMMENT;
            if is_long {
                writeln!(self.0, "# {comment}\n{setting}")
            } else {
                writeln!(self.0, "{setting:COMMENT$} # {comment}")
            }
        };
    }

    fn section(&mut self, name: &str, comment: &str) {
        self.0.push('\n');
        self.line(&format!("[{name}]"), comment);
    }

    fn set(&mut self, setting: &str, value: &str, comment: &str) {
        self.line(
            &format!("{setting} = {}", toml::Value::from(value)),
            comment,
        );
    }

    fn example(&mut self, setting: &str, value: &str, comment: &str) {
        self.set(&format!("# {setting}"), value, comment);
    }

    fn set_or_example(&mut self, setting: &str, value: Option<&str>, usual: &str, comment: &str) {
        match value {
            Some(value) => self.set(setting, value, comment),
            None => self.example(setting, usual, comment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Plan;
    use crate::config::{Config, Templates};
    use nameplate_wire::Mac;
    use proptest::prelude::*;

    /// Whatever stands in comments is right too: with their marks gone they are settings.
    fn with_examples(text: &str) -> String {
        let lines = text.lines().map(|line| {
            let example = line.strip_prefix("# ").filter(|rest| {
                let name = rest.split(' ').next().unwrap_or_default();
                rest.contains(" = ") && name == name.to_lowercase() && !name.contains('`')
            });
            example.unwrap_or(line).to_owned() + "\n"
        });
        lines.collect()
    }

    fn holds(answers: &Answers) {
        let written = text(answers);
        let config: Config = toml::from_str(&written).unwrap_or_else(|e| panic!("{e}\n{written}"));
        let service = config.service.as_ref().unwrap();
        assert_eq!((service.kind, &service.url), (answers.kind, &answers.url));
        assert_eq!(service.device_group_id.is_some(), {
            answers.kind == Kind::DeviceTrustManager && answers.device_group_id.is_some()
        });
        let sign_in = match (
            &service.api_key_env,
            &service.api_key_file,
            &service.client_certificate,
            &service.client_key,
        ) {
            (Some(name), None, None, None) => SignIn::Variable(name.clone()),
            (None, Some(path), None, None) => SignIn::File(path.display().to_string()),
            (None, None, Some(certificate), Some(key)) => SignIn::Certificate {
                certificate: certificate.display().to_string(),
                key: key.display().to_string(),
            },
            other => panic!("{other:?}"),
        };
        assert_eq!(sign_in, answers.sign_in);
        let path =
            |path: &Option<std::path::PathBuf>| path.as_ref().map(|p| p.display().to_string());
        assert_eq!(path(&service.ca_file), answers.ca_file);
        assert_eq!(path(&config.certificates.root), answers.root);
        let between = path(&config.certificates.intermediates);
        assert_eq!(between, answers.intermediates);
        assert_eq!(config.serial.ports, answers.ports);
        let network = config.network.as_ref().unwrap();
        assert_eq!(network.listen, answers.listen);
        assert_eq!(
            config.columns["subject.common_name"],
            Templates::One(answers.common_name.clone())
        );
        // What was answered as a name comes out as that name, braces and all.
        let plan = Plan::new(&config.columns, &config.request).unwrap();
        let asked = plan.for_board("b", Mac([2, 0, 0, 0, 0, 1]));
        let row = asked.row.iter();
        let organization = row
            .filter(|(id, _)| id == "subject.organization_name")
            .map(|(_, value)| value.clone())
            .next();
        assert_eq!(organization, answers.organization);
        config.batch.ranges().unwrap();
        let all = with_examples(&written);
        assert_ne!(all, written);
        let config: Config = toml::from_str(&all).unwrap_or_else(|e| panic!("{e}\n{all}"));
        config.batch.ranges().unwrap();
        Plan::new(&config.columns, &config.request).unwrap();
        assert!(config.delivery.lock && config.batch.template.is_some());
    }

    #[test]
    fn every_combination_of_answers_is_a_configuration_that_says_them() {
        let some = |is: bool, text: &str| is.then(|| text.to_owned());
        let sign_ins = [
            SignIn::Variable("KEY".to_owned()),
            SignIn::File("api.key".to_owned()),
            SignIn::Certificate {
                certificate: "c.pem".to_owned(),
                key: "c.key".to_owned(),
            },
        ];
        for bits in 0..64_u8 {
            let is = |bit: u8| bits & (1 << bit) != 0;
            for sign_in in &sign_ins {
                holds(&Answers {
                    kind: if is(0) {
                        Kind::IotTrustManager
                    } else {
                        Kind::DeviceTrustManager
                    },
                    sign_in: sign_in.clone(),
                    ca_file: some(is(1), "ca.pem"),
                    device_group_id: some(is(2), "g"),
                    certificate_policy_id: some(is(2), "IOT_p"),
                    enrollment_profile_id: some(is(2), "e"),
                    poll_seconds: is(2).then_some(1),
                    dns_name: some(is(3), "{mac_plain}.example.com"),
                    root: some(is(3), "root.pem"),
                    intermediates: some(is(4), "issuing.pem"),
                    organization: some(is(4), "Example"),
                    ports: if is(5) {
                        vec![]
                    } else {
                        vec!["/dev/a*".to_owned()]
                    },
                    listen: is(5).then(|| "[::]:7443".parse().unwrap()),
                    ..Answers::default()
                });
            }
        }
    }

    proptest! {
        #[test]
        fn odd_characters_come_back_as_they_were(
            words in proptest::collection::vec("[^\\p{Cc}]{0,20}|[\"'\\\\#{}=\\[\\] ]{1,9}|'''.{0,3}|\"\"\"", 7),
        ) {
            // A line is one line: `.` may be a control character, which no answer has.
            let words: Vec<String> = words.iter().map(|word| word.replace(char::is_control, "")).collect();
            let [url, key, ca, id, organization, port, root] = words.as_slice() else { unreachable!() };
            holds(&Answers {
                url: url.clone(),
                sign_in: SignIn::File(key.clone()),
                ca_file: Some(ca.clone()),
                device_group_id: Some(id.clone()),
                certificate_policy_id: Some(id.clone()),
                root: Some(root.clone()),
                organization: Some(organization.clone()),
                ports: vec![port.clone()],
                ..Answers::default()
            });
        }
    }

    #[test]
    fn what_is_missing_is_marked_and_nothing_else_is() {
        let mut answers = Answers::default();
        assert_eq!(text(&answers).matches("FILL THIS IN").count(), 2);
        answers.device_group_id = Some("g".to_owned());
        answers.certificate_policy_id = Some("p".to_owned());
        assert!(!text(&answers).contains("FILL THIS IN"));
    }
}
