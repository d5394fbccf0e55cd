//! Whether colours are wanted on standard error: <https://no-color.org>, <https://bixense.com/clicolors>, and `TERM=dumb`.

use std::ffi::OsString;
use std::io::IsTerminal;

/// Whether what goes to standard error may be coloured.
pub fn on_stderr() -> bool {
    is_wanted(std::io::stderr().is_terminal(), |name| {
        std::env::var_os(name)
    })
}

fn is_wanted(is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    if is_set("NO_COLOR") {
        return false;
    }
    if is_set("CLICOLOR_FORCE") && variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    is_terminal
        && variable("TERM").is_none_or(|term| term != "dumb")
        && variable("CLICOLOR").is_none_or(|value| value != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(is_terminal: bool, set: &[(&str, &str)]) -> bool {
        is_wanted(is_terminal, |name| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn colours_are_for_terminals_unless_somebody_says_otherwise() {
        assert!(wanted(true, &[]));
        assert!(!wanted(false, &[]));
        assert!(!wanted(true, &[("NO_COLOR", "1")]));
        assert!(wanted(true, &[("NO_COLOR", "")]), "empty is not set");
        assert!(!wanted(true, &[("TERM", "dumb")]));
        assert!(!wanted(true, &[("CLICOLOR", "0")]));
        assert!(wanted(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(wanted(false, &[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")]));
        assert!(!wanted(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!wanted(true, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    }
}
