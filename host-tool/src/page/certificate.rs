//! What a page beyond loopback needs: a token, and a key with its certificate. Made where they are missing, in the batch's folder, so
//! that a tablet stays signed in from run to run; who has a certificate of their own puts it there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use time::{Duration, OffsetDateTime};

use super::PageError;
use crate::config::{read_private_text, read_secret};
use crate::store::sha256;
use crate::whole_file;

/// The token's file in the batch's folder.
const TOKEN: &str = "page.token";
/// The certificate's.
const CERTIFICATE: &str = "page.pem";
/// The key's.
const KEY: &str = "page.key";

/// Random bytes of a token: with 192 bits nobody guesses one.
const RANDOM: usize = 24;

/// Characters of a token that somebody made themselves, at least.
const SHORTEST: usize = 24;

/// How long a certificate is good for. Browsers take no longer ones where somebody trusts it for good.
const DAYS: i64 = 820;

/// What TLS needs.
pub(super) struct Pair {
    pub config: Arc<ServerConfig>,
    /// As browsers show it: `AB:CD:…`.
    pub fingerprint: String,
}

/// The token of this batch's page.
pub(super) fn token(folder: &Path) -> Result<SecretString, PageError> {
    let path = folder.join(TOKEN);
    if !path.exists() {
        let mut random = Zeroizing::new([0; RANDOM]);
        rand::fill(random.as_mut()).map_err(|_| PageError::Randomness)?;
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(random.as_ref()) + "\n");
        put_new(&path, &text)?;
    }
    let token = read_secret(&path)?;
    // It goes through a URL and a cookie as it is.
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let text = token.expose_secret();
    if text.len() < SHORTEST || !text.bytes().all(fits) {
        return Err(PageError::Unfit {
            path,
            why: format!("must hold {SHORTEST} or more letters, digits, - and _, and nothing else"),
        });
    }
    Ok(token)
}

/// Key and certificate of this batch's page; a new certificate is for these names.
pub(super) fn pair(folder: &Path, names: &[String]) -> Result<Pair, PageError> {
    let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
    if !certificate.exists() && !key.exists() {
        make(&certificate, &key, names)?;
    }
    let unfit = |path: &PathBuf, why: String| PageError::Unfit {
        path: path.clone(),
        why,
    };
    let chain = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unfit(&certificate, format!("is no certificate in PEM: {error}")))?;
    let first = chain
        .first()
        .ok_or_else(|| unfit(&certificate, "holds no certificate".to_owned()))?;
    let fingerprint = shown(&sha256(first));
    let text = read_private_text(&key)?;
    let private = PrivateKeyDer::from_pem_slice(text.expose_secret().as_bytes())
        .map_err(|error| unfit(&key, format!("is no private key in PEM: {error}")))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(chain, private)
        });
    let mut config =
        config.map_err(|error| unfit(&certificate, format!("does not fit its key: {error}")))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Pair {
        config: Arc::new(config),
        fingerprint,
    })
}

fn make(certificate: &Path, key: &Path, names: &[String]) -> Result<(), PageError> {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut parameters = rcgen::CertificateParams::new(names)?;
    let mut name = rcgen::DistinguishedName::new();
    name.push(rcgen::DnType::CommonName, "nameplate page");
    parameters.distinguished_name = name;
    parameters.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let now = OffsetDateTime::now_utc();
    // A tablet may have a clock that is a little slow.
    parameters.not_before = now - Duration::days(1);
    parameters.not_after = now + Duration::days(DAYS);
    let signed = parameters.self_signed(&pair)?;
    put_new(key, &Zeroizing::new(pair.serialize_pem()))?;
    put_new(certificate, &signed.pem())
}

/// Whole, for its owner only, and never over another.
fn put_new(path: &Path, text: &str) -> Result<(), PageError> {
    whole_file::write_new(path, text.as_bytes()).map_err(|source| PageError::Write {
        path: path.to_owned(),
        source,
    })
}

fn shown(digest: &[u8]) -> String {
    let pairs: Vec<_> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_was_made_once_stays_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["10.0.0.1".to_owned(), "bench".to_owned()];
        let first = token(folder.path()).unwrap();
        let pair_of_now = pair(folder.path(), &names).unwrap();
        assert_eq!(
            first.expose_secret(),
            token(folder.path()).unwrap().expose_secret()
        );
        assert_eq!(first.expose_secret().len(), 32);
        let again = pair(folder.path(), &[]).unwrap();
        assert_eq!(pair_of_now.fingerprint, again.fingerprint);
        assert_eq!(again.fingerprint.len(), 32 * 3 - 1);
        for name in [TOKEN, KEY] {
            let mode = std::fs::metadata(folder.path().join(name)).unwrap();
            assert_eq!(mode.permissions().mode() & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_file_that_does_not_fit_is_named() {
        let folder = tempfile::tempdir().unwrap();
        pair(folder.path(), &[]).unwrap();
        std::fs::write(folder.path().join(CERTIFICATE), "nothing").unwrap();
        let error = pair(folder.path(), &[]).err().unwrap();
        assert!(error.to_string().contains(CERTIFICATE), "{error}");
        std::fs::write(folder.path().join(TOKEN), "two\nlines").unwrap();
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(folder.path().join(TOKEN), private.clone()).unwrap();
        assert!(matches!(token(folder.path()), Err(PageError::Secret(_))));
        for text in [
            "short",
            "a-token-with;a=cookie-in-it",
            "a-token-with&a-further-pair",
        ] {
            std::fs::write(folder.path().join(TOKEN), text).unwrap();
            assert!(
                matches!(token(folder.path()), Err(PageError::Unfit { .. })),
                "{text}"
            );
        }
    }
}
