//! What a good command line promises of each of its commands.

use clap::{Command, CommandFactory, Parser};
use clap_complete::Shell;

use super::Cli;

/// Every command with its words, as a person would type them; `help` is the parser's own.
fn commands() -> Vec<(String, Command)> {
    fn walk(command: &Command, path: &str, all: &mut Vec<(String, Command)>) {
        for sub in command.get_subcommands() {
            if sub.get_name() != "help" {
                let path = format!("{path} {}", sub.get_name());
                walk(sub, &path, all);
                all.push((path, sub.clone()));
            }
        }
    }
    let mut root = Cli::command();
    root.build();
    let mut all = Vec::new();
    walk(&root, "nameplate", &mut all);
    all.push(("nameplate".to_owned(), root));
    all
}

/// The words of a line, as a shell takes it apart: blanks between them, single quotes around what belongs together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for sign in line.chars() {
        match sign {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(sign),
        }
    }
    assert!(!is_quoted, "{line}");
    words
}

fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    let (_, examples) = help.split_once("Examples:\n").unwrap_or_default();
    examples
        .lines()
        .map(|line| line.trim().to_owned())
        .collect()
}

#[test]
fn the_arguments_do_not_contradict_each_other() {
    Cli::command().debug_assert();
}

#[test]
fn each_command_says_what_it_does_and_ends_with_examples_that_work() {
    for (path, command) in commands() {
        let about = command.get_about().map(ToString::to_string);
        assert!(about.is_some_and(|about| !about.is_empty()), "{path}");
        let examples = examples(&command);
        assert!(!examples.is_empty(), "{path} has no examples");
        for example in examples {
            // Arguments of a command may stand before what is below it.
            let mut typed = words(&example).into_iter();
            let is_of_it = path.split(' ').all(|word| typed.any(|typed| typed == word));
            assert!(is_of_it, "{path}: {example}");
            for part in example.split(" | ") {
                if let Err(error) = Cli::try_parse_from(words(part)) {
                    let is_help = error.kind() == clap::error::ErrorKind::DisplayHelp;
                    assert!(is_help, "{example}: {error}");
                }
            }
        }
    }
}

#[test]
fn long_help_begins_with_what_short_help_says() {
    for (path, command) in commands() {
        let short = command.get_about().unwrap().to_string();
        if let Some(long) = command.get_long_about() {
            let long = long.to_string();
            assert!(
                long.starts_with(short.trim_end_matches('.')),
                "{path}: {long}"
            );
        }
    }
}

#[test]
fn each_argument_says_what_it_is_for() {
    for (path, command) in commands() {
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{path}: {argument}");
        }
    }
}

#[test]
fn completions_of_each_shell_know_every_command() {
    for shell in [
        Shell::Bash,
        Shell::Elvish,
        Shell::Fish,
        Shell::PowerShell,
        Shell::Zsh,
    ] {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "nameplate", &mut script);
        let script = String::from_utf8(script).unwrap();
        for (path, command) in commands() {
            assert!(script.contains(command.get_name()), "{shell}: {path}");
        }
    }
}

#[test]
fn each_command_has_its_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    clap_mangen::generate_to(Cli::command(), folder.path()).unwrap();
    for (path, command) in commands() {
        let page = folder.path().join(format!("{}.1", path.replace(' ', "-")));
        let text =
            std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{page:?}: {error}"));
        for argument in command.get_arguments() {
            if let Some(long) = argument.get_long() {
                // A hyphen is written as such, and not as a dash.
                let long = format!("\\-\\-{}", long.replace('-', "\\-"));
                assert!(text.contains(&long), "{path}: {long}");
            }
        }
        assert!(text.contains("Examples:"), "{path}");
    }
}
