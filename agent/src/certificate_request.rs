//! From what the host asks for to the certificate request itself.

use heapless::Vec;
use nameplate_csr::{
    AltName, Attribute, BasicConstraints, Error, Extensions, Invalid, KeyUsage, Purpose, Request,
};
use nameplate_wire::request::{self, AltNameKind, AttributeKind};
use nameplate_wire::{ErrorNumber, address, ascii, limits};

use crate::PrivateKey;

/// Greatest serial number of a hardware module name, in bytes.
const HARDWARE_SERIAL: usize = 32;

/// Writes the certificate request that was asked for into `out`, signed by the board's key. `scratch` is for strings that
/// hold JSON escapes and for hardware serial numbers: on a small board's stack they would stand below all of the signing.
#[inline(never)]
pub(crate) fn write<'o>(
    asked: &request::Csr<'_>,
    key: &PrivateKey,
    scratch: &mut [u8; limits::FRAME],
    out: &'o mut [u8],
) -> Result<&'o [u8], ErrorNumber> {
    let (mut room, serials) = scratch.split_at_mut(limits::ESCAPED_TEXT);
    let mut attributes = Vec::<_, { limits::ATTRIBUTES }>::new();
    for (kind, value) in &asked.subject {
        let value = value
            .resolve(&mut room)
            .map_err(|_| ErrorNumber::BadSubject)?;
        attributes
            .push(attribute(*kind, value))
            .map_err(|_| ErrorNumber::BadSubject)?;
    }
    let mut alt_names = Vec::<_, { limits::ALT_NAMES }>::new();
    let (serials, _) = serials.as_chunks_mut();
    for ((kind, value), serial) in asked.san.iter().zip(serials) {
        let value = value
            .resolve(&mut room)
            .map_err(|_| ErrorNumber::BadAltName)?;
        let name = alt_name(*kind, value, serial).ok_or(ErrorNumber::BadAltName)?;
        alt_names.push(name).map_err(|_| ErrorNumber::BadAltName)?;
    }
    let mut purposes = Vec::<_, { limits::PURPOSES }>::new();
    for oid in &asked.purposes {
        purposes
            .push(Purpose::Other(oid))
            .map_err(|_| ErrorNumber::BadExtension)?;
    }
    let request = Request {
        subject: &attributes,
        san: &alt_names,
        extensions: Extensions {
            basic_constraints: basic_constraints(asked.ca)?,
            key_usage: key_usage(&asked.key_usage)?,
            extended_key_usage: &purposes,
        },
        public_key: &key.public(),
    };
    nameplate_csr::write(&request, out, |info| key.sign(info)).map_err(error_number)
}

#[inline(never)]
fn attribute(kind: AttributeKind, value: &str) -> Attribute<'_> {
    match kind {
        AttributeKind::C => Attribute::Country(value),
        AttributeKind::St => Attribute::State(value),
        AttributeKind::L => Attribute::Locality(value),
        AttributeKind::O => Attribute::Organization(value),
        AttributeKind::Ou => Attribute::OrganizationalUnit(value),
        AttributeKind::Cn => Attribute::CommonName(value),
        AttributeKind::SerialNumber => Attribute::SerialNumber(value),
    }
}

fn alt_name<'a>(
    kind: AltNameKind,
    value: &'a str,
    serial: &'a mut [u8; HARDWARE_SERIAL],
) -> Option<AltName<'a>> {
    Some(match kind {
        AltNameKind::Dns => AltName::Dns(value),
        AltNameKind::Uri => AltName::Uri(value),
        AltNameKind::Ip => AltName::Ip(address::ip(value)?),
        AltNameKind::HardwareModule => {
            let mut rest = Some(value.as_bytes());
            let hw_type = ascii::piece(&mut rest, b':')?;
            let hw_type = core::str::from_utf8(hw_type).ok()?;
            let digits = rest?;
            let serial = serial.get_mut(..digits.len() / 2)?;
            ascii::unhex(digits, serial)?;
            AltName::HardwareModule { hw_type, serial }
        }
    })
}

fn basic_constraints(ca: Option<bool>) -> Result<Option<BasicConstraints>, ErrorNumber> {
    match ca {
        None => Ok(None),
        Some(false) => Ok(Some(BasicConstraints::EndEntity)),
        Some(true) => Err(ErrorNumber::BadExtension),
    }
}

fn key_usage(asked: &[request::KeyUsage]) -> Result<Option<KeyUsage>, ErrorNumber> {
    let mut usage: Option<KeyUsage> = None;
    for asked in asked {
        let bit = match asked {
            request::KeyUsage::DigitalSignature => KeyUsage::DIGITAL_SIGNATURE,
            request::KeyUsage::NonRepudiation => KeyUsage::NON_REPUDIATION,
            request::KeyUsage::KeyAgreement => KeyUsage::KEY_AGREEMENT,
            request::KeyUsage::EncipherOnly => KeyUsage::ENCIPHER_ONLY,
            request::KeyUsage::DecipherOnly => KeyUsage::DECIPHER_ONLY,
            // RFC 8813 section 3 forbids these for elliptic-curve keys, RFC 5280 section 4.2.1.3 without `cA`.
            request::KeyUsage::KeyEncipherment
            | request::KeyUsage::DataEncipherment
            | request::KeyUsage::KeyCertSign
            | request::KeyUsage::CrlSign => return Err(ErrorNumber::BadExtension),
        };
        usage = Some(usage.map_or(bit, |usage| usage | bit));
    }
    Ok(usage)
}

fn error_number(error: Error<ErrorNumber>) -> ErrorNumber {
    match error {
        Error::Invalid(Invalid::Subject { .. }) => ErrorNumber::BadSubject,
        Error::Invalid(Invalid::San { .. }) => ErrorNumber::BadAltName,
        Error::Invalid(Invalid::Purpose { .. } | Invalid::KeyUsage) => ErrorNumber::BadExtension,
        Error::BufferTooSmall { .. } | Error::Invalid(Invalid::TooLarge) => ErrorNumber::CsrTooLong,
        Error::Sign(error) => error,
        // A key that gives no public point or no signature is no key.
        _ => ErrorNumber::StoredKeyBad,
    }
}
