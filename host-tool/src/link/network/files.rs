//! The door's files: the bench's certificate and key, and the authorities of client certificates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::DoorError;
use crate::bench_key::is_p256;
use crate::config::{Config, ConfigError, Network, open_private};

/// Greatest plaintext of one record, in bytes: `GREATEST_PLAINTEXT` of the board's TLS crate.
const BOARD_RECORD: usize = 2031;

/// What TLS needs, of the files that the configuration names.
pub(super) fn server_config(config: &Config, network: &Network) -> Result<ServerConfig, DoorError> {
    let certificate = config.path(&network.certificate);
    let chain = certificates("certificate", &certificate)?;
    check_p256(&chain, &certificate)?;
    let key = private_key(config.path(&network.key))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(DoorError::KeyPair)?;
    let builder = match &network.client_ca_file {
        Some(path) => builder.with_client_cert_verifier(client_verifier(&config.path(path))?),
        None => builder.with_no_client_auth(),
    };
    let mut tls = builder
        .with_single_cert(chain, key)
        .map_err(DoorError::KeyPair)?;
    // The greatest record that a board with buffers of 2 KB takes.
    tls.max_fragment_size = Some(BOARD_RECORD);
    // Boards do not resume: tickets would only cost them time and space.
    tls.send_tls13_tickets = 0;
    Ok(tls)
}

fn certificates(
    setting: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, DoorError> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|source| DoorError::File {
            setting,
            path: path.to_owned(),
            source,
        })
}

fn private_key(path: PathBuf) -> Result<PrivateKeyDer<'static>, DoorError> {
    let file = open_private(&path).map_err(|source| ConfigError::Secret {
        setting: "network.key",
        source,
    })?;
    PrivateKeyDer::from_pem_reader(file).map_err(|source| DoorError::File {
        setting: "key",
        path,
        source,
    })
}

/// Takes a certificate that one of these authorities issued, and lets those come in who show none: they need a token.
fn client_verifier(path: &Path) -> Result<Arc<dyn ClientCertVerifier>, DoorError> {
    let unfit = |why: String| {
        let why = format!("{} {why}", path.display());
        ConfigError::value("network.client_ca_file", why)
    };
    let mut roots = RootCertStore::empty();
    for certificate in certificates("client_ca_file", path)? {
        roots
            .add(certificate)
            .map_err(|error| unfit(format!("holds what is no authority: {error}")))?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .allow_unauthenticated()
        .build()
        .map_err(|error| unfit(format!("can't be used: {error}")))?;
    Ok(verifier)
}

/// Boards know P-256 only; with another key none of them could join, and none could say why.
fn check_p256(chain: &[CertificateDer<'_>], path: &Path) -> Result<(), ConfigError> {
    let refused = |why: &str| {
        let why = format!("{} {why}", path.display());
        ConfigError::value("network.certificate", why)
    };
    let leaf = chain
        .first()
        .ok_or_else(|| refused("holds no certificate"))?;
    let (_, certificate) =
        X509Certificate::from_der(leaf).map_err(|_| refused("holds no certificate"))?;
    if is_p256(&certificate) {
        Ok(())
    } else {
        Err(refused(
            "is not over a P-256 key, and boards can pin no other",
        ))
    }
}

/// The subject of a certificate that was verified, for the log.
pub(super) fn subject_of(certificate: &CertificateDer<'_>) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(crate::service::words::printable(
        &certificate.subject().to_string(),
        MAX_SUBJECT,
    ))
}

/// Greatest length of a subject that is told, in characters.
const MAX_SUBJECT: usize = 200;
