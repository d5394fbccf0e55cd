//! A setting that does not exist, and the one that was probably meant.
//!
//! The reader of TOML says both only in its text; the names in it stand in backquotes.

use super::ConfigError;

/// A setting that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownSetting<'a> {
    /// As it was written.
    pub name: &'a str,
    /// The likest one that could stand there.
    pub meant: Option<&'a str>,
}

impl ConfigError {
    /// The setting that does not exist, where that is what is wrong.
    pub fn unknown_setting(&self) -> Option<UnknownSetting<'_>> {
        match self {
            Self::Syntax { source, .. } => in_words(source.message()),
            _ => None,
        }
    }
}

fn in_words(words: &str) -> Option<UnknownSetting<'_>> {
    const ALIKE: f64 = 0.8;
    let rest = words.strip_prefix("unknown field `")?;
    let (name, rest) = rest.split_once('`')?;
    let known = rest.split('`').skip(1).step_by(2);
    let measured = known.map(|known| (strsim::jaro_winkler(known, name), known));
    let alike = measured.filter(|(likeness, _)| *likeness > ALIKE);
    let meant = alike.max_by(|a, b| a.0.total_cmp(&b.0));
    Some(UnknownSetting {
        name,
        meant: meant.map(|(_, known)| known),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn unknown(text: &str) -> Option<(String, Option<String>)> {
        let source = toml::from_str::<Config>(text).unwrap_err();
        let error = ConfigError::Syntax {
            path: "bench.toml".into(),
            source: Box::new(source),
        };
        let unknown = error.unknown_setting()?;
        Some((unknown.name.to_owned(), unknown.meant.map(str::to_owned)))
    }

    #[test]
    fn the_likest_setting_is_suggested() {
        let both =
            |name: &str, meant: Option<&str>| Some((name.to_owned(), meant.map(str::to_owned)));
        assert_eq!(unknown("[batch]\nnmae = \"x\""), both("nmae", Some("name")));
        assert_eq!(
            unknown("[service]\nurl = \"x\"\napi_key_enf = \"A\""),
            both("api_key_enf", Some("api_key_env"))
        );
        assert_eq!(
            unknown("[servise]\nurl = \"x\""),
            both("servise", Some("service"))
        );
        assert_eq!(unknown("[batch]\nzzz = 1"), both("zzz", None));
        assert_eq!(unknown("[batch"), None);
        assert_eq!(unknown("[batch]\nname = 1"), None);
    }
}
