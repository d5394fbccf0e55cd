//! A request in DER (RFC 2986): nothing but one, with a signature that verifies.

use x509_parser::prelude::{FromDer as _, X509CertificationRequest};

use super::{Fault, names, signature, strict};
use crate::columns::Attribute;
use crate::preflight::Code;
use crate::preflight::limits::MAX_QUOTE;
use crate::service::words::printable;
use crate::store::sha256;

/// What a request says.
#[derive(Debug)]
pub(crate) struct Request {
    /// SHA-256 of the SubjectPublicKeyInfo.
    pub key: [u8; 32],
    /// Subject and alternative names, as far as columns are known for them.
    pub values: Vec<(Attribute, String)>,
    /// A name that can't be compared: what it is.
    pub strange: Option<String>,
}

/// Reads a request and verifies its signature.
pub(crate) fn read(der: &[u8]) -> Result<Request, Fault> {
    let unreadable = |what: String| Fault::new(Code::CsrUnreadable, what);
    let (rest, request) = X509CertificationRequest::from_der(der)
        .map_err(|_| unreadable("it is no certificate request".to_owned()))?;
    if !rest.is_empty() {
        let what = format!("{} bytes follow the request", rest.len());
        return Err(Fault::new(Code::DerTrailing, what));
    }
    strict::check(der).map_err(|error| {
        let why = printable(&error.to_string(), MAX_QUOTE);
        unreadable(format!("it is not DER: {why}"))
    })?;
    signature::check(&request)?;
    let info = &request.certification_request_info;
    let said = names::said_by_request(info);
    Ok(Request {
        key: sha256(info.subject_pki.raw),
        values: said.values,
        strange: said.strange,
    })
}
