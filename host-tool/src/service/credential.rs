//! How we show the service who we are, as plain values.
//!
//! Each way goes alone: a service that is shown two may take the wrong one. Sends nothing.

use std::path::PathBuf;

use secrecy::SecretString;

/// How we show who we are.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Credential {
    /// The header `x-api-key` (S).
    ApiKey(SecretString),
    /// The header `x-passcode`: the password set for an enrolment profile or certificate policy. Documented for single
    /// requests (F); that a batch takes it is a guess (G).
    Passcode(SecretString),
    /// A TLS client certificate, on a host of its own, without any header (S).
    ClientCertificate(ClientCertificate),
}

/// A TLS client certificate and where it is shown.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// The PEM file of the certificate, with those between it and the service's authority behind it.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: SecretString,
    /// The address that takes client certificates; the service's host with `clientauth.` before it where `None` (S).
    pub url: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let certificate = ClientCertificate {
            certificate: "client.pem".into(),
            key: "very-secret".into(),
            url: None,
        };
        for credential in [
            Credential::ApiKey("very-secret".into()),
            Credential::Passcode("very-secret".into()),
            Credential::ClientCertificate(certificate),
        ] {
            assert!(!format!("{credential:?}").contains("very-secret"));
        }
    }
}
