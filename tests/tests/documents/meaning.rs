//! What stands here for what a document names: ports, addresses, the account, what is typed at a prompt.
//!
//! Documents are for their readers and name what those have. This is the one table between the two.

use std::fs;
use std::path::{Path, PathBuf};

use nameplate_tests::bench::free_address;
use nameplate_tests::service::Service;

use crate::found::root;

/// What is typed where a passphrase is asked for.
pub const PASSPHRASE: &str = "what-is-typed";
/// How the operating system calls this machine.
const HOSTNAME: &str = "/proc/sys/kernel/hostname";
/// The id of a join token in documents.
const TOKEN: &str = "1f0c9a3e";

/// A document's surroundings.
pub struct Meaning {
    /// The folder of everything.
    home: PathBuf,
    /// The sandbox, in the service's place.
    pub service: Service,
    /// Where boards dial in.
    door: String,
    /// Where a browser would look.
    page: String,
}

impl Meaning {
    /// New surroundings in this folder, with a sandbox that behaves so.
    pub fn new(home: &Path, switches: &[&str]) -> Self {
        Self {
            home: home.to_owned(),
            // No pauses: a job has ended when it is first looked at.
            service: Service::start(home, &[&["--polls", "0"], switches].concat()),
            door: free_address().to_string(),
            page: free_address().to_string(),
        }
    }

    /// What a document says, with what it means here. `work` is where its reader is.
    pub fn real(&self, text: &str, work: &Path) -> String {
        let of_service = |file: &str| self.service.dir.join(file).display().to_string();
        let sign_in = format!(
            "url = \"{}\"\nca_file = \"{}\"\npoll_seconds = 1",
            self.service.url,
            of_service("ca.pem")
        );
        let root = root().display().to_string();
        let home = self.home.display().to_string();
        let build = format!(
            "cargo build --locked --quiet --manifest-path {root}/Cargo.toml --target-dir {root}/target"
        );
        let table = [
            // The programs are built already, in the profile of these tests.
            ("cargo build --release", build),
            ("target/release/", String::new()),
            ("../nameplate/", format!("{root}/")),
            ("url = \"https://one.digicert.com\"", sign_in),
            (
                "your device group's id",
                self.service.device_group_id.clone(),
            ),
            ("IOT_…", self.service.certificate_policy_id.clone()),
            ("device-root.pem", of_service("device-root.pem")),
            ("issuing.pem", of_service("issuing.pem")),
            ("/dev/tty", format!("{home}/dev/tty")),
            ("/var/lib/", format!("{home}/var/lib/")),
            ("0.0.0.0:7443", self.door.clone()),
            ("127.0.0.1:7443", self.door.clone()),
            ("bench:7443", self.door.clone()),
            ("127.0.0.1:8080", self.page.clone()),
            // One stands for all.
            ("--expect 96", "--expect 1".to_owned()),
            // A machine that runs tests may have no other interface than its loopback.
            ("--interface eth0", "--mac 02:00:5e:00:01:00".to_owned()),
            // Nor need it have this program.
            (
                "unzip line-3-handover.zip",
                "python3 -m zipfile -e line-3-handover.zip .".to_owned(),
            ),
            (TOKEN, token(work)),
            // What is typed at a prompt.
            (
                "bits:3072 -aes256",
                format!("bits:3072 -aes256 -pass pass:{PASSPHRASE}"),
            ),
            (
                "openssl req -new -x509",
                format!("openssl req -new -x509 -passin pass:{PASSPHRASE}"),
            ),
        ];
        let replaced = |text: String, (shown, real): &(&str, String)| text.replace(shown, real);
        table.iter().fold(text.to_owned(), replaced)
    }

    /// What is said here, as a document says it.
    pub fn shown(&self, text: &str, work: &Path) -> String {
        let host = fs::read_to_string(HOSTNAME).unwrap_or_default();
        let text = text.replace(&format!("{}/", work.display()), "");
        let text = text.replace(&format!("{}/", self.home.display()), "/");
        text.replace(&format!(" {} ", host.trim()), " bench-3 ")
    }
}

/// The id of the join token that the document had its reader make.
fn token(work: &Path) -> String {
    let files = fs::read_dir(work.join("line-3"));
    let names = files.into_iter().flatten().flatten();
    let names = names.filter_map(|file| file.file_name().into_string().ok());
    let mut ids = names.filter_map(|name| {
        let id = name.strip_prefix("join-")?.strip_suffix(".token")?;
        Some(id.to_owned())
    });
    ids.next().unwrap_or_else(|| TOKEN.to_owned())
}
