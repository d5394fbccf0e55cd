//! Runs `bad_server.py` in the tests' Python environment.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::{Identity, Tcp};

pub struct BadServer {
    process: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    port: u16,
    _files: tempfile::TempDir,
}

/// Who the bad server pretends to be.
pub struct Role<'a> {
    /// Certificates it shows, its own first.
    pub chain: &'a [&'a Identity],
    /// Whose key it signs with.
    pub key: &'a Identity,
    /// Another key, for modes that sign with one.
    pub other_key: &'a Identity,
    pub ask_for_certificate: bool,
}

/// What it saw of one board.
#[derive(Debug)]
pub struct Seen {
    /// Type and size of each record after the ClientHello.
    pub records: Vec<(u64, u64)>,
    pub outcome: String,
}

impl BadServer {
    pub fn start(mode: &str, role: &Role<'_>, count: usize) -> Self {
        let files = tempfile::tempdir().unwrap();
        let write = |name: &str, pem: String| {
            let path = files.path().join(name);
            std::fs::write(&path, pem).unwrap();
            path
        };
        let mut command = Command::new(python());
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_server.py"));
        command.args([mode, "--count", &count.to_string()]);
        for (number, identity) in role.chain.iter().enumerate() {
            let pem = identity.certificate.pem();
            let path = write(&format!("{number}.crt"), pem);
            command.arg("--certificate").arg(path);
        }
        let key = write("own.key", role.key.key.serialize_pem());
        let other = write("other.key", role.other_key.key.serialize_pem());
        command.arg("--key").arg(key).arg("--other-key").arg(other);
        if role.ask_for_certificate {
            command.arg("--ask-for-certificate");
        }
        let command = command.env("PYTHONDONTWRITEBYTECODE", "1");
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap().parse().unwrap();
        Self {
            process,
            lines,
            port,
            _files: files,
        }
    }

    pub fn connect(&self) -> Tcp {
        let socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        socket
            .set_read_timeout(Some(std::time::Duration::from_mins(1)))
            .unwrap();
        Tcp(socket)
    }

    /// What it saw of the board that just left.
    pub fn seen(&mut self) -> Seen {
        let line = self.lines.next().unwrap().unwrap();
        let report: serde_json::Value = serde_json::from_str(&line).unwrap();
        let records = report["records"].as_array().unwrap().iter();
        Seen {
            records: records
                .map(|record| (record[0].as_u64().unwrap(), record[1].as_u64().unwrap()))
                .collect(),
            outcome: report["outcome"].as_str().unwrap().to_owned(),
        }
    }

    /// Waits for its end, which must be a good one.
    pub fn finish(mut self) {
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for BadServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn python() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts/python-env");
    let output = Command::new(script)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "the Python environment could not be made"
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
