//! Puts the credential into requests, and keeps it out of everything else.
//!
//! One way at a time: with a client certificate no header goes at all. Knows no route.

use secrecy::{ExposeSecret, SecretString};
use ureq::http::{HeaderValue, request};

use super::credential::Credential;
use super::error::{Refusal, ServiceError};
use super::settings::SettingsError;

/// No service gives out keys shorter than this, in bytes.
const SHORTEST_KEY: usize = 8;

/// How requests are signed in.
pub(super) enum SignIn {
    /// `x-api-key`
    ApiKey(Secret),
    /// `x-passcode`
    Passcode(Secret),
    /// The TLS layer has it.
    ClientCertificate,
}

/// A secret as text and as a header's value.
pub(super) struct Secret {
    text: SecretString,
    value: HeaderValue,
}

impl SignIn {
    /// Checks that the credential can stand in a header.
    pub(super) fn of(credential: &Credential) -> Result<Self, SettingsError> {
        Ok(match credential {
            Credential::ApiKey(key) => Self::ApiKey(secret("the API key", key)?),
            Credential::Passcode(passcode) => Self::Passcode(secret("the passcode", passcode)?),
            Credential::ClientCertificate(_) => Self::ClientCertificate,
        })
    }

    /// Signs a request in.
    pub(super) fn sign(&self, request: request::Builder) -> request::Builder {
        match self {
            Self::ApiKey(secret) => request.header("x-api-key", secret.value.clone()),
            Self::Passcode(secret) => request.header("x-passcode", secret.value.clone()),
            Self::ClientCertificate => request,
        }
    }

    /// The error of a 401.
    pub(super) fn refused(&self, refusal: Box<Refusal>) -> ServiceError {
        match self {
            Self::ApiKey(_) => ServiceError::KeyRefused(refusal),
            Self::Passcode(_) => ServiceError::PasscodeRefused(refusal),
            Self::ClientCertificate => ServiceError::CertificateRefused(refusal),
        }
    }

    /// A service that quotes the secret back must not bring it to a screen or a log. What is too short to be a key is no
    /// secret either, and would be found inside of words; a passcode may be short, but is covered all the same.
    pub(super) fn without_secret(&self, body: &[u8]) -> Vec<u8> {
        let (secret, shortest, instead) = match self {
            Self::ApiKey(secret) => (secret, SHORTEST_KEY, "[the API key]"),
            Self::Passcode(secret) => (secret, 1, "[the passcode]"),
            Self::ClientCertificate => return body.to_vec(),
        };
        let text = secret.text.expose_secret().trim();
        if text.len() < shortest {
            return body.to_vec();
        }
        String::from_utf8_lossy(body)
            .replace(text, instead)
            .into_bytes()
    }
}

fn secret(what: &'static str, text: &SecretString) -> Result<Secret, SettingsError> {
    let trimmed = text.expose_secret().trim();
    if trimmed.is_empty() {
        return Err(SettingsError::value(what, "it is empty"));
    }
    let mut value = HeaderValue::from_str(trimmed)
        .map_err(|_| SettingsError::value(what, "it has characters that can't be sent"))?;
    value.set_sensitive(true);
    Ok(Secret {
        text: text.clone(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::Request;

    #[test]
    fn each_way_has_its_own_header_and_no_other() {
        let certificate = super::super::ClientCertificate {
            certificate: "c".into(),
            key: "k".into(),
            url: None,
        };
        for (credential, header) in [
            (
                Credential::ApiKey("key-0123456789".into()),
                Some("x-api-key"),
            ),
            (Credential::Passcode("1234".into()), Some("x-passcode")),
            (Credential::ClientCertificate(certificate), None),
        ] {
            let sign_in = SignIn::of(&credential).unwrap();
            let request = sign_in
                .sign(Request::builder().uri("https://a.example"))
                .body(())
                .unwrap();
            let names: Vec<_> = request
                .headers()
                .keys()
                .map(|name| name.as_str().to_owned())
                .collect();
            assert_eq!(names, Vec::from_iter(header));
        }
    }

    #[test]
    fn a_secret_that_is_quoted_back_is_covered() {
        let key = SignIn::of(&Credential::ApiKey("key-0123456789".into())).unwrap();
        assert_eq!(
            key.without_secret(b"no key-0123456789"),
            b"no [the API key]"
        );
        let passcode = SignIn::of(&Credential::Passcode("1234".into())).unwrap();
        assert_eq!(passcode.without_secret(b"no 1234"), b"no [the passcode]");
        assert!(SignIn::of(&Credential::Passcode(" ".into())).is_err());
        assert!(SignIn::of(&Credential::ApiKey("a\nb".into())).is_err());
    }
}
