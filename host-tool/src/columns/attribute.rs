//! The names of columns that also stand in a certificate request.

use nameplate_wire::request::{AltNameKind, AttributeKind};

/// What a value is in the certificate request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// A subject attribute.
    Subject(AttributeKind),
    /// A subject alternative name.
    AltName(AltNameKind),
}

/// An attribute with its value for one board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Which.
    pub attribute: Attribute,
    /// Its value; never empty.
    pub value: String,
}

/// The first six and `san.dns_name` are the service's own ids; the others are a guess by the same pattern.
const IDS: [(&str, Attribute); 11] = [
    ("subject.common_name", Attribute::Subject(AttributeKind::Cn)),
    (
        "subject.organization_name",
        Attribute::Subject(AttributeKind::O),
    ),
    (
        "subject.organization_unit",
        Attribute::Subject(AttributeKind::Ou),
    ),
    ("subject.country", Attribute::Subject(AttributeKind::C)),
    ("subject.state", Attribute::Subject(AttributeKind::St)),
    ("san.dns_name", Attribute::AltName(AltNameKind::Dns)),
    ("subject.locality", Attribute::Subject(AttributeKind::L)),
    (
        "subject.serial_number",
        Attribute::Subject(AttributeKind::SerialNumber),
    ),
    ("san.uri", Attribute::AltName(AltNameKind::Uri)),
    ("san.ip_address", Attribute::AltName(AltNameKind::Ip)),
    (
        "san.hardware_module_name",
        Attribute::AltName(AltNameKind::HardwareModule),
    ),
];

impl Attribute {
    /// The attribute that a column of this name stands for in the certificate request, if any.
    pub fn of_column(id: &str) -> Option<Self> {
        IDS.iter()
            .find(|(known, _)| *known == id)
            .map(|(_, attribute)| *attribute)
    }

    /// Every name that [`Attribute::of_column`] knows.
    pub fn ids() -> impl Iterator<Item = &'static str> {
        IDS.iter().map(|(id, _)| *id)
    }
}
