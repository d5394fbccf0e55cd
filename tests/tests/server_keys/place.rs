//! A batch's folder with the operator's own key, and the questions that every answer is held to.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nameplate_tests::bench::{Bench, private};
use nameplate_tests::programs::{Ran, run};
use nameplate_tests::service::{Dialect, Service};

pub const BOTH: [Dialect; 2] = [Dialect::DeviceTrustManager, Dialect::IotTrustManager];

/// A batch with keys of the service.
pub struct Place {
    pub bench: Bench,
    pub dialect: Dialect,
}

impl Place {
    /// With an RSA key and its certificate, not yet configured.
    pub fn new(dialect: Dialect) -> Self {
        let place = Self {
            bench: Bench::new(),
            dialect,
        };
        place.identity("own");
        place
    }

    /// The same, with a running sandbox.
    pub fn with_service(dialect: Dialect, switches: &[&str]) -> (Self, Service) {
        let place = Self::new(dialect);
        let service = Service::start(place.bench.home(), &[&["--polls", "0"], switches].concat());
        place.configure(&service, "own.pem", "own.key", "");
        (place, service)
    }

    /// Points the batch to a service and to these two halves.
    pub fn configure(&self, service: &Service, certificate: &str, key: &str, more: &str) {
        let section = self.dialect.section(service, &service.api_key());
        self.bench.configure(&format!(
            "{section}\n[batch]\nkey_generation = \"server\"\nencryption_certificate = \"{certificate}\"\n\
             decryption_key = \"{key}\"\n{more}"
        ));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.bench.batch().join(name)
    }

    /// Makes `<name>.key` and `<name>.pem` in the batch's folder.
    pub fn identity(&self, name: &str) {
        let [key, certificate] = ["key", "pem"].map(|end| self.path(&format!("{name}.{end}")));
        private(&key, "");
        openssl(&[
            "req",
            "-x509",
            "-nodes",
            "-newkey",
            "rsa:2048",
            "-days",
            "2",
            "-subj",
            "/CN=batches",
            "-keyout",
            key.to_str().unwrap(),
            "-out",
            certificate.to_str().unwrap(),
        ]);
    }

    /// A CSV of names, beside the batch's folder.
    pub fn names(&self, names: &[&str]) -> PathBuf {
        let mut text = match self.dialect {
            Dialect::DeviceTrustManager => "\"device_name\",\"subject.common_name\"\n".to_owned(),
            Dialect::IotTrustManager => "\"subject.common_name\"\n".to_owned(),
        };
        for name in names {
            if self.dialect == Dialect::DeviceTrustManager {
                let _ = write!(text, "\"{name}\",");
            }
            let _ = writeln!(text, "\"{name}\"");
        }
        let path = self.bench.home().join("names.csv");
        fs::write(&path, text).unwrap();
        path
    }

    /// Runs a command of the batch; whatever happens, nothing half-written is left and a fault has a next step.
    #[track_caller]
    pub fn ask(&self, arguments: &[&str], code: i32) -> Ran {
        let (command, rest) = arguments.split_first().unwrap();
        let mut command = self.bench.nameplate(command);
        let ran = run(command.args(rest)).expect(code);
        if matches!(ran.code, Some(1 | 2)) {
            assert!(ran.stderr.contains("next: "), "{ran:?}");
        }
        assert!(!ran.stderr.contains("PRIVATE KEY--"), "{ran:?}");
        let left: Vec<_> = files(&self.bench.batch());
        assert!(left.iter().all(|name| !name.starts_with('.')), "{left:?}");
        ran
    }

    #[track_caller]
    pub fn submit(&self, data: &Path) -> Ran {
        self.ask(&["submit", "--data", data.to_str().unwrap()], 0)
    }

    /// Every file of the unpacked folder is its owner's alone, and every certificate has its own private key.
    #[track_caller]
    pub fn judge(&self, names: &[&str]) {
        let folder = self.path("certificates");
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        let mut expected: Vec<_> = names
            .iter()
            .flat_map(|name| [format!("{name}.key"), format!("{name}.pem")])
            .collect();
        expected.sort_unstable();
        assert_eq!(files(&folder), expected);
        for name in names {
            let key = folder.join(format!("{name}.key"));
            assert_eq!(fs::metadata(&key).unwrap().mode() & 0o777, 0o600);
            let certificate = folder.join(format!("{name}.pem"));
            let certificate = certificate.to_str().unwrap();
            let of_key = openssl(&["pkey", "-pubout", "-in", key.to_str().unwrap()]);
            let of_certificate = openssl(&["x509", "-noout", "-pubkey", "-in", certificate]);
            assert_eq!(of_key, of_certificate, "{name}");
            let subject = openssl(&["x509", "-noout", "-subject", "-in", certificate]);
            assert!(subject.contains(&format!("CN = {name}")), "{subject}");
        }
    }
}

/// The names in a folder, in order.
pub fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// OpenSSL's word; it must be content.
#[track_caller]
pub fn openssl(arguments: &[&str]) -> String {
    let mut command = Command::new("openssl");
    run(command.args(arguments).stdin(Stdio::null()))
        .expect(0)
        .stdout
}

/// Submissions that arrived.
pub fn posts(service: &Service) -> usize {
    let requests = service.requests();
    let posts = requests.iter().filter(|seen| seen["method"] == "POST");
    posts.count()
}
