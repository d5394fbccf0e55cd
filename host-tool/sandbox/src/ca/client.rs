//! The one client certificate that belongs to a user of the sandbox, and who may connect with which.

use std::sync::Arc;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyUsagePurpose};
use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use time::{Duration, OffsetDateTime};

use super::{Authority, BACKDATED_MINUTES, failed, new_key, read, write};
use crate::Error;
use crate::files::Folder;
use crate::switches::ClientAuth;

/// How long a client certificate is valid.
const CLIENT_DAYS: i64 = 365;

/// The client certificate of this folder, `client.pem` with `client.key`, as DER; made where it is missing.
pub(crate) fn certificate(folder: &Folder, ca: &Authority) -> Result<Vec<u8>, Error> {
    let (path, key) = (folder.path("client.pem"), folder.path("client.key"));
    let kept = if let Some(kept) = read(&path, &key)? {
        kept
    } else {
        let pair = new_key()?;
        let issuer = Issuer::from_ca_cert_pem(&ca.certificate, &ca.key)
            .map_err(failed("the client certificate"))?;
        let pem = parameters()
            .signed_by(&pair, &issuer)
            .map_err(failed("the client certificate"))?
            .pem();
        write(&path, &key, pem, pair)?
    };
    let der = CertificateDer::from_pem_slice(kept.certificate.as_bytes());
    der.map(|der| der.to_vec()).map_err(|error| Error::Damaged {
        path,
        reason: error.to_string(),
    })
}

fn parameters() -> CertificateParams {
    let mut parameters = CertificateParams::default();
    let now = OffsetDateTime::now_utc();
    parameters.not_before = now - Duration::minutes(BACKDATED_MINUTES);
    parameters.not_after = now + Duration::days(CLIENT_DAYS);
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, "Nameplate sandbox user");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    parameters.use_authority_key_identifier_extension = true;
    parameters
}

/// Who gets through the handshake at the door for client certificates.
pub(crate) fn verifier(
    ca: &Authority,
    rule: ClientAuth,
) -> Result<Arc<dyn ClientCertVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(ca.certificate.as_bytes()).map_err(|error| {
        Error::Damaged {
            path: "client-ca.pem".into(),
            reason: error.to_string(),
        }
    })?;
    roots.add(root).map_err(Error::Tls)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = match rule {
        ClientAuth::Tls => builder,
        ClientAuth::Http => builder.allow_unauthenticated(),
    };
    builder.build().map_err(|error| Error::Damaged {
        path: "client-ca.pem".into(),
        reason: error.to_string(),
    })
}
