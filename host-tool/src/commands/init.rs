//! `nameplate init`: begins a bench.

use std::path::Path;

use serde_json::json;
use time::format_description::well_known::Rfc3339;

use super::Session;
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::codes::Coded;
use crate::init::{self, Answers, InitError, Person, Sandbox, SignIn, Token, Wanted, Written};
use crate::service::words::printable;

impl From<InitError> for Failure {
    fn from(error: InitError) -> Self {
        let step = error.next_step();
        let code = error.code();
        if error.is_usage() {
            Self::usage(code, error).next(step)
        } else {
            Self::new(code, error).next(step)
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Where there is a configuration already, an answer can't be used, or a file can't be written.
pub fn run(session: &Session, args: &args::Init) -> Result<Outcome, Failure> {
    let config = args.batch.join(crate::config::FILE);
    // Nobody answers ten questions to be told that it was in vain.
    if !args.force && config.exists() {
        return Err(InitError::Exists { path: config }.into());
    }
    let sandbox = args.sandbox.as_deref().map(Sandbox::read).transpose()?;
    // Whoever tries things out at the local service is asked nothing.
    let person = Person::here(args.yes || session.output.json || sandbox.is_some());
    let wanted = init::gather(args, sandbox, person)?;
    let written = init::write(&args.batch, &wanted, args.force)?;
    tell(session, &args.batch, &wanted, &written);
    Ok(Outcome::Done)
}

fn tell(session: &Session, folder: &Path, wanted: &Wanted, written: &Written) {
    let say = |line: &str| session.output.line(line);
    let missing = wanted.answers.missing();
    let boards = written.token.as_ref().and_then(|token| token.boards);
    let next = next(folder, &wanted.answers, boards);
    let next_key = written.files.next().certificate;
    say(&format!("wrote {}", written.config.display()));
    if let Some(kept) = &written.kept {
        say(&format!("  the old one is kept as {}", kept.display()));
    }
    let made = |new| if new { "made" } else { "there already" };
    say(&format!(
        "the bench's key: {}, {}; the next one: {}, {}",
        made(written.keys.current_is_new),
        written.files.certificate.display(),
        made(written.keys.next_is_new),
        next_key.display()
    ));
    if let Some(path) = &written.api_key {
        say(&format!(
            "the local service's API key: {}; only you can read it",
            path.display()
        ));
    }
    if let Some(token) = &written.token {
        network(session, folder, &wanted.answers, written, token);
    }
    if !missing.is_empty() {
        say(&format!("\nto be filled in there: {}", missing.join(", ")));
    }
    say("\nnext:");
    for command in &next {
        say(&format!("  {command}"));
    }
    session.output.object(&json!({
        "event": "init", "config": written.config, "kept": written.kept, "certificate": written.files.certificate,
        "next_certificate": next_key, "pin": written.keys.current.pin(), "next_pin": written.keys.next.pin(),
        "api_key_file": written.api_key, "token_file": written.token.as_ref().map(|token| &token.path),
        "token": written.token.as_ref().map(|token| &token.id), "missing": missing, "next": next,
    }));
}

/// What whoever prepares boards for the network needs.
fn network(session: &Session, folder: &Path, answers: &Answers, written: &Written, token: &Token) {
    let say = |line: &str| session.output.line(line);
    let boards = token
        .boards
        .map_or_else(|| "any number of boards".to_owned(), |n| count(n, "board"));
    let ends = token
        .ends
        .and_then(|ends| ends.format(&Rfc3339).ok())
        .map_or_else(String::new, |ends| format!(", until {ends}"));
    say(&format!(
        "the join token: {}, for {boards}{ends}; only you can read it",
        token.path.display()
    ));
    let port = answers.listen.map_or(0, |address| address.port());
    say(&format!(
        "\na Linux board is given those three files:\n  nameplate-board --state DIR --connect THIS_MACHINE:{port} \\\n    --host-key {} \\\n    \
         --next-host-key {} \\\n    --join-token-file {}\na microcontroller the pins that `nameplate keys --batch {}` shows",
        word(&written.files.certificate),
        word(&written.files.next().certificate),
        word(&token.path),
        word(folder)
    ));
}

/// The next commands, to be copied.
fn next(folder: &Path, answers: &Answers, boards: Option<u64>) -> Vec<String> {
    let batch = word(folder);
    let mut next = Vec::new();
    match &answers.sign_in {
        SignIn::Variable(name) => next.push(format!(
            "read -rs {name}; export {name}    # type or paste the API key; it is not shown"
        )),
        SignIn::File(path) if !folder.join(path).exists() => {
            let path = word(&folder.join(path));
            next.push(format!(
                "(umask 077; cat > {path})    # paste the API key, Enter, Ctrl-D"
            ));
        }
        SignIn::File(_) | SignIn::Certificate { .. } => {}
    }
    next.push(format!("nameplate doctor --batch {batch}"));
    // On the network nobody knows when all boards are there, unless it is said.
    let expect = match (answers.listen, boards) {
        (None, _) => String::new(),
        (Some(_), None) => " --expect 8".to_owned(),
        (Some(_), Some(boards)) => format!(" --expect {boards}"),
    };
    next.push(format!("nameplate run --batch {batch}{expect}"));
    next
}

/// A path as a shell takes it.
fn word(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}

/// A word as a shell takes it.
pub(crate) fn shell_word(text: &str) -> String {
    let text = printable(text, 4096);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_given_as_a_shell_takes_them() {
        assert_eq!(shell_word("line-3/bench.pem"), "line-3/bench.pem");
        assert_eq!(shell_word("line 3"), "'line 3'");
        assert_eq!(shell_word("it's"), "'it'\\''s'");
        assert_eq!(shell_word("$(ls)"), "'$(ls)'");
        assert_eq!(shell_word(""), "''");
    }
}
