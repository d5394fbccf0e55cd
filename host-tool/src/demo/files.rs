//! What a bench needs before its first board: configuration, the bench's key and certificate, a join token.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use nameplate_sandbox::Running;

use crate::bench_key::{self, Files};
use crate::cli::exit::Failure;
use crate::codes::{Code, of_io};
use crate::config;
use crate::whole_file::{self, part_of};

/// The first line of a configuration that a demo wrote and may write again.
const MARK: &str = "# Written by `nameplate demo`, and written again by it.";

/// The bench's certificate, whose key boards pin.
pub(super) const CERTIFICATE: &str = "bench.pem";
/// Its private key.
const KEY: &str = "bench.key";
/// What boards show to join.
pub(super) const TOKEN: &str = "join.token";

/// Makes the folder, or takes an empty one or an earlier demo's; everything else is somebody's own.
pub(super) fn claim(folder: &Path) -> Result<(), Failure> {
    let path = folder.join(config::FILE);
    match fs::read(&path) {
        Ok(text) if text.starts_with(MARK.as_bytes()) => return Ok(()),
        Ok(_) => return Err(not_ours(format!("{} is not a demo's", path.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(fault("read", &path)(error)),
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(fault("make", folder))?;
    // What a demo left that was killed in its first moment is no reason to refuse the next one.
    let half = part_of(&path).map_err(fault("make", &path))?;
    for entry in fs::read_dir(folder).map_err(fault("read", folder))? {
        if entry.map_err(fault("read", folder))?.path() != half {
            return Err(not_ours(format!(
                "{} holds files that are not a demo's",
                folder.display()
            )));
        }
    }
    put(&path, MARK)
}

fn not_ours(words: String) -> Failure {
    Failure::usage(Code::DemoFolder, anyhow::Error::msg(words))
        .next("Give --batch a folder that does not exist yet.")
}

/// Writes what is missing, and the configuration for where service and door are now.
pub(super) fn write(folder: &Path, service: &Running, door: SocketAddr) -> Result<(), Failure> {
    let _ = bench_key::complete(&Files {
        key: folder.join(KEY),
        certificate: folder.join(CERTIFICATE),
    })?;
    if !folder.join(TOKEN).exists() {
        let mut token = [0; 24];
        aws_lc_rs::rand::fill(&mut token).map_err(|_| {
            Failure::new(
                Code::NoRandomness,
                anyhow::anyhow!("the system gives no random numbers"),
            )
        })?;
        put(&folder.join(TOKEN), &crate::store::hex(&token))?;
    }
    put(&folder.join(config::FILE), &configuration(service, door))
}

fn configuration(service: &Running, door: SocketAddr) -> String {
    format!(
        r#"{MARK}
[service]
kind = "device-trust-manager"
url = "{url}"
api_key_file = "service/api-key"
ca_file = "service/ca.pem"
device_group_id = "{group}"
certificate_policy_id = "{policy}"
poll_seconds = 1

[batch]
name = "demo"
station_index = "station.db"    # a bench's own boards are kept in the user's data folder instead

[certificates]
root = "service/device-root.pem"
intermediates = "service/issuing.pem"

[columns]
device_name = "{{name}}"
device_description = "demo board"
"subject.common_name" = "{{name}}"
"subject.organization_name" = "Example"
"subject.organization_unit" = "Demo"
"san.dns_name" = "{{name}}.devices.example.com"

[request]
key_usage = ["digitalSignature"]
extended_key_usage = ["clientAuth"]
basic_constraints = true

[network]
listen = "{door}"
certificate = "{CERTIFICATE}"
key = "{KEY}"
join_token_file = "{TOKEN}"
"#,
        url = service.url(),
        group = service.device_group_id(),
        policy = service.certificate_policy_id(),
    )
}

/// Writes a file whole or not at all, for its owner only.
fn put(path: &Path, text: &str) -> Result<(), Failure> {
    whole_file::write(path, text.as_bytes()).map_err(fault("write", path))
}

/// A fault of the file system, in words.
pub(super) fn fault(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let words = format!("can't {operation} {}", path.display());
    move |error| Failure::new(of_io(&error), anyhow::Error::new(error).context(words))
}
