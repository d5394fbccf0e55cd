//! The columns of a batch, checked once, and filled for each board.

use indexmap::IndexMap;
use nameplate_wire::request::{KeyUsage, List};
use nameplate_wire::{Fixed, Mac, Text, limits, request};
use serde::Deserialize;

use super::{Attribute, CSR, Template, Value};
use crate::config::{ConfigError, Templates};

/// Greatest number of columns.
const MAX_COLUMNS: usize = 200;

/// The `[request]` section: what stands in the certificate request and in no column.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestSettings {
    /// Attributes, by the same names as columns.
    pub attributes: IndexMap<String, Templates>,
    /// keyUsage to ask for; none where empty.
    pub key_usage: Vec<KeyUsage>,
    /// extendedKeyUsage to ask for, by RFC 5280's names or as dotted object identifiers; none where empty.
    pub extended_key_usage: Vec<String>,
    /// Ask for basicConstraints that say: no certificate authority.
    pub basic_constraints: bool,
}

/// The columns of a batch.
#[derive(Clone, Debug)]
pub struct Plan {
    columns: Vec<(String, Template)>,
    request_only: Vec<(Attribute, Template)>,
    key_usage: Vec<KeyUsage>,
    purposes: Vec<String>,
    basic_constraints: bool,
}

/// What one board is asked for, and what its CSV row will say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Column and value, in the CSV's order, without `csr`.
    pub row: Vec<(String, String)>,
    /// What must stand in the certificate request, in its order: subject and names.
    pub values: Vec<Value>,
    /// keyUsage that must stand in it.
    pub key_usage: Vec<KeyUsage>,
    /// Object identifiers of extendedKeyUsage that must stand in it.
    pub purposes: Vec<String>,
    /// Whether basicConstraints must stand in it.
    pub basic_constraints: bool,
}

/// RFC 5280 section 4.2.1.12.
const PURPOSES: [(&str, &str); 6] = [
    ("serverAuth", "1.3.6.1.5.5.7.3.1"),
    ("clientAuth", "1.3.6.1.5.5.7.3.2"),
    ("codeSigning", "1.3.6.1.5.5.7.3.3"),
    ("emailProtection", "1.3.6.1.5.5.7.3.4"),
    ("timeStamping", "1.3.6.1.5.5.7.3.8"),
    ("OCSPSigning", "1.3.6.1.5.5.7.3.9"),
];

impl Plan {
    /// Checks the columns and the request settings. Without columns: device name, description and common name.
    ///
    /// # Errors
    /// [`ConfigError::Value`] with the column and what is wrong with it.
    pub fn new(
        columns: &IndexMap<String, Templates>,
        request: &RequestSettings,
    ) -> Result<Self, ConfigError> {
        let columns = if columns.is_empty() {
            default_columns()
        } else {
            parse_all(columns, "columns")?
        };
        for (id, _) in &columns {
            check_column(id)?;
        }
        if columns.len() > MAX_COLUMNS {
            let why = format!("{} columns are more than {MAX_COLUMNS}", columns.len());
            return Err(ConfigError::value("[columns]", why));
        }
        let request_only = parse_all(&request.attributes, "request.attributes")?
            .into_iter()
            .map(|(id, template)| attribute_of(&id).map(|attribute| (attribute, template)))
            .collect::<Result<_, _>>()?;
        let plan = Self {
            columns,
            request_only,
            key_usage: request.key_usage.clone(),
            purposes: purposes(&request.extended_key_usage)?,
            basic_constraints: request.basic_constraints,
        };
        plan.check_counts()?;
        Ok(plan)
    }

    /// The names of the columns, in order; a repeated one stands as often.
    pub fn column_ids(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(id, _)| id.as_str())
    }

    /// What a board with this name and MAC is asked for.
    pub fn for_board(&self, name: &str, mac: Mac) -> Asked {
        let row: Vec<_> = self
            .columns
            .iter()
            .map(|(id, template)| (id.clone(), template.fill(name, mac)))
            .collect();
        let from_columns = row
            .iter()
            .filter_map(|(id, value)| Some((Attribute::of_column(id)?, value.clone())));
        let from_request = self
            .request_only
            .iter()
            .map(|(attribute, template)| (*attribute, template.fill(name, mac)));
        let values = from_columns
            .chain(from_request)
            .filter(|(_, value)| !value.is_empty())
            .map(|(attribute, value)| Value { attribute, value })
            .collect();
        Asked {
            row,
            values,
            key_usage: self.key_usage.clone(),
            purposes: self.purposes.clone(),
            basic_constraints: self.basic_constraints,
        }
    }

    fn check_counts(&self) -> Result<(), ConfigError> {
        let attributes = self
            .columns
            .iter()
            .filter_map(|(id, _)| Attribute::of_column(id))
            .chain(self.request_only.iter().map(|(attribute, _)| *attribute));
        let (subject, names): (Vec<_>, Vec<_>) =
            attributes.partition(|attribute| matches!(attribute, Attribute::Subject(_)));
        let too_many = |what: &str, count, most| {
            let why = format!("{count} {what} are more than a board takes, {most}");
            ConfigError::value("[columns] and [request]", why)
        };
        if subject.len() > limits::ATTRIBUTES {
            return Err(too_many(
                "subject attributes",
                subject.len(),
                limits::ATTRIBUTES,
            ));
        }
        if names.len() > limits::ALT_NAMES {
            return Err(too_many(
                "alternative names",
                names.len(),
                limits::ALT_NAMES,
            ));
        }
        if self.purposes.len() > limits::PURPOSES {
            let most = limits::PURPOSES;
            return Err(too_many("extended key usages", self.purposes.len(), most));
        }
        Ok(())
    }
}

impl Asked {
    /// The request to the board; `None` where it asks for more than a message can carry.
    pub fn request(&self, nonce: [u8; 32]) -> Option<request::Csr<'_>> {
        let mut subject = List::new();
        let mut san = List::new();
        for Value { attribute, value } in &self.values {
            let text = Text::Plain(value);
            match attribute {
                Attribute::Subject(kind) => subject.push((*kind, text)).ok()?,
                Attribute::AltName(kind) => san.push((*kind, text)).ok()?,
            }
        }
        let mut key_usage = List::new();
        for usage in &self.key_usage {
            key_usage.push(*usage).ok()?;
        }
        let mut purposes = List::new();
        for purpose in &self.purposes {
            purposes.push(purpose.as_str()).ok()?;
        }
        Some(request::Csr {
            nonce: Fixed(nonce),
            subject,
            san,
            key_usage,
            purposes,
            ca: self.basic_constraints.then_some(false),
        })
    }
}

fn default_columns() -> Vec<(String, Template)> {
    [
        ("device_name", "{name}"),
        ("device_description", ""),
        ("subject.common_name", "{name}"),
    ]
    .into_iter()
    .filter_map(|(id, text)| Some((id.to_owned(), Template::parse(text).ok()?)))
    .collect()
}

fn parse_all(
    templates: &IndexMap<String, Templates>,
    section: &str,
) -> Result<Vec<(String, Template)>, ConfigError> {
    let mut parsed = Vec::new();
    for (id, templates) in templates {
        let texts = match templates {
            Templates::One(text) => std::slice::from_ref(text),
            Templates::Several(texts) => texts,
        };
        for text in texts {
            let template = Template::parse(text).map_err(|error| {
                ConfigError::value(format!("{section}.{id:?}"), error.to_string())
            })?;
            parsed.push((id.clone(), template));
        }
    }
    Ok(parsed)
}

fn check_column(id: &str) -> Result<(), ConfigError> {
    let refused = |why: &str| Err(ConfigError::value(format!("columns.{id:?}"), why));
    if id == CSR {
        return refused("the tool adds this column itself: leave it out");
    }
    if id.is_empty() || id.len() > 128 || id.chars().any(char::is_control) {
        return refused("a column's name has 1 to 128 bytes and no control characters");
    }
    Ok(())
}

fn attribute_of(id: &str) -> Result<Attribute, ConfigError> {
    Attribute::of_column(id).ok_or_else(|| {
        let known: Vec<_> = Attribute::ids().collect();
        let why = format!("no such attribute; there are {}", known.join(", "));
        ConfigError::value(format!("request.attributes.{id:?}"), why)
    })
}

fn purposes(asked: &[String]) -> Result<Vec<String>, ConfigError> {
    asked
        .iter()
        .map(|purpose| {
            let known = PURPOSES.iter().find(|(name, _)| name == purpose);
            if let Some((_, oid)) = known {
                return Ok((*oid).to_owned());
            }
            let is_oid = purpose.contains('.')
                && purpose
                    .split('.')
                    .all(|arc| !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()));
            if is_oid {
                return Ok(purpose.clone());
            }
            let names: Vec<_> = PURPOSES.iter().map(|(name, _)| *name).collect();
            let why = format!(
                "{purpose:?} is neither one of {} nor a dotted object identifier",
                names.join(", ")
            );
            Err(ConfigError::value("request.extended_key_usage", why))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameplate_wire::request::{AltNameKind, AttributeKind};

    fn plan(columns: &str, request: &str) -> Result<Plan, ConfigError> {
        Plan::new(
            &toml::from_str(columns).unwrap(),
            &toml::from_str(request).unwrap(),
        )
    }

    #[test]
    fn columns_and_request_agree() {
        let columns = r#"
            device_name = "{name}"
            "subject.organization_unit" = ["A", "B"]
            "subject.common_name" = "{name}"
            "subject.state" = ""
            "x.custom" = "{mac}"
        "#;
        let request = r#"
            extended_key_usage = ["clientAuth", "1.2.3"]
            [attributes]
            "san.uri" = "urn:dev:mac:{mac_plain}"
        "#;
        let asked = plan(columns, request)
            .unwrap()
            .for_board("n", Mac([2, 0, 0, 0, 0, 1]));
        let header: Vec<_> = asked.row.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(
            header,
            [
                "device_name",
                "subject.organization_unit",
                "subject.organization_unit",
                "subject.common_name",
                "subject.state",
                "x.custom"
            ]
        );
        let value = |attribute, value: &str| Value {
            attribute,
            value: value.to_owned(),
        };
        assert_eq!(
            asked.values,
            [
                value(Attribute::Subject(AttributeKind::Ou), "A"),
                value(Attribute::Subject(AttributeKind::Ou), "B"),
                value(Attribute::Subject(AttributeKind::Cn), "n"),
                value(
                    Attribute::AltName(AltNameKind::Uri),
                    "urn:dev:mac:020000000001"
                ),
            ],
            "an empty cell asks for nothing"
        );
        assert_eq!(asked.purposes, ["1.3.6.1.5.5.7.3.2", "1.2.3"]);
        let request = asked.request([0; 32]).unwrap();
        assert_eq!((request.subject.len(), request.san.len()), (3, 1));
    }

    #[test]
    fn mistakes_name_the_setting() {
        for (columns, request, named) in [
            ("csr = \"x\"", "", "csr"),
            ("device_name = \"{nam}\"", "", "device_name"),
            ("", "[attributes]\n\"san.email\" = \"x\"", "san.email"),
            ("", "extended_key_usage = [\"clientauth\"]", "clientauth"),
            (
                "\"subject.organization_unit\" = [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"a\",\"b\",\"c\",\"d\"]",
                "",
                "13",
            ),
        ] {
            let error = plan(columns, request).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn without_columns_there_are_the_three_that_always_do() {
        let asked = plan("", "").unwrap().for_board("n", Mac([2; 6]));
        assert_eq!(asked.row.len(), 3);
        assert_eq!(asked.values.len(), 1);
    }
}
