//! The HTTP library, set up: one agent for questions, one for uploads, one for downloads.
//!
//! Every trap of the library is kept out here: it never follows a redirect (it would send the key
//! along), never makes an error of a status (the body would be lost), always has its crypto provider
//! (it would panic), keeps no connection (a stale one looks like a fault), reads an early answer
//! ([`EarlyAnswers`]). Its `log` output at level trace shows whole requests with the key in them, so
//! that must never be connected to a log. Knows nothing of requests.

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, ClientCert, RootCerts, TlsConfig, TlsProvider};
use ureq::typestate::AgentScope;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector, DefaultConnector};

use super::client_certificate;
use super::credential::Credential;
use super::early_answer::EarlyAnswers;
use super::settings::{Settings, SettingsError, Timeouts};

const USER_AGENT: &str = concat!("nameplate/", env!("CARGO_PKG_VERSION"));

/// The three agents; they share roots and differ in what they wait for.
pub(super) struct Agents {
    pub(super) small: Agent,
    pub(super) upload: Agent,
    pub(super) download: Agent,
}

impl Agents {
    /// Reads the roots; connects to nothing.
    pub(super) fn new(settings: &Settings, loopback: bool) -> Result<Self, SettingsError> {
        let identity = match &settings.credential {
            Credential::ClientCertificate(certificate) => {
                Some(client_certificate::load(certificate)?)
            }
            Credential::ApiKey(_) | Credential::Passcode(_) => None,
        };
        let tls = tls_config(settings.ca_file.as_deref(), identity)?;
        let times = &settings.timeouts;
        let agent =
            |tune: fn(ConfigBuilder<AgentScope>, &Timeouts) -> ConfigBuilder<AgentScope>| {
                let mut config = common(tls.clone(), times);
                if loopback {
                    config = config.proxy(None);
                }
                let connector = DefaultConnector::default().chain(EarlyAnswers);
                Agent::with_parts(
                    tune(config, times).build(),
                    connector,
                    DefaultResolver::default(),
                )
            };
        Ok(Self {
            small: agent(|config, times| config.timeout_global(Some(times.answer))),
            upload: agent(tune_upload),
            download: agent(tune_download),
        })
    }
}

fn common(tls: TlsConfig, times: &Timeouts) -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .tls_config(tls)
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_idle_connections(0)
        .user_agent(USER_AGENT)
        .timeout_resolve(Some(times.connect))
        .timeout_connect(Some(times.connect))
}

fn tune_upload(config: ConfigBuilder<AgentScope>, times: &Timeouts) -> ConfigBuilder<AgentScope> {
    config
        .timeout_send_request(Some(times.idle))
        .timeout_per_write(Some(times.idle))
        .timeout_recv_response(Some(times.submit))
        .timeout_recv_body(Some(times.answer))
        .timeout_global(Some(times.transfer))
}

fn tune_download(config: ConfigBuilder<AgentScope>, times: &Timeouts) -> ConfigBuilder<AgentScope> {
    config
        .timeout_recv_response(Some(times.answer))
        .timeout_per_read(Some(times.idle))
        .timeout_global(Some(times.transfer))
}

fn tls_config(
    ca_file: Option<&Path>,
    identity: Option<ClientCert>,
) -> Result<TlsConfig, SettingsError> {
    let roots = match ca_file {
        Some(path) => roots_in(path)?,
        None => RootCerts::PlatformVerifier,
    };
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .root_certs(roots)
        .client_cert(identity)
        .build())
}

fn roots_in(path: &Path) -> Result<RootCerts, SettingsError> {
    const SETTING: &str = "service.ca_file";
    let pem = std::fs::read(path).map_err(|source| SettingsError::File {
        setting: SETTING,
        path: path.to_owned(),
        source,
    })?;
    let mut checked = rustls::RootCertStore::empty();
    let mut roots = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate =
            certificate.map_err(|error| SettingsError::value(SETTING, error.to_string()))?;
        // The HTTP library would pass over a bad root without a word.
        checked
            .add(certificate.clone())
            .map_err(|error| SettingsError::value(SETTING, error.to_string()))?;
        roots.push(Certificate::from_der(&certificate).to_owned());
    }
    if roots.is_empty() {
        return Err(SettingsError::value(
            SETTING,
            "there is no PEM certificate in it",
        ));
    }
    Ok(RootCerts::from(roots))
}
