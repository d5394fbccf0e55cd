//! Text with places for a board's own name and MAC.

use nameplate_wire::Mac;

/// A text such as `{name}.devices.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Name,
    Mac,
    MacHyphens,
    MacPlain,
}

/// The text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A place that does not exist.
    #[error(
        "{{{0}}} is no place; there are {{name}}, {{mac}} (02:00:…), {{mac_hyphens}} (02-00-…) and {{mac_plain}} (0200…)"
    )]
    NoSuchPlace(String),
    /// A brace that is alone.
    #[error("a brace stands alone; write {{{{ or }}}} for a brace itself")]
    LoneBrace,
    /// A control character.
    #[error("it holds a control character")]
    Control,
}

impl Template {
    /// Reads a template. `{{` and `}}` stand for the braces themselves.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.chars().any(char::is_control) {
            return Err(TemplateError::Control);
        }
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            if let Some(after) = from.strip_prefix("{{") {
                plain.push('{');
                rest = after;
            } else if let Some(after) = from.strip_prefix("}}") {
                plain.push('}');
                rest = after;
            } else {
                let inner = from.strip_prefix('{').ok_or(TemplateError::LoneBrace)?;
                let (place, after) = inner.split_once('}').ok_or(TemplateError::LoneBrace)?;
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(part(place)?);
                rest = after;
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts })
    }

    /// The text for one board.
    pub fn fill(&self, name: &str, mac: Mac) -> String {
        let with_colons = mac.to_string();
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Name => name.to_owned(),
                Part::Mac => with_colons.clone(),
                Part::MacHyphens => with_colons.replace(':', "-"),
                Part::MacPlain => with_colons.replace(':', ""),
            })
            .collect()
    }
}

fn part(place: &str) -> Result<Part, TemplateError> {
    match place {
        "name" => Ok(Part::Name),
        "mac" => Ok(Part::Mac),
        "mac_hyphens" => Ok(Part::MacHyphens),
        "mac_plain" => Ok(Part::MacPlain),
        other => Err(TemplateError::NoSuchPlace(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, TemplateError> {
        let mac = Mac([2, 0, 0, 0, 0, 0xA1]);
        Template::parse(text).map(|template| template.fill("n-1", mac))
    }

    #[test]
    fn places_are_filled() {
        assert_eq!(filled("{name}.x"), Ok("n-1.x".to_owned()));
        assert_eq!(
            filled("{mac} {mac_hyphens} {mac_plain}"),
            Ok("02:00:00:00:00:a1 02-00-00-00-00-a1 0200000000a1".to_owned())
        );
        assert_eq!(filled("{{{name}}}"), Ok("{n-1}".to_owned()));
        assert_eq!(filled(""), Ok(String::new()));
    }

    #[test]
    fn mistakes_are_told() {
        assert_eq!(
            filled("{nmae}"),
            Err(TemplateError::NoSuchPlace("nmae".into()))
        );
        for text in ["{name", "name}", "{", "a}b"] {
            assert_eq!(filled(text), Err(TemplateError::LoneBrace), "{text}");
        }
        assert_eq!(filled("a\nb"), Err(TemplateError::Control));
    }
}
