//! The way from a certificate to a root: every signature, every authority, every length and time on it.
//!
//! The search is `webpki`'s, which bounds depth, tries and signatures; what is trusted is ours to say.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter,
    VerifiedPath, anchor_from_trusted_cert,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{Device, Trust, WrongCertificate};

/// What a device uses its certificate for is its policy's to say.
struct AnyUse;

impl ExtendedKeyUsageValidator for AnyUse {
    fn validate(&self, mut uses: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        uses.try_for_each(|one| one.map(drop))
    }
}

/// The certificates above a device's that it is to be given, in order, without the root. At a moment in Unix milliseconds.
///
/// Without a configured root what came is checked in itself: its topmost certificate is believed, and the others must lead to it.
pub(super) fn find(
    device: &Device<'_>,
    beside: &[CertificateDer<'_>],
    trust: &Trust,
    at: i64,
) -> Result<Vec<Vec<u8>>, WrongCertificate> {
    let own = CertificateDer::from(device.der());
    let end = EndEntityCert::try_from(&own).map_err(wrong)?;
    let mut pool: Vec<CertificateDer<'_>> = Vec::new();
    for certificate in beside.iter().chain(trust.intermediates()) {
        if !pool.contains(certificate) {
            pool.push(certificate.clone());
        }
    }
    let seconds = u64::try_from(at.div_euclid(1000)).unwrap_or_default();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let verify = |anchors: &[TrustAnchor<'_>]| {
        end.verify_for_usage(
            ALL_VERIFICATION_ALGS,
            anchors,
            &pool,
            at,
            AnyUse,
            None,
            None,
        )
        .map(|path| (above(&path), path.anchor().subject.to_vec()))
        .map_err(wrong)
    };
    if let Some(roots) = trust.roots() {
        return verify(&anchors(roots)).map(|(above, _)| above);
    }
    let tops: Vec<_> = pool
        .iter()
        .filter(|one| is_top(one, &pool))
        .cloned()
        .collect();
    if tops.is_empty() {
        return Ok(Vec::new());
    }
    let (mut above, anchor) = verify(&anchors(&tops))?;
    // What is not a root is needed by whoever verifies up to one.
    let top = tops.iter().find(|top| {
        names(top).is_some_and(|(subject, issuer)| {
            subject != issuer && content(&subject) == Some(anchor.as_slice())
        })
    });
    above.extend(top.map(|top| top.to_vec()));
    Ok(above)
}

fn above(path: &VerifiedPath<'_>) -> Vec<Vec<u8>> {
    let certificates = path.intermediate_certificates();
    certificates.map(|one| one.der().to_vec()).collect()
}

fn anchors<'a>(roots: &'a [CertificateDer<'_>]) -> Vec<TrustAnchor<'a>> {
    let anchors = roots.iter();
    anchors
        .filter_map(|root| anchor_from_trusted_cert(root).ok())
        .collect()
}

/// Whether nothing in the pool stands above it.
fn is_top(one: &CertificateDer<'_>, pool: &[CertificateDer<'_>]) -> bool {
    let Some((subject, issuer)) = names(one) else {
        return false;
    };
    let is_issuer =
        |other: &CertificateDer<'_>| names(other).is_some_and(|(other, _)| other == issuer);
    subject == issuer || !pool.iter().any(is_issuer)
}

/// Subject and issuer in DER.
fn names(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let names = [certificate.subject(), certificate.issuer()];
    let [subject, issuer] = names.map(|name| name.as_raw().to_vec());
    Some((subject, issuer))
}

/// What is in a DER value, as an anchor has a name.
fn content(der: &[u8]) -> Option<&[u8]> {
    use x509_parser::der_parser::asn1_rs::{Any, FromDer as _};
    Any::from_der(der).ok().map(|(_, any)| any.data)
}

/// A fault of the path, in words.
fn wrong(error: Error) -> WrongCertificate {
    let words = match error {
        Error::UnknownIssuer => return WrongCertificate::NoRoot,
        Error::CertExpired { .. } => "a certificate above it has expired",
        Error::CertNotValidYet { .. } => "a certificate above it is not valid yet",
        Error::CaUsedAsEndEntity => "it is an authority's",
        Error::EndEntityUsedAsCa => "a certificate above it is no authority's",
        Error::PathLenConstraintViolated => {
            "an authority above it may not have so many authorities below it"
        }
        Error::InvalidSignatureForPublicKey => "a signature on its way to the root does not verify",
        Error::MaximumPathBuildCallsExceeded
        | Error::MaximumPathDepthExceeded
        | Error::MaximumSignatureChecksExceeded => "its way to the root is too long",
        Error::NameConstraintViolation => "an authority above it may not issue for its names",
        Error::UnsupportedCriticalExtension => {
            "it, or one above it, has a critical extension that is not known here"
        }
        other => return WrongCertificate::Path(other.to_string()),
    };
    WrongCertificate::Path(words.to_owned())
}
