//! Who answers: a person at a terminal, with the usual answer in brackets, or nobody, who always gives the usual one.

use std::io::{self, IsTerminal};

use dialoguer::theme::SimpleTheme;
use dialoguer::{Input, Select};

use super::InitError;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// Somebody, who is asked.
    AtTerminal,
    /// Nobody: usual answers only.
    Nobody,
}

impl Person {
    /// Somebody where standard input and standard error are a terminal, unless nothing is to be asked.
    pub fn here(ask_nothing: bool) -> Self {
        let is_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        if is_terminal && !ask_nothing {
            Self::AtTerminal
        } else {
            Self::Nobody
        }
    }

    /// Tells a person something; nobody is told nothing.
    pub(super) fn tell(self, words: &str) {
        if self == Self::AtTerminal {
            let _ = io::Write::write_fmt(&mut io::stderr().lock(), format_args!("{words}\n"));
        }
    }

    /// A line of text. Asked again until `check` takes it, which says what is wrong with it.
    pub(super) fn text(
        self,
        question: &str,
        usual: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<String, InitError> {
        if self == Self::Nobody {
            return Ok(usual.to_owned());
        }
        let input = Input::<String>::with_theme(&SimpleTheme)
            .with_prompt(question)
            .allow_empty(usual.is_empty())
            .default(usual.to_owned())
            .show_default(!usual.is_empty())
            .validate_with(|text: &String| check(text.trim()));
        let answer = input.interact_text().map_err(|error| {
            // The cursor still stands behind the question.
            self.tell("");
            ended(error)
        })?;
        Ok(answer.trim().to_owned())
    }

    /// A text that may be left out.
    pub(super) fn optional(
        self,
        question: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Option<String>, InitError> {
        let answer = self.text(question, "", |text| match text {
            "" => Ok(()),
            text => check(text),
        })?;
        Ok(Some(answer).filter(|text| !text.is_empty()))
    }

    /// One of several, the first being the usual one.
    pub(super) fn choice(self, question: &str, items: &[&str]) -> Result<usize, InitError> {
        if self == Self::Nobody {
            return Ok(0);
        }
        let select = Select::with_theme(&SimpleTheme)
            .with_prompt(question)
            .items(items)
            .default(0);
        select.interact().map_err(ended)
    }
}

fn ended(error: dialoguer::Error) -> InitError {
    match io::Error::from(error) {
        error if error.kind() == io::ErrorKind::Interrupted => InitError::Interrupted,
        error => InitError::Ask(error),
    }
}
