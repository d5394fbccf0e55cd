//! What a bench needs before its first board: configuration, the bench's key and certificate, a join token.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use nameplate_sandbox::Running;

use crate::cli::exit::Failure;
use crate::config;

/// The first line of a configuration that a demo wrote and may write again.
const MARK: &str = "# Written by `nameplate demo`, and written again by it.";

/// The bench's certificate, whose key boards pin.
pub(super) const CERTIFICATE: &str = "bench.pem";
/// Its private key.
const KEY: &str = "bench.key";
/// What boards show to join.
pub(super) const TOKEN: &str = "join.token";

/// Makes the folder; refuses one that holds somebody's own batch.
pub(super) fn claim(folder: &Path) -> Result<(), Failure> {
    let path = folder.join(config::FILE);
    match fs::read_to_string(&path) {
        Ok(text) if text.starts_with(MARK) => Ok(()),
        Ok(_) => {
            let error = anyhow::anyhow!("{} is not a demo's", path.display());
            Err(Failure::usage(error).next("Give --batch a folder that does not exist yet."))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(fault("make", folder))
        }
        Err(error) => Err(fault("read", &path)(error)),
    }
}

/// Writes what is missing, and the configuration for where service and door are now.
pub(super) fn write(folder: &Path, service: &Running, door: SocketAddr) -> Result<(), Failure> {
    if !folder.join(KEY).exists() || !folder.join(CERTIFICATE).exists() {
        make_certificate(folder)?;
    }
    if !folder.join(TOKEN).exists() {
        let mut token = [0; 24];
        aws_lc_rs::rand::fill(&mut token).map_err(|_| Failure::new(anyhow::anyhow!("no random numbers")))?;
        put(&folder.join(TOKEN), &crate::store::hex(&token), 0o600)?;
    }
    put(&folder.join(config::FILE), &configuration(service, door), 0o600)
}

fn make_certificate(folder: &Path) -> Result<(), Failure> {
    let make = || -> Result<_, rcgen::Error> {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut parameters = rcgen::CertificateParams::new(vec!["bench.local".to_owned()])?;
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        let certificate = parameters.self_signed(&key)?;
        Ok((certificate.pem(), key))
    };
    let (certificate, key) = make().map_err(Failure::new)?;
    put(&folder.join(KEY), &key.serialize_pem(), 0o600)?;
    put(&folder.join(CERTIFICATE), &certificate, 0o644)
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

/// Writes a file whole or not at all.
fn put(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let beside = path.with_extension("new");
    let write = || {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(mode);
        let mut file = options.open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(fault("write", path))
}

pub(super) fn fault(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let words = format!("can't {operation} {}", path.display());
    move |error| Failure::new(anyhow::Error::new(error).context(words))
}
