//! What a check found.

use serde_json::{Value, json};

/// What a check found, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check: a stable word.
    pub id: &'static str,
    /// What was looked at, where the check looks at several things.
    pub about: Option<String>,
    /// How it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do, a line each; mostly commands to copy.
    pub remedy: Vec<String>,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Fine,
    /// It could not be looked at.
    Unchecked,
    /// It works, but not as well as it could, or not for long.
    Warning,
    /// It does not work.
    Wrong,
}

impl Level {
    /// The word for it, in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Unchecked => "not-checked",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        }
    }

    /// The mark in front of a line.
    pub fn mark(self) -> char {
        match self {
            Self::Fine => '✓',
            Self::Unchecked => '?',
            Self::Warning => '!',
            Self::Wrong => '✗',
        }
    }
}

impl Finding {
    fn new(id: &'static str, level: Level, found: impl Into<String>) -> Self {
        Self {
            id,
            about: None,
            level,
            found: found.into(),
            remedy: Vec::new(),
        }
    }

    /// As it should be.
    pub fn fine(id: &'static str, found: impl Into<String>) -> Self {
        Self::new(id, Level::Fine, found)
    }

    /// It works, but.
    pub fn warning(id: &'static str, found: impl Into<String>) -> Self {
        Self::new(id, Level::Warning, found)
    }

    /// It does not work.
    pub fn wrong(id: &'static str, found: impl Into<String>) -> Self {
        Self::new(id, Level::Wrong, found)
    }

    /// It could not be looked at, because.
    pub fn unchecked(id: &'static str, because: impl std::fmt::Display) -> Self {
        Self::new(id, Level::Unchecked, format!("not checked: {because}"))
    }

    /// With what it is about.
    #[must_use]
    pub fn about(mut self, what: impl Into<String>) -> Self {
        self.about = Some(what.into());
        self
    }

    /// With one more line of what to do.
    #[must_use]
    pub fn remedy(mut self, line: impl Into<String>) -> Self {
        self.remedy.push(line.into());
        self
    }

    /// As an object for programs.
    pub fn object(&self) -> Value {
        json!({
            "event": "diagnosis", "check": self.id, "about": self.about, "level": self.level.as_str(), "found": self.found,
            "remedy": self.remedy,
        })
    }
}

/// How many findings there were of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Fine.
    pub fine: u64,
    /// Warnings.
    pub warnings: u64,
    /// Wrong.
    pub wrong: u64,
    /// Not checked.
    pub unchecked: u64,
}

impl Counts {
    /// Counts one.
    pub fn add(&mut self, level: Level) {
        *match level {
            Level::Fine => &mut self.fine,
            Level::Warning => &mut self.warnings,
            Level::Wrong => &mut self.wrong,
            Level::Unchecked => &mut self.unchecked,
        } += 1;
    }
}
