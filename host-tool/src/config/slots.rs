//! The `[slots]` section: what places on the bench are called.

use indexmap::IndexMap;

use super::{Config, ConfigError};
use crate::service::words::printable;

/// A name that is read from two metres away is short.
const LONGEST: usize = 24;

impl Config {
    /// The names of places, checked.
    ///
    /// # Errors
    /// [`ConfigError::Value`] where a name is given twice, or can't be shown, or what it is for is no place.
    pub fn named_slots(&self) -> Result<&IndexMap<String, String>, ConfigError> {
        for (place, name) in &self.slots {
            let setting = || format!("slots.{place:?}");
            if !is_chain(place) && !place.starts_with('/') {
                let why = "is no place: give a USB port chain, as \"1-1.2\" (with \":2\" behind it for one interface of several), or a path, \
                           as \"/dev/ttyS0\"; `nameplate doctor` shows those of what is plugged in";
                return Err(ConfigError::value(setting(), why));
            }
            if name.trim().is_empty() || printable(name, LONGEST) != *name {
                let why =
                    format!("{name:?} is no name: 1 to {LONGEST} characters that can be printed");
                return Err(ConfigError::value(setting(), why));
            }
            if self.slots.values().filter(|other| *other == name).count() > 1 {
                let why = format!("the name {name:?} is given to two places");
                return Err(ConfigError::value(setting(), why));
            }
        }
        Ok(&self.slots)
    }
}

/// `1-1.2`, or `1-1.2:2`.
fn is_chain(text: &str) -> bool {
    let (chain, interface) = text.split_once(':').unwrap_or((text, "0"));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((bus, ports)) = chain.split_once('-') else {
        return false;
    };
    number(bus) && ports.split('.').all(number) && number(interface)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn places_are_named_by_chain_or_path_each_by_a_name_of_its_own() {
        for good in [
            "",
            "[slots]\n\"1-1.2\" = \"A1\"\n\"3-4:2\" = \"A2\"\n\"/dev/ttyS0\" = \"oben, links\"",
        ] {
            assert!(config(good).named_slots().is_ok(), "{good}");
        }
        for (bad, says) in [
            ("ttyS0 = \"A1\"", "no place"),
            ("\"1-\" = \"A1\"", "no place"),
            ("\"1-1:x\" = \"A1\"", "no place"),
            ("\"1-1\" = \" \"", "no name"),
            ("\"1-1\" = \"a\\u001b[2J\"", "no name"),
            ("\"1-1\" = \"A1\"\n\"1-2\" = \"A1\"", "two places"),
        ] {
            let error = config(&format!("[slots]\n{bad}"))
                .named_slots()
                .unwrap_err();
            assert!(error.to_string().contains(says), "{bad}: {error}");
        }
    }
}
