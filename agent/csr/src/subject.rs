//! The subject's attributes: their string types, their bounds, their DER (RFC 5280 section 4.1.2.4 and appendix A.1).
//!
//! Knows nothing of the rest of the request.

use der::{Encode, Tag};

use crate::error::{Invalid, Reason};
use crate::oids::{self, Oid};
use crate::tlv::{Chain, Each, primitive, sequence, set_of_one};

/// One attribute of the subject.
///
/// Bounds are in characters, as RFC 5280 counts them, not in octets. No value may be empty or hold control characters:
/// a NUL in a name has been used to make two readers see two names. Each may stand once, organizational units apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// `C`: two capital letters (ISO 3166), a `PrintableString`.
    Country(&'a str),
    /// `ST`: state or province, up to 128 characters, a `UTF8String`.
    State(&'a str),
    /// `L`: up to 128 characters, a `UTF8String`.
    Locality(&'a str),
    /// `O`: up to 64 characters, a `UTF8String`.
    Organization(&'a str),
    /// `OU`: up to 64 characters, a `UTF8String`. May repeat.
    OrganizationalUnit(&'a str),
    /// `CN`: up to 64 characters, a `UTF8String`.
    CommonName(&'a str),
    /// `serialNumber`: up to 64 characters, a `PrintableString`.
    SerialNumber(&'a str),
}

/// What RFC 5280 says of one attribute type.
struct Rule {
    oid: Oid,
    tag: Tag,
    /// In characters.
    limit: usize,
    /// One bit per type, to find repetitions; none for a type that may repeat.
    once: u8,
}

impl<'a> Attribute<'a> {
    fn value(&self) -> &'a str {
        match self {
            Self::Country(value)
            | Self::State(value)
            | Self::Locality(value)
            | Self::Organization(value)
            | Self::OrganizationalUnit(value)
            | Self::CommonName(value)
            | Self::SerialNumber(value) => value,
        }
    }

    fn rule(&self) -> Rule {
        let (oid, tag, limit, once) = match self {
            Self::Country(_) => (oids::COUNTRY, Tag::PrintableString, 2, 1),
            Self::State(_) => (oids::STATE, Tag::Utf8String, 128, 1 << 1),
            Self::Locality(_) => (oids::LOCALITY, Tag::Utf8String, 128, 1 << 2),
            Self::Organization(_) => (oids::ORGANIZATION, Tag::Utf8String, 64, 1 << 3),
            Self::OrganizationalUnit(_) => (oids::ORGANIZATIONAL_UNIT, Tag::Utf8String, 64, 0),
            Self::CommonName(_) => (oids::COMMON_NAME, Tag::Utf8String, 64, 1 << 4),
            Self::SerialNumber(_) => (oids::SERIAL_NUMBER, Tag::PrintableString, 64, 1 << 5),
        };
        Rule {
            oid,
            tag,
            limit,
            once,
        }
    }

    fn check(&self, rule: &Rule) -> Result<(), Reason> {
        let value = self.value();
        if value.is_empty() {
            return Err(Reason::Empty);
        }
        let is_allowed: fn(char) -> bool = match (self, rule.tag) {
            (Self::Country(_), _) => |c| c.is_ascii_uppercase(),
            (_, Tag::PrintableString) => is_printable,
            _ => is_no_control,
        };
        let mut characters = value.char_indices();
        if let Some((at, _)) = characters.find(|(_, c)| !is_allowed(*c)) {
            return Err(Reason::Character { at });
        }
        match (self, value.chars().count()) {
            (_, length) if length > rule.limit => Err(Reason::TooLong { limit: rule.limit }),
            (Self::Country(_), length) if length < rule.limit => Err(Reason::Country),
            _ => Ok(()),
        }
    }
}

/// Checks every attribute, and that none repeats that may not.
pub(crate) fn check(subject: &[Attribute<'_>]) -> Result<(), Invalid> {
    let mut seen = 0;
    for (index, attribute) in subject.iter().enumerate() {
        let rule = attribute.rule();
        let reason = match attribute.check(&rule) {
            Err(reason) => reason,
            Ok(()) if seen & rule.once != 0 => Reason::Repeated,
            Ok(()) => {
                seen |= rule.once;
                continue;
            }
        };
        return Err(Invalid::Subject { index, reason });
    }
    Ok(())
}

/// `Name ::= CHOICE { rdnSequence SEQUENCE OF SET OF AttributeTypeAndValue }`
pub(crate) fn name<'a>(subject: &'a [Attribute<'a>]) -> impl Encode {
    sequence(Each(subject, relative_name))
}

fn relative_name<'a>(attribute: &'a Attribute<'a>) -> impl Encode {
    let rule = attribute.rule();
    let value = primitive(rule.tag, attribute.value().as_bytes());
    set_of_one(sequence(rule.oid.followed_by(value)))
}

/// The alphabet of `PrintableString` (X.680 section 41.4).
fn is_printable(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ' ' | '\'' | '('..=')' | '+'..='/' | ':' | '=' | '?')
}

/// Unicode's category Cc; a `match` needs no table in flash.
fn is_no_control(c: char) -> bool {
    !matches!(c, '\0'..='\x1F' | '\x7F'..='\u{9F}')
}

#[cfg(test)]
mod tests;
