//! From what the host asks for to the certificate request itself.

use core::net::IpAddr;

use heapless::{String, Vec};
use nameplate_csr::{
    AltName, Attribute, BasicConstraints, Error, Extensions, Invalid, KeyUsage, Purpose, Request,
};
use nameplate_wire::request::{self, AltNameKind, AttributeKind};
use nameplate_wire::{ErrorNumber, Placed, Text, limits};

use crate::PrivateKey;

/// Room for strings that held JSON escapes, and for hardware serial numbers, in bytes.
type Arena = String<{ limits::ESCAPED_TEXT }>;

/// Greatest serial number of a hardware module name, in bytes.
const HARDWARE_SERIAL: usize = 32;

/// Writes the certificate request that was asked for into `out`, signed by the board's key.
pub(crate) fn write<'o>(
    asked: &request::Csr<'_>,
    key: &PrivateKey,
    out: &'o mut [u8],
) -> Result<&'o [u8], ErrorNumber> {
    let mut arena = Arena::new();
    let subject = place(&asked.subject, &mut arena).map_err(|()| ErrorNumber::BadSubject)?;
    let names = place(&asked.san, &mut arena).map_err(|()| ErrorNumber::BadAltName)?;
    let mut attributes = Vec::<_, { limits::ATTRIBUTES }>::new();
    for (kind, value) in &subject {
        let attribute = attribute(*kind, value.get(&arena));
        attributes
            .push(attribute)
            .map_err(|_| ErrorNumber::BadSubject)?;
    }
    let mut serials = [[0; HARDWARE_SERIAL]; limits::ALT_NAMES];
    let mut alt_names = Vec::<_, { limits::ALT_NAMES }>::new();
    for ((kind, value), serial) in names.iter().zip(&mut serials) {
        let name = alt_name(*kind, value.get(&arena), serial).ok_or(ErrorNumber::BadAltName)?;
        alt_names.push(name).map_err(|_| ErrorNumber::BadAltName)?;
    }
    let purposes: Vec<_, { limits::PURPOSES }> = asked
        .purposes
        .iter()
        .map(|oid| Purpose::Other(oid))
        .collect();
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

/// Strings with escapes get their places before any of them is read.
fn place<'a, K: Copy, const N: usize>(
    values: &Vec<(K, Text<'a>), N>,
    arena: &mut Arena,
) -> Result<Vec<(K, Placed<'a>), N>, ()> {
    values
        .iter()
        .map(|(kind, text)| Ok((*kind, text.place(arena).map_err(|_| ())?)))
        .collect()
}

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
        AltNameKind::Ip => AltName::Ip(value.parse::<IpAddr>().ok()?),
        AltNameKind::HardwareModule => {
            let (hw_type, digits) = value.split_once(':')?;
            let serial = unhex(digits, serial)?;
            AltName::HardwareModule { hw_type, serial }
        }
    })
}

fn unhex<'o>(digits: &str, out: &'o mut [u8]) -> Option<&'o [u8]> {
    let pairs = digits.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    let out = out.get_mut(..pairs.len())?;
    for (place, pair) in out.iter_mut().zip(pairs) {
        let (&[high, low], _) = pair.split_first_chunk()?;
        let digit = |character| u8::try_from(char::from(character).to_digit(16)?).ok();
        *place = (digit(high)? << 4) | digit(low)?;
    }
    Some(out)
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
