//! `nameplate keys`: the bench's key, the next one, and the tokens by which boards join.

use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Session, Setup};
use crate::bench_key::{self, BenchKey, BenchKeyError, Files};
use crate::cli::args::{self, KeysCommand};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::{Table, count};
use crate::codes::{Code, of_io};
use crate::config::SecretFileError;
use crate::store::Station;
use crate::tokens::{self, ListError, MAX_NOTE, NewToken, Token, TokenList};
use crate::whole_file::{self, folder_of};

/// Where things are if the configuration does not say so: beside it.
const CERTIFICATE: &str = "bench.pem";
const KEY: &str = "bench.key";
const TOKENS: &str = "join-tokens.toml";

impl From<BenchKeyError> for Failure {
    fn from(error: BenchKeyError) -> Self {
        let step = match &error {
            BenchKeyError::NoKey { .. } => "Run `nameplate keys new`.",
            BenchKeyError::NoNextKey { .. } => {
                "Run `nameplate keys new`, give the next key to every board, and change only then."
            }
            BenchKeyError::NotAPair { .. } => {
                "If a change was interrupted, run `nameplate keys change` again; otherwise put the file back that belongs to the other."
            }
            _ => return Self::of(error),
        };
        Self::of(error).next(step)
    }
}

impl From<ListError> for Failure {
    fn from(error: ListError) -> Self {
        let step = match &error {
            ListError::NoSuchToken { .. } => "`nameplate keys show` lists the tokens.",
            ListError::File(SecretFileError::Read { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                "There are no join tokens yet: `nameplate keys token` makes one."
            }
            _ => return Self::of(error),
        };
        Self::of(error).next(step)
    }
}

/// Runs the command.
///
/// # Errors
/// Where it could not be done; what was there is then as it was.
pub fn run(session: &Session, args: &args::Keys) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let places = Places::of(&setup);
    match &args.what {
        None | Some(KeysCommand::Show) => show(session, &setup, &places),
        Some(KeysCommand::New) => new(session, &places),
        Some(KeysCommand::Change) => change(session, &places),
        Some(KeysCommand::Token(wanted)) => token(session, &places, wanted),
        Some(KeysCommand::Withdraw { id }) => withdraw(session, &places, id),
    }?;
    Ok(Outcome::Done)
}

/// Where keys and tokens are.
struct Places {
    files: Files,
    tokens: PathBuf,
    /// What is missing in the configuration so that the bench uses them.
    missing: Option<String>,
}

impl Places {
    fn of(setup: &Setup) -> Self {
        let config = &setup.config;
        let at = |configured: Option<&PathBuf>, usual: &str| {
            config.path(
                configured
                    .map_or_else(|| PathBuf::from(usual), Clone::clone)
                    .as_path(),
            )
        };
        let network = config.network.as_ref();
        let tokens = network.and_then(|network| network.join_tokens.as_ref());
        let missing = match (network, tokens) {
            (None, _) => Some(format!(
                "[network]\nlisten = \"0.0.0.0:7443\"\ncertificate = \"{CERTIFICATE}\"\nkey = \"{KEY}\"\njoin_tokens = \"{TOKENS}\""
            )),
            (Some(_), None) => Some(format!("[network]\njoin_tokens = \"{TOKENS}\"")),
            (Some(_), Some(_)) => None,
        };
        Self {
            files: Files {
                key: at(network.map(|network| &network.key), KEY),
                certificate: at(network.map(|network| &network.certificate), CERTIFICATE),
            },
            tokens: at(tokens, TOKENS),
            missing,
        }
    }

    /// Says what the configuration lacks.
    fn tell_missing(&self, session: &Session) {
        if let Some(missing) = &self.missing {
            session.output.line(format!(
                "\nFor the bench to use them, have this in its configuration:\n\n{missing}"
            ));
        }
    }
}

fn new(session: &Session, places: &Places) -> Result<(), Failure> {
    let folder = folder_of(&places.files.key);
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| {
            let words = format!("can't make {}", folder.display());
            Failure::new(of_io(&error), anyhow::Error::new(error).context(words))
        })?;
    let made = bench_key::complete(&places.files)?;
    let tell = |what: &str, is_new: bool, files: &Files| {
        let path = files.certificate.display();
        let words = if is_new { "made" } else { "there already" };
        session.output.line(format!("{what}: {words}, {path}"));
    };
    tell("the bench's key", made.current_is_new, &places.files);
    tell("the next key", made.next_is_new, &places.files.next());
    session.output.line(format!(
        "Give both to the boards: {} and {}, or as pins:",
        places.files.certificate.display(),
        places.files.next().certificate.display()
    ));
    pins(session, Some(&made.current), Some(&made.next));
    places.tell_missing(session);
    Ok(())
}

fn pins(session: &Session, current: Option<&BenchKey>, next: Option<&BenchKey>) {
    for (word, key) in [("pin", current), ("next-pin", next)] {
        if let Some(key) = key {
            session.output.line(format!("{word} {}", key.pin()));
        }
    }
    let told =
        |key: Option<&BenchKey>| key.map(|key| json!({ "pin": key.pin(), "ends": date(key.ends) }));
    session
        .output
        .object(&json!({ "event": "keys", "current": told(current), "next": told(next) }));
}

fn date(unix: i64) -> String {
    OffsetDateTime::from_unix_timestamp(unix)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

fn change(session: &Session, places: &Places) -> Result<(), Failure> {
    let changed = bench_key::change(&places.files)?;
    session.output.line(
        "The bench has the key that was the next one. Boards that know it go on joining; those that know only the key before don't.",
    );
    session.output.line(format!(
        "Boards that are made from now on are given {} and {}, or as pins:",
        places.files.certificate.display(),
        places.files.next().certificate.display()
    ));
    pins(session, Some(&changed.current), Some(&changed.next));
    session.output.line(format!(
        "The key before is kept as {}: remove it once no board needs it.",
        places.files.previous().key.display()
    ));
    Ok(())
}

fn token(session: &Session, places: &Places, wanted: &args::NewToken) -> Result<(), Failure> {
    if wanted.note.len() > MAX_NOTE || wanted.note.chars().any(char::is_control) {
        let error = anyhow::anyhow!("a note is one line of at most {MAX_NOTE} bytes");
        return Err(Failure::usage(Code::BadArguments, error).next("Give a shorter --note."));
    }
    let made = NewToken::make(wanted.valid_for, wanted.boards, &wanted.note).ok_or_else(|| {
        Failure::new(
            Code::NoRandomness,
            anyhow::anyhow!("the system gives no random numbers"),
        )
    })?;
    let name = format!("join-{}.token", made.token.id);
    let path = wanted.output.clone();
    let path = path.unwrap_or_else(|| places.tokens.with_file_name(name));
    let line = Zeroizing::new(format!("{}\n", made.secret.expose_secret()));
    // The file first: a token that is listed and that nobody has would only confuse.
    whole_file::write_new(&path, line.as_bytes()).map_err(|error| {
        let words = format!("can't write {}", path.display());
        Failure::new(of_io(&error), anyhow::Error::new(error).context(words))
    })?;
    if let Err(error) = tokens::append(&places.tokens, made.token.clone()) {
        let _ = std::fs::remove_file(&path);
        return Err(error.into());
    }
    session.output.line(format!(
        "token {} written to {}; only you can read it. {}",
        made.token.id,
        path.display(),
        limits(&made.token)
    ));
    session.output.object(&json!({
        "event": "token", "id": made.token.id, "file": path, "ends": made.token.ends.and_then(|ends| ends.format(&Rfc3339).ok()),
        "boards": made.token.boards
    }));
    places.tell_missing(session);
    Ok(())
}

fn limits(token: &Token) -> String {
    let boards = match token.boards {
        Some(boards) => format!("It is for {}", count(boards, "board")),
        None => "It is for any number of boards".to_owned(),
    };
    match token.ends {
        Some(ends) => format!(
            "{boards}, until {}.",
            ends.format(&Rfc3339).unwrap_or_default()
        ),
        None => format!("{boards}, and never ends."),
    }
}

fn withdraw(session: &Session, places: &Places, id: &str) -> Result<(), Failure> {
    let is_new = tokens::withdraw(&places.tokens, id)?;
    let words = if is_new {
        "is withdrawn"
    } else {
        "was withdrawn before"
    };
    session
        .output
        .line(format!("token {id} {words}: it lets nobody in"));
    session
        .output
        .object(&json!({ "event": "withdrawn", "id": id, "new": is_new }));
    Ok(())
}

fn show(session: &Session, setup: &Setup, places: &Places) -> Result<(), Failure> {
    let current = BenchKey::of_pair(&places.files)?;
    let next = places.files.next();
    let next = (!next.are_missing())
        .then(|| BenchKey::of_pair(&next))
        .transpose()?;
    session.output.line(format!(
        "the bench's key: {}, its certificate ends {}",
        places.files.certificate.display(),
        date(current.ends)
    ));
    if next.is_none() {
        session.output.line(
            "There is no next key: without one the key can't be changed. `nameplate keys new` makes it.",
        );
    }
    pins(session, Some(&current), next.as_ref());
    if places.tokens.exists() {
        let list = tokens::read(&places.tokens)?;
        table(session, &setup.station()?, &list)?;
    } else {
        session
            .output
            .line("There are no join tokens: `nameplate keys token` makes one.");
    }
    places.tell_missing(session);
    Ok(())
}

fn table(session: &Session, station: &Station, list: &TokenList) -> Result<(), Failure> {
    const HEADER: [&str; 6] = ["TOKEN", "STATE", "JOINED", "OF", "ENDS", "NOTE"];
    let now = OffsetDateTime::now_utc();
    let mut table = Table::new(HEADER);
    let mut rows = vec![HEADER.map(str::to_owned)];
    for token in &list.tokens {
        let joined = station.joined(&token.id)?;
        let state = state(token, joined, now);
        let ends = token.ends.and_then(|ends| ends.format(&Rfc3339).ok());
        session.output.object(&json!({
            "event": "token", "id": token.id, "state": state, "joined": joined, "boards": token.boards, "ends": ends, "note": token.note
        }));
        let row = [
            token.id.clone(),
            state.to_owned(),
            joined.to_string(),
            token
                .boards
                .map_or_else(|| "any".to_owned(), |n| n.to_string()),
            ends.unwrap_or_else(|| "never".to_owned()),
            token.note.clone(),
        ];
        table.fit(&row);
        rows.push(row);
    }
    session.output.line("");
    for row in &rows {
        session.output.line(table.line(row));
    }
    Ok(())
}

fn state(token: &Token, joined: u64, now: OffsetDateTime) -> &'static str {
    if token.withdrawn.is_some() {
        "withdrawn"
    } else if token.ends.is_some_and(|ends| ends <= now) {
        "ended"
    } else if token.boards.is_some_and(|most| joined >= most) {
        "used up"
    } else {
        "good"
    }
}
