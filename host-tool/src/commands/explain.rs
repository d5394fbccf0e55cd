//! `nameplate explain`: what an error's word means, why it probably happens, what to do.

use serde_json::json;

use super::Session;
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::codes::Code;
use crate::codes::entry::{self, Entry};
use crate::preflight;
use crate::service::words::printable;

/// Longest word that is shown again, in characters.
const SHOWN: usize = 64;

/// Runs the command.
///
/// # Errors
/// Where there is no such code.
pub fn run(session: &Session, args: &args::Explain) -> Result<Outcome, Failure> {
    let Some(word) = &args.code else {
        list(session);
        return Ok(Outcome::Done);
    };
    // As it stands in an error: with its brackets or without.
    let bare = word.trim().trim_start_matches("error");
    let bare = bare.trim_matches(|sign| matches!(sign, '[' | ']' | ':'));
    let entry = entry::find(bare).ok_or_else(|| unknown(bare))?;
    session.output.line(text(&entry));
    session.output.object(&object(&entry));
    Ok(Outcome::Done)
}

fn list(session: &Session) {
    let entries = entry::all();
    let widest = entries.iter().map(|entry| entry.word.len()).max();
    let width = widest.unwrap_or_default();
    let mut group = "";
    for entry in &entries {
        if entry.group != group {
            let before = if group.is_empty() { "" } else { "\n" };
            group = entry.group;
            session.output.line(format!("{before}{group}:"));
        }
        session
            .output
            .line(format!("  {:width$}  {}", entry.word, entry.meaning));
        session.output.object(&object(entry));
    }
}

fn text(entry: &Entry) -> String {
    format!(
        "{}: {}\n\n  why:       {}\n  next:      {}\n  exit code: {}",
        entry.word, entry.meaning, entry.why, entry.next, entry.exit
    )
}

fn object(entry: &Entry) -> serde_json::Value {
    json!({
        "event": "explained", "code": entry.word, "group": entry.group, "meaning": entry.meaning, "why": entry.why,
        "next_step": entry.next, "exit": entry.exit,
    })
}

fn unknown(word: &str) -> Failure {
    let shown = printable(word, SHOWN);
    if preflight::Code::ALL.iter().any(|code| code.word() == word) {
        let error =
            anyhow::anyhow!("{shown:?} is what `nameplate check` finds in a file, and no error");
        return Failure::usage(Code::BadArguments, error)
            .next("CHECK.md has an entry of it; `nameplate check` says what to do below its first finding.");
    }
    let error = anyhow::anyhow!("there is no error code {shown:?}");
    let like = entry::like(word);
    let step = if like.is_empty() {
        "Run `nameplate explain`: it lists them all.".to_owned()
    } else {
        format!("Did you mean {}?", like.join(", or "))
    };
    Failure::usage(Code::BadArguments, error).next(step)
}
