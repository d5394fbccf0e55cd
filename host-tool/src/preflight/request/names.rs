//! What a request or a certificate says of its device, by the names of the CSV's columns.

use std::net::IpAddr;

use nameplate_wire::request::{AltNameKind, AttributeKind};
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::der_parser::asn1_rs::{Oid, Tag};
use x509_parser::der_parser::oid;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{X509Certificate, X509CertificationRequestInfo};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::columns::Attribute;
use crate::verify::hardware_module;

/// id-on-hardwareModuleName (RFC 4108 section 5).
const HARDWARE_MODULE_NAME: Oid<'static> = oid!(1.3.6.1.5.5.7.8.4);

/// The names of a request or certificate.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub values: Vec<(Attribute, String)>,
    /// What can't be compared.
    pub strange: Option<String>,
}

/// Reads subject and alternative names of a request.
pub(crate) fn said_by_request(info: &X509CertificationRequestInfo<'_>) -> Said {
    let mut said = Said::default();
    said.subject(&info.subject);
    for attribute in info.iter_attributes() {
        if let ParsedCriAttribute::ExtensionRequest(request) = attribute.parsed_attribute() {
            for extension in &request.extensions {
                said.add(extension.parsed_extension());
            }
        }
    }
    said
}

/// Reads subject and alternative names of a certificate.
pub(crate) fn said_by_certificate(certificate: &X509Certificate<'_>) -> Said {
    let mut said = Said::default();
    said.subject(certificate.subject());
    for extension in certificate.extensions() {
        said.add(extension.parsed_extension());
    }
    said
}

impl Said {
    fn subject(&mut self, subject: &X509Name<'_>) {
        for attribute in subject.iter_attributes() {
            let Some(kind) = kind_of(attribute.attr_type()) else {
                continue;
            };
            match text(attribute) {
                Some(value) => self.values.push((Attribute::Subject(kind), value)),
                None => {
                    self.strange = Some("a subject attribute is no text that is known".to_owned());
                }
            }
        }
    }

    fn add(&mut self, extension: &ParsedExtension<'_>) {
        match extension {
            ParsedExtension::SubjectAlternativeName(names) => {
                for name in &names.general_names {
                    if let Some((kind, value)) = alt_name(name) {
                        self.values.push((Attribute::AltName(kind), value));
                    }
                }
            }
            ParsedExtension::ParseError { .. } => {
                self.strange = Some("an extension can't be read".to_owned());
            }
            _ => {}
        }
    }
}

/// The attributes that columns are known for (RFC 5280 appendix A.1).
static KINDS: [(Oid<'static>, AttributeKind); 7] = [
    (oid!(2.5.4.3), AttributeKind::Cn),
    (oid!(2.5.4.5), AttributeKind::SerialNumber),
    (oid!(2.5.4.6), AttributeKind::C),
    (oid!(2.5.4.7), AttributeKind::L),
    (oid!(2.5.4.8), AttributeKind::St),
    (oid!(2.5.4.10), AttributeKind::O),
    (oid!(2.5.4.11), AttributeKind::Ou),
];

fn kind_of(oid: &Oid<'_>) -> Option<AttributeKind> {
    let known = KINDS.iter().find(|(known, _)| known == oid);
    known.map(|(_, kind)| *kind)
}

/// RFC 5280 section 4.1.2.4: DirectoryString, whose older forms are still written.
fn text(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    if let Ok(text) = attribute.as_str() {
        return Some(text.to_owned());
    }
    let value = attribute.attr_value();
    let bytes = value.data;
    match value.tag() {
        Tag::T61String if bytes.is_ascii() => String::from_utf8(bytes.to_vec()).ok(),
        Tag::BmpString => {
            let (units, []) = bytes.as_chunks::<2>() else {
                return None;
            };
            let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
            char::decode_utf16(units).collect::<Result<_, _>>().ok()
        }
        _ => None,
    }
}

fn alt_name(name: &GeneralName<'_>) -> Option<(AltNameKind, String)> {
    Some(match name {
        GeneralName::DNSName(name) => (AltNameKind::Dns, (*name).to_owned()),
        GeneralName::URI(uri) => (AltNameKind::Uri, (*uri).to_owned()),
        GeneralName::IPAddress(octets) => {
            let address = <[u8; 4]>::try_from(*octets)
                .map(IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(*octets).map(IpAddr::from))
                .ok()?;
            (AltNameKind::Ip, address.to_string())
        }
        GeneralName::OtherName(oid, value) if *oid == HARDWARE_MODULE_NAME => {
            let module = hardware_module(value)?;
            let value = module.strip_prefix("hardware module:").unwrap_or(&module);
            (AltNameKind::HardwareModule, value.to_owned())
        }
        _ => return None,
    })
}

/// Whether the CSV's value and the request's are one: addresses and host names have several spellings.
pub(crate) fn same(attribute: Attribute, csv: &str, request: &str) -> bool {
    match attribute {
        Attribute::AltName(AltNameKind::Dns | AltNameKind::HardwareModule) => {
            csv.eq_ignore_ascii_case(request)
        }
        Attribute::AltName(AltNameKind::Ip) => {
            csv == request
                || csv
                    .parse::<IpAddr>()
                    .is_ok_and(|address| address.to_string() == request)
        }
        _ => csv == request,
    }
}
