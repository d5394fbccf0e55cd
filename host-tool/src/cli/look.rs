//! The one look of errors: what happened, why it probably did, what to do next, and the word to look up.

use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;
use serde_json::json;

use super::exit::Failure;
use super::output::Output;
use super::{colour, log};
use crate::codes::{Code, entry};
use crate::service::ServiceError;

/// How errors are shown.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The whole chain of causes, and not only the most useful.
    pub is_verbose: bool,
    /// With colours.
    pub is_coloured: bool,
}

/// What stands out, where colours are wanted.
const RED: &str = "\x1b[1;31m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

impl Look {
    fn painted(self, colour: &str, text: &str) -> String {
        if self.is_coloured {
            format!("{colour}{text}{PLAIN}")
        } else {
            text.to_owned()
        }
    }

    /// A failure as lines for a person.
    pub fn text(self, failure: &Failure) -> String {
        let mut lines = vec![format!(
            "{}{} {}",
            self.painted(RED, &format!("error[{}]", failure.code)),
            self.painted(BOLD, ":"),
            failure.error,
        )];
        let mut causes = causes(failure);
        if !self.is_verbose {
            most_useful(&mut causes);
        }
        for cause in &causes {
            lines.push(self.line("because", &cause.words));
        }
        lines.push(self.line("next", failure.next_step()));
        let more = format!("nameplate explain {}", failure.code);
        lines.push(self.line("more", &more));
        lines.join("\n")
    }

    /// A labelled line; where it is several, the others stand below the first.
    fn line(self, label: &str, text: &str) -> String {
        let label = self.painted(BOLD, &format!("{label}:"));
        format!("  {label} {}", text.trim_end().replace('\n', "\n    "))
    }

    /// Shows a failure: to a person, to a program, and in the file of the log where there is one.
    pub fn show(self, failure: &Failure, output: Output) {
        let _ = writeln!(std::io::stderr().lock(), "{}", self.text(failure));
        let chain: Vec<_> = failure.error.chain().map(ToString::to_string).collect();
        log::ended(failure.code, &chain);
        output.object(&json!({
            "event": "error", "code": failure.code.as_str(), "exit": failure.exit, "error": chain,
            "next_step": failure.next_step(),
        }));
    }
}

/// A cause that says something new.
struct Cause {
    words: String,
    /// The system's own words.
    is_system_s: bool,
    /// What the service said or did; what stands above it says only which step it was.
    is_service_s: bool,
}

fn causes(failure: &Failure) -> Vec<Cause> {
    let mut said = failure.error.to_string();
    let mut causes = Vec::new();
    for cause in failure.error.chain().skip(1) {
        let words = cause.to_string();
        // Some libraries repeat their source in their own text.
        if !said.contains(&words) {
            said.push_str(&words);
            causes.push(Cause {
                words,
                is_system_s: cause.is::<std::io::Error>(),
                is_service_s: cause.is::<ServiceError>(),
            });
        }
    }
    causes
}

/// Leaves the most useful cause: the service's, else the nearest; where that names a file, with what the system says of it.
fn most_useful(causes: &mut Vec<Cause>) {
    let service_s = causes.iter().position(|cause| cause.is_service_s);
    causes.drain(..service_s.unwrap_or_default());
    if let [first, second, ..] = causes.as_mut_slice()
        && second.is_system_s
        && !first.is_service_s
    {
        first.words.push_str(": ");
        first.words.push_str(&second.words);
    }
    causes.truncate(1);
}

/// Shows what is wrong with the arguments, or the help and the version where they were asked for.
pub fn arguments(error: &clap::Error) -> ExitCode {
    let asks_for_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if asks_for_help {
        // The parser knows where help goes, and whether in colour.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    let code = Code::BadArguments;
    let rendered = error.render();
    let text = if colour::on_stderr() {
        rendered.ansi().to_string()
    } else {
        rendered.to_string()
    };
    let text = text.replacen("error:", &format!("error[{code}]:"), 1);
    let _ = write!(std::io::stderr().lock(), "{text}");
    let json = std::env::args_os().any(|argument| argument == "--json");
    let plain = rendered.to_string();
    let what = plain.trim_start_matches("error:").trim();
    let what = what.split("\n\n").next().unwrap_or_default();
    Output { json }.object(&json!({
        "event": "error", "code": code.as_str(), "exit": 2, "error": [what], "next_step": entry::next_step(code),
    }));
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Failure {
        let refused = anyhow::anyhow!("the deepest");
        let error = refused
            .context("the nearest\nin two lines")
            .context("can't do it");
        Failure::usage(Code::PortBusy, error).next("Do that.")
    }

    const PLAINLY: Look = Look {
        is_verbose: false,
        is_coloured: false,
    };

    #[test]
    fn one_cause_is_enough_until_somebody_wants_them_all() {
        let text = PLAINLY.text(&failure());
        assert_eq!(
            text,
            "error[port-busy]: can't do it\n  because: the nearest\n    in two lines\n  next: Do that.\n  more: nameplate explain port-busy"
        );
        let verbose = Look {
            is_verbose: true,
            ..PLAINLY
        };
        assert!(verbose.text(&failure()).contains("because: the deepest\n"));
    }

    #[test]
    fn the_system_s_words_stay_with_the_file_that_they_are_of() {
        let missing = anyhow::Error::new(std::io::Error::from(std::io::ErrorKind::NotFound));
        let error = missing.context("can't read /x").context("the setting");
        let text = PLAINLY.text(&Failure::new(Code::FileMissing, error));
        assert!(
            text.contains("because: can't read /x: entity not found\n"),
            "{text}"
        );
    }

    #[test]
    fn what_the_service_said_is_more_useful_than_which_step_it_was() {
        let said = ServiceError::NotOffered {
            service: "it",
            what: "that",
        };
        let error = anyhow::Error::new(said).context("a step").context("a part");
        let text = PLAINLY.text(&Failure::new(Code::NotOffered, error));
        assert!(
            text.contains("because: it does not do this: that\n"),
            "{text}"
        );
        assert!(!text.contains("a step"), "{text}");
    }

    #[test]
    fn what_is_not_said_of_the_case_is_said_of_the_code() {
        let failure = Failure::new(Code::DiskFull, anyhow::anyhow!("no"));
        let text = PLAINLY.text(&failure);
        assert!(text.contains(entry::next_step(Code::DiskFull)), "{text}");
        assert!(!text.contains("because"));
    }

    #[test]
    fn colours_change_nothing_but_the_colour() {
        let coloured = Look {
            is_coloured: true,
            ..PLAINLY
        };
        let text = coloured.text(&failure());
        assert!(text.starts_with("\x1b[1;31merror[port-busy]\x1b[0m"));
        let bare = [RED, BOLD, PLAIN]
            .iter()
            .fold(text, |text, code| text.replace(code, ""));
        assert_eq!(bare, PLAINLY.text(&failure()));
    }
}
