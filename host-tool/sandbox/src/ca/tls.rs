//! The service's own TLS certificate and configuration. The certificate is new at every start; the
//! CA that clients trust stays.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::PrivatePkcs8KeyDer;
use time::{Duration, OffsetDateTime};

use super::{Authority, BACKDATED_MINUTES, failed};
use crate::Error;

/// How long the service's certificate is valid; a sandbox is restarted sooner.
const SERVER_DAYS: i64 = 90;

/// A TLS server configuration for `localhost`, `clientauth.localhost`, the loopback addresses and `address`.
pub(crate) fn server_config(
    ca: &Authority,
    address: IpAddr,
    clients: Arc<dyn ClientCertVerifier>,
) -> Result<ServerConfig, Error> {
    let key = KeyPair::generate().map_err(failed("the service's key"))?;
    let issuer = Issuer::from_ca_cert_pem(&ca.certificate, &ca.key)
        .map_err(failed("the service's certificate"))?;
    let certificate = parameters(address)
        .and_then(|parameters| parameters.signed_by(&key, &issuer))
        .map_err(failed("the service's certificate"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::Tls)?
        .with_client_cert_verifier(clients)
        .with_single_cert(
            vec![certificate.into()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .map_err(Error::Tls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn parameters(address: IpAddr) -> Result<CertificateParams, rcgen::Error> {
    let mut names = vec![
        "localhost".to_owned(),
        "clientauth.localhost".into(),
        "127.0.0.1".into(),
        "::1".into(),
    ];
    if !address.is_unspecified() && !address.is_loopback() {
        names.push(address.to_string());
    }
    let mut parameters = CertificateParams::new(names)?;
    let now = OffsetDateTime::now_utc();
    parameters.not_before = now - Duration::minutes(BACKDATED_MINUTES);
    parameters.not_after = now + Duration::days(SERVER_DAYS);
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.use_authority_key_identifier_extension = true;
    Ok(parameters)
}
