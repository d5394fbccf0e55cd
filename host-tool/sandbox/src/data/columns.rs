//! The CSV's header: which column means what.

use der::asn1::ObjectIdentifier;

use crate::jobs::Keys;
use crate::switches::{Switches, Unknown};

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    DeviceName,
    /// Names a certificate's files where its common name is taken.
    UniqueIdentifier,
    /// The certificate request.
    Csr,
    /// An attribute of the certificate's subject.
    Subject(&'static Attribute),
    /// A subject alternative name.
    San(San),
    /// Taken and not used: the description, and columns nobody here knows.
    Ignored,
}

/// A subject attribute by its column name (RFC 5280 appendix A.1).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) column: &'static str,
    pub(crate) oid: ObjectIdentifier,
    /// Greatest length in characters (the `ub-…` bounds).
    pub(crate) longest: usize,
    /// PrintableString is asked for instead of UTF8String.
    pub(crate) printable: bool,
    /// Whether the column may stand several times.
    pub(crate) repeats: bool,
}

/// The kinds of subject alternative name that have a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum San {
    Dns,
    Uri,
    Ip,
}

const fn attribute(
    column: &'static str,
    oid: &str,
    longest: usize,
    printable: bool,
    repeats: bool,
) -> Attribute {
    Attribute {
        column,
        oid: ObjectIdentifier::new_unwrap(oid),
        longest,
        printable,
        repeats,
    }
}

/// The first five are documented; `locality` and `serial_number` are named by analogy.
static ATTRIBUTES: [Attribute; 7] = [
    attribute("subject.common_name", "2.5.4.3", 64, false, false),
    attribute("subject.organization_name", "2.5.4.10", 64, false, false),
    attribute("subject.organization_unit", "2.5.4.11", 64, false, true),
    attribute("subject.country", "2.5.4.6", 2, true, false),
    attribute("subject.state", "2.5.4.8", 128, false, false),
    attribute("subject.locality", "2.5.4.7", 128, false, false),
    attribute("subject.serial_number", "2.5.4.5", 64, true, false),
];

/// The attribute of the common name.
pub(crate) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// The attribute of that kind.
pub(crate) fn attribute_of(oid: ObjectIdentifier) -> Option<&'static Attribute> {
    ATTRIBUTES.iter().find(|attribute| attribute.oid == oid)
}

/// Reads a header row. The error is a sentence for whoever sent the file.
pub(crate) fn parse<'a>(
    names: impl Iterator<Item = &'a str>,
    switches: &Switches,
    keys: Keys,
) -> Result<Vec<Column>, String> {
    let mut seen: Vec<&str> = Vec::new();
    let mut columns = Vec::new();
    for name in names {
        let column = known(name);
        if column.is_none() && switches.unknown_columns == Unknown::Refuse {
            return Err(format!("the policy has no column {name:?}"));
        }
        let column = column.unwrap_or(Column::Ignored);
        if seen.contains(&name) && !repeats(&column) {
            return Err(format!("the column {name:?} stands twice in the header"));
        }
        seen.push(name);
        columns.push(column);
    }
    let csr = match keys {
        Keys::Client => Some("csr"),
        Keys::Server if seen.contains(&"csr") => {
            return Err(
                "the column \"csr\" stands in the header, and the service makes the keys".into(),
            );
        }
        Keys::Server => None,
    };
    let required = switches.required_columns.iter().map(String::as_str);
    for name in required.chain(csr) {
        if !seen.contains(&name) {
            return Err(format!("the column {name:?} is missing from the header"));
        }
    }
    Ok(columns)
}

fn known(name: &str) -> Option<Column> {
    Some(match name {
        "device_name" => Column::DeviceName,
        "device_description" => Column::Ignored,
        "unique_identifier" => Column::UniqueIdentifier,
        "csr" => Column::Csr,
        "san.dns_name" => Column::San(San::Dns),
        "san.uri" => Column::San(San::Uri),
        "san.ip_address" => Column::San(San::Ip),
        _ => Column::Subject(ATTRIBUTES.iter().find(|known| known.column == name)?),
    })
}

fn repeats(column: &Column) -> bool {
    match column {
        Column::Subject(attribute) => attribute.repeats,
        Column::San(_) => true,
        Column::DeviceName | Column::UniqueIdentifier | Column::Csr | Column::Ignored => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Result<Vec<Column>, String> {
        parse(text.split(','), &Switches::default(), Keys::Client)
    }

    #[test]
    fn documented_columns_are_known_and_others_ignored() {
        let columns = header("device_name,device_description,subject.common_name,colour,csr");
        let columns = columns.unwrap_or_default();
        assert_eq!(columns.len(), 5);
        assert_eq!(columns.first(), Some(&Column::DeviceName));
        assert_eq!(columns.get(3), Some(&Column::Ignored));
    }

    #[test]
    fn only_units_and_alternative_names_repeat() {
        let base = "device_name,subject.common_name,csr";
        for (extra, good) in [
            ("subject.organization_unit", true),
            ("san.dns_name", true),
            ("subject.country", false),
            ("colour", false),
        ] {
            let text = format!("{base},{extra},{extra}");
            assert_eq!(header(&text).is_ok(), good, "{text}");
        }
        assert!(header("device_name,subject.common_name,csr,csr").is_err());
    }

    #[test]
    fn a_missing_column_is_named() {
        for (text, missing) in [
            ("device_name,subject.common_name", "csr"),
            ("subject.common_name,csr", "device_name"),
            ("device_name,csr", "subject.common_name"),
        ] {
            let fault = header(text).err().unwrap_or_default();
            assert!(fault.contains(missing), "{fault}");
        }
    }
}
