//! Reads a TLS client certificate and its key, and makes sure that they belong together.
//!
//! All of it is checked here, because the HTTP library panics on a pair that does not fit. Whether the service trusts the
//! certificate, and whether it is still valid, only the service can say.

use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret;
use ureq::tls::{Certificate, ClientCert, PrivateKey};

use super::credential::ClientCertificate;
use super::settings::SettingsError;

const CERTIFICATE: &str = "service.client_certificate";
const KEY: &str = "service.client_key";
/// Greatest file of certificates, in bytes, and greatest number of them.
const MAX_FILE: u64 = 1 << 20;
const MAX_CHAIN: usize = 10;

/// Reads and checks both.
pub(super) fn load(identity: &ClientCertificate) -> Result<ClientCert, SettingsError> {
    let chain = chain_in(identity)?;
    let unreadable = "there is no PEM private key in it that can be read; one with a password has to be stored without it (openssl pkey)";
    let kept = PrivateKey::from_pem(identity.key.expose_secret().as_bytes())
        .map_err(|_| SettingsError::value(KEY, unreadable))?;
    let key = PrivateKeyDer::try_from(kept.der().to_vec())
        .map_err(|_| SettingsError::value(KEY, unreadable))?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    CertifiedKey::from_der(chain.clone(), key, &provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => SettingsError::value(
            KEY,
            format!(
                "it is not the key of the certificate in {}",
                identity.certificate.display()
            ),
        ),
        other => SettingsError::value(
            KEY,
            format!("it can't be used with its certificate: {other}"),
        ),
    })?;
    let chain: Vec<_> = chain
        .iter()
        .map(|der| Certificate::from_der(der).to_owned())
        .collect();
    Ok(ClientCert::new_with_certs(&chain, kept))
}

fn chain_in(identity: &ClientCertificate) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let path = &identity.certificate;
    let unreadable = |source| SettingsError::File {
        setting: CERTIFICATE,
        path: path.clone(),
        source,
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_FILE {
        return Err(SettingsError::value(
            CERTIFICATE,
            format!("{} is larger than 1 MiB", path.display()),
        ));
    }
    let pem = std::fs::read(path).map_err(unreadable)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| SettingsError::value(CERTIFICATE, error.to_string()))?;
    match chain.len() {
        1..=MAX_CHAIN => Ok(chain),
        0 => Err(SettingsError::value(
            CERTIFICATE,
            format!("there is no PEM certificate in {}", path.display()),
        )),
        _ => Err(SettingsError::value(
            CERTIFICATE,
            format!(
                "{} holds more than {MAX_CHAIN} certificates",
                path.display()
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> (String, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["bench".to_owned()]).unwrap();
        (
            certificate.self_signed(&key).unwrap().pem(),
            key.serialize_pem(),
        )
    }

    fn fault(certificate: &str, key: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("client.pem");
        std::fs::write(&path, certificate).unwrap();
        let identity = ClientCertificate {
            certificate: path,
            key: key.into(),
            url: None,
        };
        load(&identity)
            .err()
            .map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn a_pair_that_fits_is_taken_and_nothing_else() {
        let ((certificate, key), (other, other_key)) = (made(), made());
        assert_eq!(fault(&certificate, &key), "");
        assert_eq!(fault(&format!("{certificate}{other}"), &key), "", "a chain");
        assert!(fault(&certificate, &other_key).contains("not the key of the certificate"));
        assert!(fault(&certificate, "nothing").contains("no PEM private key"));
        assert!(fault("nothing", &key).contains("no PEM certificate"));
        assert!(fault(&certificate.repeat(11), &key).contains("more than 10"));
        let der_less = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(!fault(der_less, &key).is_empty());
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let identity = ClientCertificate {
            certificate: "/no/such/client.pem".into(),
            key: "".into(),
            url: None,
        };
        let error = load(&identity).err().unwrap().to_string();
        assert!(
            error.contains("service.client_certificate") && error.contains("/no/such/client.pem")
        );
    }
}
