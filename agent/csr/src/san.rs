//! Subject alternative names: what each may hold, and its DER (RFC 5280 section 4.2.1.6, RFC 4108 section 5).
//!
//! Knows nothing of the rest of the request.

use core::net::IpAddr;

use crate::alphabet::{HOST, SCHEME, URI};
use crate::error::{Invalid, Reason};
use crate::oids::{self, Dotted};
use crate::tlv::{OCTET_STRING, SEQUENCE, Writer, implicit, tagged};

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
        AltName::Dns(name) => check_dns(name),
        AltName::Uri(uri) => check_uri(uri),
        AltName::Ip(_) => Ok(()),
        AltName::HardwareModule { serial: [], .. } => Err(Reason::Empty),
        AltName::HardwareModule { hw_type, .. } if Dotted(hw_type).is_valid() => Ok(()),
        AltName::HardwareModule { .. } => Err(Reason::Oid),
    }
}

fn check_dns(name: &str) -> Result<(), Reason> {
    HOST.check(name, DNS_NAME_MAX)?;
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
    URI.check(uri, usize::MAX)?;
    check_escapes(uri)?;
    match uri.as_bytes() {
        [first, rest @ ..] if first.is_ascii_alphabetic() && after_scheme(rest) => Ok(()),
        _ => Err(Reason::Scheme),
    }
}

/// Whether the rest of a scheme is followed by a colon and something.
fn after_scheme(mut rest: &[u8]) -> bool {
    loop {
        match rest {
            [b':', _, ..] => return true,
            [byte, tail @ ..] if SCHEME.has(*byte) => rest = tail,
            _ => return false,
        }
    }
}

/// A percent sign stands before two hexadecimal digits (RFC 3986 section 2.1).
fn check_escapes(uri: &str) -> Result<(), Reason> {
    let mut rest = uri.as_bytes();
    while let [byte, tail @ ..] = rest {
        if *byte == b'%' && !begins_with_hex(tail) {
            let at = uri.len().saturating_sub(rest.len());
            return Err(Reason::Character { at });
        }
        rest = tail;
    }
    Ok(())
}

/// Whether the two digits of an escape come first.
fn begins_with_hex(bytes: &[u8]) -> bool {
    matches!(bytes, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// `GeneralNames ::= SEQUENCE OF GeneralName`
pub(crate) fn write(names: &[AltName<'_>], to: &mut Writer<'_>) {
    to.nest(SEQUENCE, |to| {
        for name in names.iter().rev() {
            general_name(name, to);
        }
    });
}

/// `GeneralName ::= CHOICE { otherName [0], …, dNSName [2], …, uniformResourceIdentifier [6], iPAddress [7], … }`
fn general_name(name: &AltName<'_>, to: &mut Writer<'_>) {
    match *name {
        AltName::Dns(name) => to.element(implicit(2), name.as_bytes()),
        AltName::Uri(uri) => to.element(implicit(6), uri.as_bytes()),
        AltName::Ip(IpAddr::V4(ip)) => to.element(implicit(7), &ip.octets()),
        AltName::Ip(IpAddr::V6(ip)) => to.element(implicit(7), &ip.octets()),
        AltName::HardwareModule { hw_type, serial } => hardware_module_name(hw_type, serial, to),
    }
}

/// `OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }` under the choice's `[0] IMPLICIT`, with
/// `HardwareModuleName ::= SEQUENCE { hwType OBJECT IDENTIFIER, hwSerialNum OCTET STRING }`
fn hardware_module_name(hw_type: &str, serial: &[u8], to: &mut Writer<'_>) {
    to.nest(tagged(0), |to| {
        to.nest(tagged(0), |to| {
            to.nest(SEQUENCE, |to| {
                to.element(OCTET_STRING, serial);
                let _checked = Dotted(hw_type).write(to);
            });
        });
        to.oid(&oids::HARDWARE_MODULE_NAME);
    });
}

#[cfg(test)]
mod tests;
