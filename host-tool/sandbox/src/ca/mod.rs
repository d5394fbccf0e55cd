//! The sandbox's throw-away certificate authorities: one for its own TLS certificate, and a root
//! with an issuing CA below it for devices. They are made once per folder and trusted by nobody else.

pub(crate) mod client;
pub(crate) mod issue;
pub(crate) mod tls;

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use time::{Duration, OffsetDateTime};

use crate::Error;
use crate::files::{self, Access, Folder};

/// How long a throw-away CA is valid.
const CA_DAYS: i64 = 3650;
/// Clocks differ: certificates are valid from a little before now.
pub(crate) const BACKDATED_MINUTES: i64 = 60;

/// A CA as kept in the folder.
pub(crate) struct Authority {
    /// Its certificate, PEM.
    pub(crate) certificate: String,
    /// Its private key.
    pub(crate) key: KeyPair,
}

/// The CA that signs the service's TLS certificate: `ca.pem`.
pub(crate) fn tls_authority(folder: &Folder) -> Result<Authority, Error> {
    let (certificate, key) = (folder.path("ca.pem"), folder.path("ca.key"));
    if let Some(kept) = read(&certificate, &key)? {
        return Ok(kept);
    }
    let pair = new_key()?;
    let pem = parameters("Nameplate sandbox TLS CA", None)
        .self_signed(&pair)
        .map_err(failed("the TLS CA"))?
        .pem();
    write(&certificate, &key, pem, pair)
}

/// The CA that signs client certificates: `client-ca.pem`.
pub(crate) fn client_authority(folder: &Folder) -> Result<Authority, Error> {
    let (certificate, key) = (folder.path("client-ca.pem"), folder.path("client-ca.key"));
    if let Some(kept) = read(&certificate, &key)? {
        return Ok(kept);
    }
    let pair = new_key()?;
    let pem = parameters("Nameplate sandbox client CA", Some(0))
        .self_signed(&pair)
        .map_err(failed("the client CA"))?
        .pem();
    write(&certificate, &key, pem, pair)
}

/// The CA that signs device certificates: `issuing.pem`, below `device-root.pem`.
pub(crate) fn device_authority(folder: &Folder) -> Result<Authority, Error> {
    let (certificate, key) = (folder.path("issuing.pem"), folder.path("issuing.key"));
    if let Some(kept) = read(&certificate, &key)? {
        return Ok(kept);
    }
    // The root's key signs one certificate and is forgotten.
    let root_key = new_key()?;
    let root_parameters = parameters("Nameplate sandbox device root", None);
    let root_pem = root_parameters
        .self_signed(&root_key)
        .map_err(failed("the device root"))?
        .pem();
    let pair = new_key()?;
    let pem = parameters("Nameplate sandbox device CA", Some(0))
        .signed_by(&pair, &Issuer::from_params(&root_parameters, &root_key))
        .map_err(failed("the device CA"))?
        .pem();
    files::replace(
        &folder.path("device-root.pem"),
        root_pem.as_bytes(),
        Access::Anyone,
    )?;
    write(&certificate, &key, pem, pair)
}

fn parameters(name: &str, path_length: Option<u8>) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    let now = OffsetDateTime::now_utc();
    parameters.not_before = now - Duration::minutes(BACKDATED_MINUTES);
    parameters.not_after = now + Duration::days(CA_DAYS);
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(match path_length {
        Some(length) => BasicConstraints::Constrained(length),
        None => BasicConstraints::Unconstrained,
    });
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.use_authority_key_identifier_extension = true;
    parameters
}

fn new_key() -> Result<KeyPair, Error> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(failed("a CA's key"))
}

pub(crate) fn failed(what: &'static str) -> impl FnOnce(rcgen::Error) -> Error {
    move |source| Error::Certificate { what, source }
}

fn read(certificate: &Path, key: &Path) -> Result<Option<Authority>, Error> {
    let (Some(pem), Some(key_pem)) = (files::read(certificate)?, files::read(key)?) else {
        return Ok(None);
    };
    let pair = KeyPair::from_pem(&key_pem).map_err(|error| Error::Damaged {
        path: key.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(Some(Authority {
        certificate: pem,
        key: pair,
    }))
}

/// The certificate comes last: where it is, everything else is.
fn write(certificate: &Path, key: &Path, pem: String, pair: KeyPair) -> Result<Authority, Error> {
    files::replace(key, pair.serialize_pem().as_bytes(), Access::Owner)?;
    files::replace(certificate, pem.as_bytes(), Access::Anyone)?;
    Ok(Authority {
        certificate: pem,
        key: pair,
    })
}
