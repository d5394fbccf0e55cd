//! `nameplate doctor` at benches with one thing wrong each: it is found, named with what to do, and nothing else is.
//!
//! As root every port may be opened, so whose a port is is judged by unit tests of `doctor::access` and `doctor::ports`, from plain numbers;
//! here ports are real ptys.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bench;
mod certificates;
mod disk;
#[path = "../disk/namespace.rs"]
mod namespace;
mod ports;
mod service;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nameplate_tests::bench::private;
use nameplate_tests::programs::{Ran, nameplate, run};
use nameplate_tests::service::{Dialect, Service};
use serde_json::Value;

/// A bench that was begun with the local service, and nothing wrong at it.
struct Place {
    home: tempfile::TempDir,
    service: Option<Service>,
}

impl Place {
    fn new() -> Self {
        Self::with(&[], Dialect::DeviceTrustManager)
    }

    fn with(switches: &[&str], kind: Dialect) -> Self {
        let mut folder = tempfile::Builder::new();
        let home = folder.prefix("nameplate-doctor-test-").tempdir().unwrap();
        let service = Service::start(home.path(), switches);
        let (kind, id) = match kind {
            Dialect::DeviceTrustManager => (
                "device-trust-manager",
                ["--certificate-policy-id", &service.certificate_policy_id],
            ),
            Dialect::IotTrustManager => (
                "iot-trust-manager",
                ["--enrollment-profile-id", &service.enrollment_profile_id],
            ),
        };
        let place = Self {
            home,
            service: None,
        };
        fs::copy(service.dir.join("api-key"), place.home.path().join("key")).unwrap();
        let mut init = place.command("init");
        init.args(["--yes", "--kind", kind, "--url", &service.url])
            .args(id);
        if kind == "device-trust-manager" {
            init.args(["--device-group-id", &service.device_group_id]);
        }
        init.arg("--api-key-file").arg("../key");
        init.arg("--ca-file").arg(service.dir.join("ca.pem"));
        init.arg("--root").arg(service.dir.join("device-root.pem"));
        let _ = run(init.args(["--organization", "Example", "--serial", "none"])).expect(0);
        place.edit("# \"san.dns_name\"", "\"san.dns_name\"");
        Self {
            service: Some(service),
            ..place
        }
    }

    fn service(&self) -> &Service {
        self.service.as_ref().unwrap()
    }

    fn batch(&self) -> PathBuf {
        self.home.path().join("line-3")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.batch().join(name)
    }

    fn command(&self, command: &str) -> Command {
        let mut nameplate = nameplate(self.home.path());
        nameplate.arg(command).arg("--batch").arg(self.batch());
        nameplate
    }

    /// Changes the configuration.
    #[track_caller]
    fn edit(&self, from: &str, to: &str) {
        let path = self.file("bench.toml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        private(&path, &text.replacen(from, to, 1));
    }

    /// Lets boards come on these ports.
    fn plug(&self, ports: &[&Path]) {
        let ports: Vec<_> = ports
            .iter()
            .map(|port| format!("{:?}", port.display().to_string()))
            .collect();
        self.edit("ports = []", &format!("ports = [{}]", ports.join(", ")));
    }

    #[track_caller]
    fn doctor(&self, code: i32, arguments: &[&str]) -> Found {
        self.looked(self.command("doctor").args(arguments).arg("--json"), code)
    }

    #[track_caller]
    fn looked(&self, command: &mut Command, code: i32) -> Found {
        let ran = run(command).expect(code);
        let found = Found::of(&ran);
        let key = fs::read_to_string(self.home.path().join("key")).unwrap();
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains(key.trim()), "the key is shown: {text}");
        }
        found
    }
}

/// What was found, by the checks' words.
#[derive(Debug)]
struct Found(BTreeMap<String, Vec<Value>>);

impl Found {
    fn of(ran: &Ran) -> Self {
        let mut all = BTreeMap::<_, Vec<_>>::new();
        for line in ran.json() {
            if line["event"] == "diagnosis" {
                let check = line["check"].as_str().unwrap().to_owned();
                // Whatever is wrong or could be better comes with something to do.
                let level = line["level"].as_str().unwrap();
                let remedies = line["remedy"].as_array().unwrap();
                if level == "warning"
                    || (level == "wrong" && check != "config" && check != "secret")
                {
                    let says_itself = line["found"].as_str().unwrap().contains("run `");
                    assert!(!remedies.is_empty() || says_itself, "{line}");
                }
                all.entry(check).or_default().push(line);
            }
        }
        Self(all)
    }

    /// The one finding of this check, or that about this thing.
    #[track_caller]
    fn of_check(&self, check: &str, about: &str) -> &Value {
        let all = self
            .0
            .get(check)
            .unwrap_or_else(|| panic!("no {check}: {self:#?}"));
        let mut fitting = all.iter().filter(|finding| {
            about.is_empty()
                || finding["about"]
                    .as_str()
                    .unwrap_or_default()
                    .contains(about)
        });
        let first = fitting
            .next()
            .unwrap_or_else(|| panic!("no {check} of {about}: {all:#?}"));
        assert!(fitting.next().is_none(), "several: {all:#?}");
        first
    }

    /// Stops the test unless the check found this, in these words and remedies.
    #[track_caller]
    fn is(&self, level: &str, check: &str, words: &[&str]) {
        self.is_about(level, check, "", words);
    }

    #[track_caller]
    fn is_about(&self, level: &str, check: &str, about: &str, words: &[&str]) {
        let finding = self.of_check(check, about);
        assert_eq!(finding["level"], level, "{finding:#}");
        let remedies = finding["remedy"].as_array().unwrap().iter();
        let remedies: Vec<_> = remedies.map(|line| line.as_str().unwrap()).collect();
        let text = format!(
            "{}\n{}",
            finding["found"].as_str().unwrap(),
            remedies.join("\n")
        );
        for word in words {
            assert!(text.contains(word), "{word:?} is not in {text}");
        }
    }

    /// Every finding that is not fine, as `check: level`.
    fn troubles(&self) -> Vec<String> {
        let all = self.0.values().flatten();
        let bad = all.filter(|finding| finding["level"] != "fine");
        bad.map(|finding| {
            let word = |key: &str| finding[key].as_str().unwrap().to_owned();
            format!("{}: {}", word("check"), word("level"))
        })
        .collect()
    }
}
