//! A batch's folder with everything that a bench needs: configuration, the bench's key, a join token.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::programs;
use crate::service::Service;

/// The join token of every bench here.
pub const TOKEN: &str = "join-token-of-the-test-bench";

/// The columns of every bench here, and the CSR attributes that follow from them.
pub const COLUMNS: &str = r#"
[columns]
device_name = "{name}"
device_description = "sensor, \"revision C\""
"subject.common_name" = "{name}"
"subject.organization_name" = "Example"
"san.dns_name" = "{name}.devices.example.com"
"#;

/// What may be in a batch's folder between two commands.
pub const KNOWN: [&str; 12] = [
    "batch.csv",
    "batch.db",
    "batch.db-shm",
    "batch.db-wal",
    "batch.lock",
    "bench.key",
    "bench.pem",
    "bench.toml",
    "certificates",
    "certificates.zip",
    "join.token",
    "report.csv",
];

/// A batch's folder, gone when dropped.
pub struct Bench {
    home: tempfile::TempDir,
    /// Where boards dial in.
    pub door: SocketAddr,
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

impl Bench {
    /// A new folder with a bench's key, its certificate and the token, and a configuration without a service.
    pub fn new() -> Self {
        let home = tempfile::Builder::new()
            .prefix("nameplate-test-")
            .tempdir()
            .expect("a folder");
        let bench = Self {
            home,
            door: free_address(),
        };
        fs::create_dir(bench.batch()).expect("the batch's folder");
        fs::set_permissions(bench.batch(), fs::Permissions::from_mode(0o700)).expect("its mode");
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let names = vec!["bench.local".to_owned()];
        let certificate = rcgen::CertificateParams::new(names)
            .unwrap()
            .self_signed(&key)
            .unwrap();
        private(&bench.batch().join("bench.key"), &key.serialize_pem());
        private(&bench.certificate(), &certificate.pem());
        private(&bench.token(), TOKEN);
        bench.configure("");
        bench
    }

    /// A folder of this test's own, in which the batch's folder stands.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The batch's folder.
    pub fn batch(&self) -> PathBuf {
        self.home().join("batch")
    }

    /// Files of the batch's folder that no command should have left there.
    pub fn left_over(&self) -> Vec<String> {
        let files = fs::read_dir(self.batch()).expect("the batch's folder");
        let names = files.map(|file| {
            file.expect("a file")
                .file_name()
                .into_string()
                .expect("UTF-8")
        });
        names
            .filter(|name| !KNOWN.contains(&name.as_str()))
            .collect()
    }

    /// The bench's certificate, which boards pin.
    pub fn certificate(&self) -> PathBuf {
        self.batch().join("bench.pem")
    }

    /// The token's file.
    pub fn token(&self) -> PathBuf {
        self.batch().join("join.token")
    }

    /// Writes `bench.toml`: the network door, [`COLUMNS`], and `more` (such as [`Bench::service_section`]).
    pub fn configure(&self, more: &str) {
        self.configure_all(&format!("{COLUMNS}\n{more}"));
    }

    /// Writes `bench.toml` with the network door and nothing else but `sections`.
    pub fn configure_all(&self, sections: &str) {
        let network = "[network]\ncertificate = \"bench.pem\"\nkey = \"bench.key\"\njoin_token_file = \"join.token\"\n";
        private(
            &self.batch().join("bench.toml"),
            &format!("{network}{sections}"),
        );
    }

    /// The section for a sandbox that runs for this bench.
    pub fn service_section(service: &Service) -> String {
        format!(
            "[service]\nurl = \"{}\"\napi_key_file = \"{}\"\nca_file = \"{}\"\ndevice_group_id = \"{}\"\n\
             certificate_policy_id = \"{}\"\npoll_seconds = 1\n",
            service.url,
            service.dir.join("api-key").display(),
            service.dir.join("ca.pem").display(),
            service.device_group_id,
            service.certificate_policy_id,
        )
    }

    /// `nameplate COMMAND --batch <this batch>`.
    pub fn nameplate(&self, command: &str) -> Command {
        let mut nameplate = programs::nameplate(self.home());
        nameplate.arg(command).arg("--batch").arg(self.batch());
        nameplate
    }

    /// What `nameplate list --json` says.
    pub fn list(&self) -> Vec<serde_json::Value> {
        programs::run(self.nameplate("list").arg("--json"))
            .expect(0)
            .json()
    }
}

/// Writes a file that only its owner can read.
pub fn private(path: &Path, text: &str) {
    let mut options = fs::OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path);
    std::io::Write::write_all(&mut file.expect("a file"), text.as_bytes()).expect("written");
}

/// A loopback port that is free now and that the system gives nobody by itself: no connection takes it before it is listened on. This
/// process uses each once.
pub fn free_address() -> SocketAddr {
    const FIRST: u32 = 10_000;
    // Below what Linux has for connections (net.ipv4.ip_local_port_range).
    const PORTS: u32 = 22_000;
    static USED: AtomicU32 = AtomicU32::new(0);
    // Other tests begin elsewhere.
    let begin = std::process::id().wrapping_mul(97);
    for _ in 0..PORTS {
        let number = begin.wrapping_add(USED.fetch_add(1, Ordering::Relaxed)) % PORTS;
        let port = u16::try_from(FIRST + number).expect("a port");
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return listener.local_addr().expect("its address");
        }
    }
    panic!("no port is free");
}
