//! Subject alternative names: what each may hold, and its DER (RFC 5280 section 4.2.1.6, RFC 4108 section 5).
//!
//! Knows nothing of the rest of the request.

use core::net::IpAddr;

use der::{Encode, Tag};

use crate::error::{Invalid, Reason};
use crate::oids::{self, Dotted};
use crate::tlv::{Chain, Each, implicit, primitive, sequence, tagged};

/// The longest DNS name in octets (RFC 1035 section 2.3.4, as text without the root's dot).
const DNS_NAME_MAX: usize = 253;
/// The longest label of a DNS name in octets (RFC 1035 section 2.3.4).
const DNS_LABEL_MAX: usize = 63;

/// One subject alternative name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AltName<'a> {
    /// dNSName: a host name as RFC 1123 section 2.1 has it, which is what RFC 5280 asks for: labels of letters, digits
    /// and inner hyphens, the last one not a number; no dot at the end. Underscores are refused, and so are
    /// wildcards: a board asks for its own name, not for a domain's. An internationalized name comes as its A-labels.
    Dns(&'a str),
    /// uniformResourceIdentifier: a scheme, a colon, and something after it, in the characters of RFC 3986. Nothing
    /// further is read into it.
    Uri(&'a str),
    /// iPAddress: 4 or 16 octets.
    Ip(IpAddr),
    /// hardwareModuleName (RFC 4108 section 5), the name that IEEE 802.1AR device identifiers carry.
    HardwareModule {
        /// The type of the hardware as a dotted object identifier, under the maker's own arc.
        hw_type: &'a str,
        /// The module's serial number, unique within the type; at least one byte.
        serial: &'a [u8],
    },
}

/// Checks every name.
pub(crate) fn check(names: &[AltName<'_>]) -> Result<(), Invalid> {
    for (index, name) in names.iter().enumerate() {
        check_name(name).map_err(|reason| Invalid::San { index, reason })?;
    }
    Ok(())
}

fn check_name(name: &AltName<'_>) -> Result<(), Reason> {
    match name {
        AltName::Dns("") | AltName::Uri("") | AltName::HardwareModule { serial: [], .. } => {
            Err(Reason::Empty)
        }
        AltName::Dns(name) => check_dns(name),
        AltName::Uri(uri) => check_uri(uri),
        AltName::Ip(_) => Ok(()),
        AltName::HardwareModule { hw_type, .. } if Dotted(hw_type).is_valid() => Ok(()),
        AltName::HardwareModule { .. } => Err(Reason::Oid),
    }
}

fn check_dns(name: &str) -> Result<(), Reason> {
    check_characters(name, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')
    })?;
    if name.len() > DNS_NAME_MAX {
        return Err(Reason::TooLong {
            limit: DNS_NAME_MAX,
        });
    }
    let mut is_number = false;
    for label in name.as_bytes().split(|byte| *byte == b'.') {
        if let [] | [b'-', ..] | [.., b'-'] = label {
            return Err(Reason::Label);
        }
        if label.len() > DNS_LABEL_MAX {
            return Err(Reason::TooLong {
                limit: DNS_LABEL_MAX,
            });
        }
        is_number = label.iter().all(u8::is_ascii_digit);
    }
    if is_number {
        return Err(Reason::Numeric);
    }
    Ok(())
}

/// `URI = scheme ":" hier-part …` (RFC 3986 section 3).
fn check_uri(uri: &str) -> Result<(), Reason> {
    check_characters(uri, is_uri_byte)?;
    check_escapes(uri)?;
    let mut parts = uri.as_bytes().splitn(2, |byte| *byte == b':');
    match (parts.next(), parts.next()) {
        (Some(scheme), Some([_, ..])) if is_scheme(scheme) => Ok(()),
        _ => Err(Reason::Scheme),
    }
}

/// A byte outside ASCII is never allowed, so the place of the first wrong byte is that of a character.
fn check_characters(value: &str, is_allowed: impl Fn(u8) -> bool) -> Result<(), Reason> {
    match value.bytes().position(|byte| !is_allowed(byte)) {
        Some(at) => Err(Reason::Character { at }),
        None => Ok(()),
    }
}

/// A percent sign stands before two hexadecimal digits (RFC 3986 section 2.1).
fn check_escapes(uri: &str) -> Result<(), Reason> {
    let mut bytes = uri.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        let mut is_hex = || {
            bytes
                .next()
                .is_some_and(|(_, byte)| byte.is_ascii_hexdigit())
        };
        if byte == b'%' && !(is_hex() && is_hex()) {
            return Err(Reason::Character { at });
        }
    }
    Ok(())
}

/// Unreserved, reserved and the percent sign (RFC 3986 section 2): of printable ASCII all but `"<>\^`{|}` and space.
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{'..=b'}')
}

/// `scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`
fn is_scheme(scheme: &[u8]) -> bool {
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    scheme.first().is_some_and(u8::is_ascii_alphabetic) && scheme.iter().all(is_inner)
}

/// `GeneralNames ::= SEQUENCE OF GeneralName`
pub(crate) fn general_names<'a>(names: &'a [AltName<'a>]) -> impl Encode {
    sequence(Each(names, general_name))
}

/// `GeneralName ::= CHOICE { otherName [0], …, dNSName [2], …, uniformResourceIdentifier [6], iPAddress [7], … }`
fn general_name<'a>(name: &'a AltName<'a>) -> impl Encode {
    let (simple, module) = match *name {
        AltName::Dns(name) => (Some(implicit(2, Value::Text(name))), None),
        AltName::Uri(uri) => (Some(implicit(6, Value::Text(uri))), None),
        AltName::Ip(IpAddr::V4(ip)) => (Some(implicit(7, Value::V4(ip.octets()))), None),
        AltName::Ip(IpAddr::V6(ip)) => (Some(implicit(7, Value::V6(ip.octets()))), None),
        AltName::HardwareModule { hw_type, serial } => {
            (None, Some(hardware_module_name(hw_type, serial)))
        }
    };
    simple.followed_by(module)
}

/// `OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }` under the choice's `[0] IMPLICIT`, with
/// `HardwareModuleName ::= SEQUENCE { hwType OBJECT IDENTIFIER, hwSerialNum OCTET STRING }`
fn hardware_module_name(hw_type: &str, serial: &[u8]) -> impl Encode {
    let value = sequence(Dotted(hw_type).followed_by(primitive(Tag::OctetString, serial)));
    tagged(0, oids::HARDWARE_MODULE_NAME.followed_by(tagged(0, value)))
}

/// What stands in a name that is no structure.
enum Value<'a> {
    Text(&'a str),
    V4([u8; 4]),
    V6([u8; 16]),
}

impl AsRef<[u8]> for Value<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::V4(octets) => octets,
            Self::V6(octets) => octets,
        }
    }
}

#[cfg(test)]
mod tests;
