//! The sandbox as a program of its own, as anybody would start it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::programs;

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
}

impl Service {
    /// Starts the sandbox in `home/service` with these switches and waits until it is ready.
    pub fn start(home: &Path, switches: &[&str]) -> Self {
        Self::listening(home, "127.0.0.1:0", switches)
    }

    /// The same at a given address: a service that comes back where it was.
    pub fn listening(home: &Path, address: &str, switches: &[&str]) -> Self {
        let dir = home.join("service");
        let mut command = programs::nameplate(home);
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
        }
    }

    /// Every request that it has logged, oldest first.
    pub fn requests(&self) -> Vec<serde_json::Value> {
        let log = std::fs::read_to_string(self.dir.join("requests.jsonl")).unwrap_or_default();
        log.lines()
            .map(|line| serde_json::from_str(line).expect("a JSON line"))
            .collect()
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
