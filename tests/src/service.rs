//! The sandbox as a program of its own, as anybody would start it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::programs;

/// Which of its two services a bench uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Device Trust Manager.
    DeviceTrustManager,
    /// IoT Trust Manager.
    IotTrustManager,
}

impl Dialect {
    /// Where its jobs are, below the service's address.
    pub fn jobs_path(self) -> &'static str {
        match self {
            Self::DeviceTrustManager => "/devicetrustmanager/certificate-batch-service/api/v1/jobs",
            Self::IotTrustManager => "/iot/api/v1/batch-enroll",
        }
    }

    /// The setting of what its jobs are for, and its value.
    pub fn id(self, service: &Service) -> (&'static str, &str) {
        match self {
            Self::DeviceTrustManager => ("certificate_policy_id", &service.certificate_policy_id),
            Self::IotTrustManager => ("enrollment_profile_id", &service.enrollment_profile_id),
        }
    }

    /// The section `[service]` for a running sandbox, signing in as `sign_in` says.
    pub fn section(self, service: &Service, sign_in: &str) -> String {
        let ids = match self {
            Self::DeviceTrustManager => format!(
                "device_group_id = \"{}\"\ncertificate_policy_id = \"{}\"\n",
                service.device_group_id, service.certificate_policy_id
            ),
            Self::IotTrustManager => format!(
                "kind = \"iot-trust-manager\"\nenrollment_profile_id = \"{}\"\n",
                service.enrollment_profile_id
            ),
        };
        format!(
            "[service]\nurl = \"{}\"\nca_file = \"{}\"\npoll_seconds = 1\n{ids}{sign_in}",
            service.url,
            service.dir.join("ca.pem").display(),
        )
    }
}

/// A running `nameplate sandbox`; ended when dropped.
pub struct Service {
    child: Child,
    /// Its address.
    pub url: String,
    /// The folder with its key, certificates, jobs and `requests.jsonl`.
    pub dir: PathBuf,
    /// The group that it knows.
    pub device_group_id: String,
    /// The policy that it knows.
    pub certificate_policy_id: String,
    /// The enrolment profile that it knows.
    pub enrollment_profile_id: String,
    /// Its address for client certificates.
    pub client_auth_url: String,
}

impl Service {
    /// Starts the sandbox in `home/service` with these switches and waits until it is ready.
    pub fn start(home: &Path, switches: &[&str]) -> Self {
        Self::listening(home, "127.0.0.1:0", switches)
    }

    /// The same at a given address: a service that comes back where it was.
    pub fn listening(home: &Path, address: &str, switches: &[&str]) -> Self {
        Self::begun(programs::nameplate(home), home, address, switches)
    }

    /// The sandbox where the programs of this folder stand before those of the system.
    pub fn with_programs(home: &Path, programs_first: &Path, switches: &[&str]) -> Self {
        let mut command = programs::nameplate(home);
        let path = std::env::var("PATH").expect("a path");
        command.env("PATH", format!("{}:{path}", programs_first.display()));
        Self::begun(command, home, "127.0.0.1:0", switches)
    }

    fn begun(
        mut command: std::process::Command,
        home: &Path,
        address: &str,
        switches: &[&str],
    ) -> Self {
        let dir = home.join("service");
        command
            .args(["sandbox", "--listen", address, "--dir"])
            .arg(&dir)
            .args(switches);
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("its ready line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("the ready line is JSON");
        let text = |key: &str| ready[key].as_str().expect(key).to_owned();
        Self {
            child,
            url: text("url"),
            dir,
            device_group_id: text("device_group_id"),
            certificate_policy_id: text("certificate_policy_id"),
            enrollment_profile_id: text("enrollment_profile_id"),
            client_auth_url: text("client_auth_url"),
        }
    }

    /// Every request that it has logged, oldest first.
    pub fn requests(&self) -> Vec<serde_json::Value> {
        let log = std::fs::read_to_string(self.dir.join("requests.jsonl")).unwrap_or_default();
        log.lines()
            .map(|line| serde_json::from_str(line).expect("a JSON line"))
            .collect()
    }

    /// The settings that sign in with its API key.
    pub fn api_key(&self) -> String {
        format!(
            "api_key_file = \"{}\"\n",
            self.dir.join("api-key").display()
        )
    }

    /// The settings that sign in with its passcode.
    pub fn passcode(&self) -> String {
        format!(
            "passcode_file = \"{}\"\n",
            self.dir.join("passcode").display()
        )
    }

    /// The settings that sign in with a client certificate and its key.
    pub fn client_certificate(&self, certificate: &Path, key: &Path) -> String {
        format!(
            "client_certificate = \"{}\"\nclient_key = \"{}\"\nclient_auth_url = \"{}\"\n",
            certificate.display(),
            key.display(),
            self.client_auth_url
        )
    }

    /// How many jobs it has.
    pub fn jobs(&self) -> usize {
        std::fs::read_dir(self.dir.join("jobs")).map_or(0, Iterator::count)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
