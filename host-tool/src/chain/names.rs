//! A certificate's names against those that its board asked for.
//!
//! The board was asked for what stands in the columns, and its request was checked to say exactly that. A service may add to it
//! by its policy; what was asked for must be there and be the same.

use nameplate_wire::request::{AltNameKind, AttributeKind};
use x509_parser::prelude::{FromDer as _, X509CertificationRequest};

use super::{Device, WrongCertificate};
use crate::columns::Attribute;
use crate::preflight::request::{said_by_certificate, said_by_request, same};
use crate::service::words::printable;

/// Characters of a value that are shown.
const MAX_SHOWN: usize = 80;

/// Checks the names.
pub(super) fn check(device: &Device<'_>, request: &[u8]) -> Result<(), WrongCertificate> {
    let unreadable = |why: &str| WrongCertificate::Unreadable(why.to_owned());
    let (_, request) = X509CertificationRequest::from_der(request)
        .map_err(|_| unreadable("its board's request can't be read"))?;
    let asked = said_by_request(&request.certification_request_info);
    let said = said_by_certificate(&device.certificate);
    if let Some(strange) = said.strange {
        return Err(WrongCertificate::Unreadable(strange));
    }
    let mut found = said.values;
    for (attribute, wanted) in &asked.values {
        let is_it = |(other, value): &(Attribute, String)| {
            other == attribute && same(*attribute, wanted, value)
        };
        if let Some(at) = found.iter().position(is_it) {
            found.swap_remove(at);
            continue;
        }
        let instead = said_of(&found, *attribute);
        return Err(WrongCertificate::Names {
            found: instead.map_or_else(|| format!("no {}", called(*attribute)), quoted),
            asked: quoted((*attribute, wanted.clone())),
        });
    }
    // A second name that says who the board is would be another's.
    let asked_for = |attribute| asked.values.iter().any(|(asked, _)| *asked == attribute);
    for only in [AttributeKind::Cn, AttributeKind::SerialNumber].map(Attribute::Subject) {
        if let Some(more) = said_of(&found, only).filter(|_| asked_for(only)) {
            return Err(WrongCertificate::Names {
                found: format!("{} too", quoted(more)),
                asked: format!("one {}", called(only)),
            });
        }
    }
    Ok(())
}

fn said_of(found: &[(Attribute, String)], attribute: Attribute) -> Option<(Attribute, String)> {
    found.iter().find(|(other, _)| *other == attribute).cloned()
}

fn quoted((attribute, value): (Attribute, String)) -> String {
    format!("{} \"{}\"", called(attribute), printable(&value, MAX_SHOWN))
}

fn called(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Subject(kind) => match kind {
            AttributeKind::C => "country",
            AttributeKind::St => "state",
            AttributeKind::L => "locality",
            AttributeKind::O => "organization",
            AttributeKind::Ou => "organizational unit",
            AttributeKind::Cn => "common name",
            AttributeKind::SerialNumber => "serial number in the subject",
        },
        Attribute::AltName(kind) => match kind {
            AltNameKind::Dns => "DNS name",
            AltNameKind::Uri => "URI",
            AltNameKind::Ip => "IP address",
            AltNameKind::HardwareModule => "hardware module name",
        },
    }
}
