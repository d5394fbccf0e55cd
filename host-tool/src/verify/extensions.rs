//! The extensions that a certificate request asks for: exactly those that the board was asked for.

use std::collections::BTreeSet;
use std::net::IpAddr;

use nameplate_wire::request::{AltNameKind, KeyUsage};
use x509_cert::der::Decode as _;
use x509_cert::request::ExtensionReq;
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::der_parser::asn1_rs::{Any, FromDer as _, OctetString, Oid, Sequence, Set};
use x509_parser::extensions::{ExtendedKeyUsage, GeneralName, ParsedExtension};
use x509_parser::prelude::X509CertificationRequest;

use super::Refusal;
use crate::columns::{Asked, Attribute};

/// id-on-hardwareModuleName (RFC 4108 section 5).
const HARDWARE_MODULE_NAME: &str = "1.3.6.1.5.5.7.8.4";

/// Checks the requested extensions against what was asked.
pub(super) fn check(csr: &X509CertificationRequest<'_>, asked: &Asked) -> Result<(), Refusal> {
    let found = Found::read(csr)?;
    let wanted = Found::wanted(asked);
    compare("the names", &found.names, &wanted.names)?;
    compare("keyUsage", &found.key_usage, &wanted.key_usage)?;
    compare("extendedKeyUsage", &found.purposes, &wanted.purposes)?;
    compare(
        "basicConstraints",
        &found.basic_constraints,
        &wanted.basic_constraints,
    )
}

fn compare<T: PartialEq + std::fmt::Debug>(
    what: &str,
    found: &T,
    asked: &T,
) -> Result<(), Refusal> {
    if found == asked {
        return Ok(());
    }
    Err(Refusal::OtherThanAsked {
        found: format!("{what} {found:?}"),
        asked: format!("{asked:?}"),
    })
}

/// What extensions say, in a form that can be compared and shown.
#[derive(Debug, Default)]
struct Found {
    names: Vec<String>,
    /// Bits by their number.
    key_usage: Option<u16>,
    purposes: BTreeSet<String>,
    /// `cA`.
    basic_constraints: Option<bool>,
}

impl Found {
    fn wanted(asked: &Asked) -> Self {
        let names = asked
            .values
            .iter()
            .filter_map(|value| match value.attribute {
                Attribute::Subject(_) => None,
                Attribute::AltName(kind) => Some(wanted_name(kind, &value.value)),
            });
        let bits = |usage: &KeyUsage| 1u16 << (*usage as u16);
        let key_usage = asked
            .key_usage
            .iter()
            .map(bits)
            .reduce(|all, bit| all | bit);
        Self {
            names: names.collect(),
            key_usage,
            purposes: asked.purposes.iter().cloned().collect(),
            basic_constraints: asked.basic_constraints.then_some(false),
        }
    }

    fn read(csr: &X509CertificationRequest<'_>) -> Result<Self, Refusal> {
        let mut found = Self::default();
        let mut attributes = csr.certification_request_info.iter_attributes();
        let Some(attribute) = attributes.next() else {
            return Ok(found);
        };
        if attributes.next().is_some() {
            return Err(unreadable("it has more attributes than one"));
        }
        let ParsedCriAttribute::ExtensionRequest(request) = attribute.parsed_attribute() else {
            return Err(unreadable("it has an attribute that nobody asked for"));
        };
        // RFC 2985 section 5.4.2: a single value. The parser reads the first and skips the others.
        let single = Set::from_der(attribute.value).and_then(|(_, values)| {
            Any::from_der(&values.content).map(|(rest, _)| rest.is_empty())
        });
        if single != Ok(true) {
            return Err(unreadable("it has more extension requests than one"));
        }
        // That parser bears other classes of tags here as well.
        let values = Set::from_der(attribute.value).map(|(_, values)| values);
        let strict = values.is_ok_and(|values| ExtensionReq::from_der(&values.content).is_ok());
        if !strict {
            return Err(unreadable("its extension request is not DER"));
        }
        let mut seen = BTreeSet::new();
        for extension in &request.extensions {
            if !seen.insert(extension.oid.to_id_string()) {
                return Err(unreadable("it asks for an extension twice"));
            }
            // Neither parser looks for bytes behind the extension's value.
            if !Any::from_der(extension.value).is_ok_and(|(rest, _)| rest.is_empty()) {
                return Err(unreadable("an extension is not DER"));
            }
            found.add(extension.parsed_extension())?;
            if !has_its_form(extension.parsed_extension(), extension.value) {
                return Err(unreadable("an extension is not DER"));
            }
        }
        Ok(found)
    }

    fn add(&mut self, extension: &ParsedExtension<'_>) -> Result<(), Refusal> {
        match extension {
            ParsedExtension::SubjectAlternativeName(names) => {
                self.names = names
                    .general_names
                    .iter()
                    .map(found_name)
                    .collect::<Result<_, _>>()?;
                if self.names.is_empty() {
                    return Err(unreadable("it asks for an empty list of names"));
                }
            }
            ParsedExtension::KeyUsage(usage) => self.key_usage = Some(usage.flags),
            ParsedExtension::ExtendedKeyUsage(usage) => self.purposes = purposes(usage)?,
            ParsedExtension::BasicConstraints(constraints) => {
                self.basic_constraints = Some(constraints.ca);
                if constraints.path_len_constraint.is_some() {
                    return Err(unreadable("it asks for a path length"));
                }
            }
            _ => return Err(unreadable("it asks for an extension that nobody asked for")),
        }
        Ok(())
    }
}

/// How deep the values of extensions nest that are asked for.
const DEPTH: usize = 5;

/// Whether all tags are those of this extension: the parsers read what is within, whatever class it says to be of, and another
/// reader would find something else there.
fn has_its_form(extension: &ParsedExtension<'_>, value: &[u8]) -> bool {
    let Some(tags) = tags(value, DEPTH) else {
        return false;
    };
    match (extension, &tags[..]) {
        (ParsedExtension::SubjectAlternativeName(_), [0x30, names @ ..]) => {
            let mut names = names;
            // dNSName, uniformResourceIdentifier, iPAddress, and a hardwareModuleName in otherName.
            while let [0x82 | 0x86 | 0x87, rest @ ..] | [0xA0, 6, 0xA0, 0x30, 6, 4, rest @ ..] =
                names
            {
                names = rest;
            }
            names.is_empty()
        }
        (ParsedExtension::ExtendedKeyUsage(_), [0x30, purposes @ ..]) => {
            purposes.iter().all(|tag| *tag == 6)
        }
        // A named bit list ends after its last bit that is set (X.690 section 11.2.2).
        (ParsedExtension::KeyUsage(_), [3]) => match value {
            [_, _, unused, .., last] => *last != 0 && last.trailing_zeros() == u32::from(*unused),
            _ => false,
        },
        // What is not the default is refused for itself.
        (ParsedExtension::BasicConstraints(it), [0x30, ..]) => {
            it.ca || it.path_len_constraint.is_some() || value == [0x30, 0]
        }
        _ => false,
    }
}

/// The first byte of each element, and of those nested in it, in order; `None` where it is no DER or nests deeper than this.
fn tags(mut value: &[u8], depth: usize) -> Option<Vec<u8>> {
    let mut found = Vec::new();
    while let Some(tag) = value.first() {
        let (rest, element) = Any::from_der(value).ok()?;
        found.push(*tag);
        if tag & 0x20 != 0 {
            found.extend(tags(element.data, depth.checked_sub(1)?)?);
        }
        value = rest;
    }
    Some(found)
}

fn unreadable(why: &str) -> Refusal {
    Refusal::UnreadableRequest(why.to_owned())
}

fn wanted_name(kind: AltNameKind, value: &str) -> String {
    match kind {
        AltNameKind::Dns => format!("DNS:{value}"),
        AltNameKind::Uri => format!("URI:{value}"),
        AltNameKind::Ip => match value.parse::<IpAddr>() {
            Ok(address) => format!("IP:{address}"),
            Err(_) => format!("IP:{value}"),
        },
        AltNameKind::HardwareModule => format!("hardware module:{}", value.to_ascii_lowercase()),
    }
}

fn found_name(name: &GeneralName<'_>) -> Result<String, Refusal> {
    match name {
        GeneralName::DNSName(name) => Ok(format!("DNS:{name}")),
        GeneralName::URI(uri) => Ok(format!("URI:{uri}")),
        GeneralName::IPAddress(octets) => {
            let address = <[u8; 4]>::try_from(*octets)
                .map(IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(*octets).map(IpAddr::from));
            address
                .map(|address| format!("IP:{address}"))
                .map_err(|_| unreadable("an IP address of another length than 4 or 16"))
        }
        GeneralName::OtherName(oid, value)
            if dotted(oid).as_deref() == Some(HARDWARE_MODULE_NAME) =>
        {
            hardware_module(value).ok_or_else(|| unreadable("a hardware module name that is none"))
        }
        _ => Err(unreadable("a kind of name that nobody asked for")),
    }
}

/// `[0] EXPLICIT SEQUENCE { hwType OBJECT IDENTIFIER, hwSerialNum OCTET STRING }`
pub(crate) fn hardware_module(value: &[u8]) -> Option<String> {
    let (rest, tagged) = Any::from_der(value).ok()?;
    let (after, sequence) = Sequence::from_der(tagged.data).ok()?;
    let (content, hw_type) = Oid::from_der(&sequence.content).ok()?;
    let (end, serial) = OctetString::from_der(content).ok()?;
    if !(rest.is_empty() && after.is_empty() && end.is_empty()) {
        return None;
    }
    let serial = crate::store::hex(serial.as_ref());
    let hw_type = dotted(&hw_type)?;
    Some(format!("hardware module:{hw_type}:{serial}"))
}

/// An object identifier in dotted form; `None` where an arc has leading zeros (X.690 section 8.19.2) or over 63 bits. The parser's
/// own dotted form is wrong where the first two arcs, which are one number, take more than a byte, as in 2.999.
fn dotted(oid: &Oid<'_>) -> Option<String> {
    let mut arcs = Vec::new();
    let (mut number, mut begun) = (0_u64, false);
    for byte in oid.as_bytes() {
        if (!begun && *byte == 0x80) || number >> 56 != 0 {
            return None;
        }
        number = number << 7 | u64::from(byte & 0x7F);
        begun = byte & 0x80 != 0;
        if !begun {
            arcs.push(std::mem::take(&mut number));
        }
    }
    let (first, rest) = arcs.split_first().filter(|_| !begun)?;
    let root = (first / 40).min(2);
    let all = [root, first - 40 * root].into_iter().chain(rest.to_vec());
    let all: Vec<_> = all.map(|arc| arc.to_string()).collect();
    Some(all.join("."))
}

fn purposes(usage: &ExtendedKeyUsage<'_>) -> Result<BTreeSet<String>, Refusal> {
    let named = [
        (usage.server_auth, "1.3.6.1.5.5.7.3.1"),
        (usage.client_auth, "1.3.6.1.5.5.7.3.2"),
        (usage.code_signing, "1.3.6.1.5.5.7.3.3"),
        (usage.email_protection, "1.3.6.1.5.5.7.3.4"),
        (usage.time_stamping, "1.3.6.1.5.5.7.3.8"),
        (usage.ocsp_signing, "1.3.6.1.5.5.7.3.9"),
    ];
    if usage.any {
        return Err(unreadable("it asks for any extended key usage"));
    }
    let named = named
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, oid)| (*oid).to_owned());
    let others: Option<Vec<_>> = usage.other.iter().map(dotted).collect();
    let others = others.ok_or_else(|| unreadable("a purpose that is no object identifier"))?;
    Ok(named.chain(others).collect())
}
