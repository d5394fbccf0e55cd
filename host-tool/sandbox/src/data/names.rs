//! The certificate's names: what the CSR asks for, overridden by what the CSV says.

use std::net::IpAddr;

use der::asn1::{Any, Ia5String, ObjectIdentifier, PrintableStringRef, Utf8StringRef};
use der::{Decode, Encode};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::pkix::{SubjectAltName, name::GeneralName};
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};
use x509_cert::request::{CertReq, ExtensionReq};

use super::columns::{Attribute, COMMON_NAME, Column, San};

/// The names to certify.
pub(crate) struct Names {
    pub(crate) subject: RdnSequence,
    pub(crate) sans: Vec<GeneralName>,
    /// Columns whose value differs from the CSR's.
    pub(crate) differing: Vec<&'static str>,
}

/// Merges one row into its CSR. Empty values override nothing. The error names the column.
pub(crate) fn merge<'a>(
    request: &CertReq,
    row: impl Iterator<Item = (&'a Column, &'a str)>,
) -> Result<Names, String> {
    let mut subjects: Vec<(&'static Attribute, Vec<String>)> = Vec::new();
    let mut sans: Vec<(San, Vec<GeneralName>)> = Vec::new();
    for (column, value) in row.filter(|(_, value)| !value.is_empty()) {
        match column {
            Column::Subject(attribute) => push(&mut subjects, *attribute, value.to_owned()),
            Column::San(kind) => push(&mut sans, *kind, general_name(*kind, value)?),
            Column::DeviceName | Column::UniqueIdentifier | Column::Csr | Column::Ignored => {}
        }
    }
    let mut names = Names {
        subject: request.info.subject.clone().into(),
        sans: requested_names(request)?,
        differing: Vec::new(),
    };
    for (attribute, values) in subjects {
        names.override_subject(attribute, &values)?;
    }
    for (kind, values) in sans {
        names.override_names(kind, values);
    }
    Ok(names)
}

fn push<K: PartialEq, V>(groups: &mut Vec<(K, Vec<V>)>, key: K, value: V) {
    match groups.iter_mut().find(|(known, _)| *known == key) {
        Some((_, values)) => values.push(value),
        None => groups.push((key, vec![value])),
    }
}

impl Names {
    /// The certificate's common name, empty where there is none.
    pub(crate) fn common_name(&self) -> String {
        values_of(&self.subject, COMMON_NAME)
            .into_iter()
            .next()
            .unwrap_or_default()
    }

    fn override_subject(
        &mut self,
        attribute: &'static Attribute,
        values: &[String],
    ) -> Result<(), String> {
        if values_of(&self.subject, attribute.oid) == values {
            return Ok(());
        }
        self.differing.push(attribute.column);
        let mut replacement = values
            .iter()
            .map(|value| relative_name(attribute, value))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter();
        let mut subject = RdnSequence::default();
        for name in self.subject.iter() {
            if name.iter().any(|part| part.oid == attribute.oid) {
                replacement.by_ref().for_each(|new| subject.push(new));
            } else {
                subject.push(name.clone());
            }
        }
        replacement.for_each(|new| subject.push(new));
        self.subject = subject;
        Ok(())
    }

    fn override_names(&mut self, kind: San, values: Vec<GeneralName>) {
        let (same_kind, mut others): (Vec<_>, Vec<_>) =
            self.sans.drain(..).partition(|name| is_kind(name, kind));
        if same_kind != values {
            self.differing.push(match kind {
                San::Dns => "san.dns_name",
                San::Uri => "san.uri",
                San::Ip => "san.ip_address",
            });
        }
        others.extend(values);
        self.sans = others;
    }
}

/// A subject with this common name in the place of its own.
pub(crate) fn with_common_name(subject: &RdnSequence, name: &str) -> Result<RdnSequence, String> {
    let attribute = super::columns::attribute_of(COMMON_NAME).ok_or("no common name is known")?;
    let mut names = Names {
        subject: subject.clone(),
        sans: Vec::new(),
        differing: Vec::new(),
    };
    names.override_subject(attribute, &[name.to_owned()])?;
    Ok(names.subject)
}

fn is_kind(name: &GeneralName, kind: San) -> bool {
    matches!(
        (name, kind),
        (GeneralName::DnsName(_), San::Dns)
            | (GeneralName::UniformResourceIdentifier(_), San::Uri)
            | (GeneralName::IpAddress(_), San::Ip)
    )
}

/// The attribute's values in order, read as text whatever their string type.
pub(super) fn values_of(subject: &RdnSequence, oid: ObjectIdentifier) -> Vec<String> {
    subject
        .iter()
        .flat_map(RelativeDistinguishedName::iter)
        .filter(|part| part.oid == oid)
        .map(|part| String::from_utf8_lossy(part.value.value()).into_owned())
        .collect()
}

fn relative_name(
    attribute: &'static Attribute,
    value: &str,
) -> Result<RelativeDistinguishedName, String> {
    let wrong = |reason: &str| format!("{}: {reason}", attribute.column);
    if value.chars().count() > attribute.longest {
        return Err(wrong(&format!(
            "longer than {} characters",
            attribute.longest
        )));
    }
    if attribute.column == "subject.country"
        && !(value.len() == 2 && value.bytes().all(|b| b.is_ascii_uppercase()))
    {
        return Err(wrong("not a two-letter country code"));
    }
    let any = if attribute.printable {
        PrintableStringRef::new(value).and_then(|text| Any::encode_from(&text))
    } else {
        Utf8StringRef::new(value).and_then(|text| Any::encode_from(&text))
    };
    let part = AttributeTypeAndValue {
        oid: attribute.oid,
        value: any.map_err(|_| wrong("characters that the attribute cannot hold"))?,
    };
    let mut name = RelativeDistinguishedName::default();
    name.insert(part)
        .map_err(|error| wrong(&error.to_string()))?;
    Ok(name)
}

fn general_name(kind: San, value: &str) -> Result<GeneralName, String> {
    let ia5 = |column: &str| {
        Ia5String::new(value).map_err(|_| format!("{column}: characters outside ASCII"))
    };
    match kind {
        San::Dns if !is_dns_name(value) => {
            Err(format!("san.dns_name: {value:?} is not a DNS name"))
        }
        San::Dns => Ok(GeneralName::DnsName(ia5("san.dns_name")?)),
        San::Uri if !value.contains(':') => Err(format!("san.uri: {value:?} has no scheme")),
        San::Uri => Ok(GeneralName::UniformResourceIdentifier(ia5("san.uri")?)),
        San::Ip => value
            .parse::<IpAddr>()
            .map(GeneralName::from)
            .map_err(|_| format!("san.ip_address: {value:?} is not an IP address")),
    }
}

/// RFC 1034 §3.5, with the underscore that device names often have.
fn is_dns_name(value: &str) -> bool {
    value.len() <= 253
        && value.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

/// The subject alternative names that the CSR asks for (RFC 2985 §5.4.2, RFC 5280 §4.2.1.6).
fn requested_names(request: &CertReq) -> Result<Vec<GeneralName>, String> {
    let wrong = |error: der::Error| format!("the CSR's requested extensions: {error}");
    let mut names = Vec::new();
    for attribute in request.info.attributes.iter() {
        if attribute.oid != <ExtensionReq as der::oid::AssociatedOid>::OID {
            continue;
        }
        for value in attribute.values.iter() {
            let ExtensionReq(extensions) =
                ExtensionReq::from_der(&value.to_der().map_err(wrong)?).map_err(wrong)?;
            for extension in extensions {
                if extension.extn_id == <SubjectAltName as der::oid::AssociatedOid>::OID {
                    let SubjectAltName(found) =
                        SubjectAltName::from_der(extension.extn_value.as_bytes()).map_err(wrong)?;
                    names.extend(found);
                }
            }
        }
    }
    Ok(names)
}
