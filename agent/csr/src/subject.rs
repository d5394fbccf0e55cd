//! The subject's attributes: their string types, their bounds, their DER (RFC 5280 section 4.1.2.4 and appendix A.1).
//!
//! Knows nothing of the rest of the request.

use crate::alphabet::{Alphabet, CAPITALS, PRINTABLE, TEXT};
use crate::error::{Invalid, Reason};
use crate::oids;
use crate::tlv::{PRINTABLE_STRING, SEQUENCE, SET, UTF8_STRING, Writer};

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

    fn rule(&self) -> &'static Rule {
        match self {
            Self::Country(_) => &COUNTRY,
            Self::State(_) => &STATE,
            Self::Locality(_) => &LOCALITY,
            Self::Organization(_) => &ORGANIZATION,
            Self::OrganizationalUnit(_) => &ORGANIZATIONAL_UNIT,
            Self::CommonName(_) => &COMMON_NAME,
            Self::SerialNumber(_) => &SERIAL_NUMBER,
        }
    }
}

/// What RFC 5280 says of one attribute type.
struct Rule {
    /// The last arc of its object identifier.
    arc: u8,
    tag: u8,
    alphabet: Alphabet,
    /// In characters.
    limit: u8,
    /// One bit per type, to find repetitions; none for a type that may repeat.
    once: u8,
}

impl Rule {
    const fn printable(arc: u8, alphabet: Alphabet, limit: u8, once: u8) -> Self {
        Self {
            arc,
            tag: PRINTABLE_STRING,
            alphabet,
            limit,
            once,
        }
    }

    const fn utf8(arc: u8, limit: u8, once: u8) -> Self {
        Self {
            arc,
            tag: UTF8_STRING,
            alphabet: TEXT,
            limit,
            once,
        }
    }
}

static COUNTRY: Rule = Rule::printable(oids::COUNTRY, CAPITALS, 2, 1);
static STATE: Rule = Rule::utf8(oids::STATE, 128, 1 << 1);
static LOCALITY: Rule = Rule::utf8(oids::LOCALITY, 128, 1 << 2);
static ORGANIZATION: Rule = Rule::utf8(oids::ORGANIZATION, 64, 1 << 3);
static ORGANIZATIONAL_UNIT: Rule = Rule::utf8(oids::ORGANIZATIONAL_UNIT, 64, 0);
static COMMON_NAME: Rule = Rule::utf8(oids::COMMON_NAME, 64, 1 << 4);
static SERIAL_NUMBER: Rule = Rule::printable(oids::SERIAL_NUMBER, PRINTABLE, 64, 1 << 5);

/// Checks every attribute, and that none repeats that may not.
pub(crate) fn check(subject: &[Attribute<'_>]) -> Result<(), Invalid> {
    let mut seen = 0;
    for (index, attribute) in subject.iter().enumerate() {
        check_attribute(attribute, &mut seen)
            .map_err(|reason| Invalid::Subject { index, reason })?;
    }
    Ok(())
}

fn check_attribute(attribute: &Attribute<'_>, seen: &mut u8) -> Result<(), Reason> {
    let rule = attribute.rule();
    let limit = rule.limit.into();
    let length = rule.alphabet.check(attribute.value(), limit)?;
    if let Attribute::Country(_) = attribute
        && length < limit
    {
        return Err(Reason::Country);
    }
    if *seen & rule.once != 0 {
        return Err(Reason::Repeated);
    }
    *seen |= rule.once;
    Ok(())
}

/// `Name ::= CHOICE { rdnSequence SEQUENCE OF SET OF AttributeTypeAndValue }`
pub(crate) fn write(subject: &[Attribute<'_>], to: &mut Writer<'_>) {
    to.nest(SEQUENCE, |to| {
        for attribute in subject.iter().rev() {
            let rule = attribute.rule();
            to.nest(SET, |to| {
                to.nest(SEQUENCE, |to| {
                    to.element(rule.tag, attribute.value().as_bytes());
                    to.oid_under(&oids::ATTRIBUTE_TYPE, rule.arc);
                });
            });
        }
    });
}

#[cfg(test)]
mod tests;
