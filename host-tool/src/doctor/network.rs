//! The door through which boards dial in: its keys, its tokens, its address, and how many boards it can hold.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::UNIX_EPOCH;

use rustix::process::{Resource, getrlimit};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Bench, Finding, words};
use crate::bench_key::{BenchKey, BenchKeyError, Files};
use crate::cli::output::count;
use crate::config::{Network, SecretFileError};
use crate::link::network::Door;
use crate::store::Station;
use crate::tokens::{self, ListError, Token};

/// Files that the bench has open beside its boards: the store, the index, logs, the service.
const BESIDE: u64 = 64;
/// A token that ends within a shift is told of, in seconds.
const SOON: i64 = 8 * 3600;

/// Makes the checks.
pub(super) fn look(bench: &Bench<'_>) -> Vec<Finding> {
    let Some(network) = &bench.setup.config.network else {
        return vec![Finding::fine(
            "network",
            "no [network]: boards come on cables only",
        )];
    };
    let config = &bench.setup.config;
    let files = Files {
        key: config.path(&network.key),
        certificate: config.path(&network.certificate),
    };
    let mut found = vec![key(bench, &files), next_key(bench, &files.next())];
    found.extend(door(bench, network));
    found.push(match network.listen {
        None => Finding::fine(
            "listen",
            "no address is set: boards dial in only with --listen",
        ),
        Some(address) => listen(address),
    });
    found.push(open_files(network, config.serial.ports.len()));
    found
}

fn key(bench: &Bench<'_>, files: &Files) -> Finding {
    const ID: &str = "bench-key";
    match BenchKey::of_pair(files) {
        Ok(key) => {
            let pin: String = key.pin().chars().take(16).collect();
            Finding::fine(
                ID,
                format!("key and certificate belong together; pin {pin}…"),
            )
        }
        Err(error) => unusable(bench, ID, &error),
    }
}

fn next_key(bench: &Bench<'_>, files: &Files) -> Finding {
    const ID: &str = "next-key";
    if files.are_missing() {
        let found =
            "there is none: boards that are made now could not go on when the key is changed";
        return Finding::warning(ID, found)
            .remedy(format!("nameplate keys {} new", bench.arguments));
    }
    match BenchKey::of_pair(files) {
        Ok(_) => Finding::fine(ID, "there, and its key and certificate belong together"),
        Err(error) => unusable(bench, ID, &error),
    }
}

fn unusable(bench: &Bench<'_>, id: &'static str, error: &BenchKeyError) -> Finding {
    let wrong = Finding::wrong(id, words(error));
    match error {
        BenchKeyError::NoKey { .. } => {
            wrong.remedy(format!("nameplate keys {} new", bench.arguments))
        }
        BenchKeyError::NotAPair { .. } => {
            wrong.remedy("Put the file back that belongs to the other; a change that was interrupted goes on with `nameplate keys change`.")
        }
        // It says itself what to do.
        BenchKeyError::Key(SecretFileError::Exposed { .. }) => wrong,
        _ => wrong.remedy("Put a copy back, or move both files away and run `nameplate keys new`: then every board needs the new pins."),
    }
}

/// What lets boards in.
fn door(bench: &Bench<'_>, network: &Network) -> Vec<Finding> {
    let config = &bench.setup.config;
    let list = network.join_tokens.as_ref().map(|path| config.path(path));
    let mut found = Vec::new();
    if let Some(path) = &list {
        found.push(tokens(bench, network, path));
    }
    // Without tokens nobody dials in: then nothing is wrong as long as nobody is to.
    if network.listen.is_none() && list.as_ref().is_some_and(|path| !path.exists()) {
        return found;
    }
    found.push(match Door::new(config, network) {
        Ok(_) => Finding::fine("door", "its files can be used together"),
        Err(error) => Finding::wrong("door", words(&error))
            .remedy("Mend [network] in the configuration; `nameplate keys` makes what is missing."),
    });
    found
}

fn tokens(bench: &Bench<'_>, network: &Network, path: &Path) -> Finding {
    const ID: &str = "join-tokens";
    let make = format!(
        "nameplate keys {} token --boards 96 --valid-for 12h",
        bench.arguments
    );
    let is_only_way = network.join_token_file.is_none() && network.client_ca_file.is_none();
    let is_needed = network.listen.is_some() && is_only_way;
    let missing = |found: String| {
        if is_needed {
            Finding::wrong(ID, found).remedy(make.clone())
        } else {
            Finding::fine(ID, found)
        }
    };
    if !path.exists() {
        return missing(format!(
            "no token was made yet ({} is not there)",
            path.display()
        ));
    }
    let list = match tokens::read(path) {
        Ok(list) => list,
        Err(error) => {
            let wrong = Finding::wrong(ID, format!("nobody is let in: {}", words(&error)));
            return match error {
                ListError::File(SecretFileError::Exposed { .. }) => wrong,
                _ => wrong
                    .remedy("Put a copy of the file back, or move it away and make new tokens."),
            };
        }
    };
    let now = bench.now.duration_since(UNIX_EPOCH).ok();
    let now = now
        .and_then(|now| OffsetDateTime::from_unix_timestamp(now.as_secs().try_into().ok()?).ok());
    let Some(now) = now else {
        return Finding::unchecked(ID, "this machine's clock is wrong");
    };
    let joined = |token: &Token| joined(bench, &token.id);
    let good = list
        .tokens
        .iter()
        .filter(|token| is_good(token, joined(token), now));
    let good: Vec<&Token> = good.collect();
    if good.is_empty() {
        let is_used_up =
            |token: &&Token| token.withdrawn.is_none() && token.ends.is_none_or(|ends| ends > now);
        if let Some(token) = list.tokens.iter().find(is_used_up) {
            let found = format!(
                "used up: {}; boards that joined by it still come in, and no other",
                limits(token, joined(token))
            );
            return Finding::warning(ID, found).remedy(make);
        }
        let found = format!(
            "none of {} lets anybody in: withdrawn or ended",
            count(list.tokens.len() as u64, "token")
        );
        return missing(found);
    }
    let words = good.iter().map(|token| limits(token, joined(token)));
    let found = format!("good: {}", words.collect::<Vec<_>>().join("; "));
    let lasts = |token: &&Token| {
        token
            .ends
            .is_none_or(|ends| (ends - now).whole_seconds() > SOON)
    };
    if good.iter().any(lasts) {
        Finding::fine(ID, found)
    } else {
        Finding::warning(ID, format!("{found}; the last ends within 8 hours")).remedy(make)
    }
}

fn is_good(token: &Token, joined: u64, now: OffsetDateTime) -> bool {
    token.withdrawn.is_none()
        && token.ends.is_none_or(|ends| ends > now)
        && token.boards.is_none_or(|most| joined < most)
}

fn limits(token: &Token, joined: u64) -> String {
    let boards = match token.boards {
        None => "any number of boards".to_owned(),
        Some(most) => format!("{joined} of {} joined", count(most, "board")),
    };
    let ends = token.ends.and_then(|ends| ends.format(&Rfc3339).ok());
    match ends {
        Some(ends) => format!("{} ({boards}, until {ends})", token.id),
        None => format!("{} ({boards})", token.id),
    }
}

/// How many boards it has let in; none where there is no index yet.
fn joined(bench: &Bench<'_>, id: &str) -> u64 {
    let configured = bench.setup.config.batch.station_index.as_deref();
    let path = match configured {
        Some(path) => Some(bench.setup.config.path(path)),
        None => Station::default_path().ok(),
    };
    let station = path
        .filter(|path| path.exists())
        .and_then(|path| Station::open(&path).ok());
    station
        .and_then(|station| station.joined(id).ok())
        .unwrap_or(0)
}

fn listen(address: SocketAddr) -> Finding {
    const ID: &str = "listen";
    match TcpListener::bind(address) {
        Ok(_) => Finding::fine(ID, format!("{address} can be listened on")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let found = format!("somebody listens on {address} already; a bench that runs does");
            Finding::wrong(ID, found).remedy(format!(
                "ss -ltnp 'sport = :{}'    # who is it?",
                address.port()
            ))
        }
        Err(error) => Finding::wrong(ID, format!("can't listen on {address}: {error}"))
            .remedy("Set network.listen to an address of this machine, or to 0.0.0.0 for all; ports below 1024 are root's."),
    }
}

/// The bench raises its limit of open files as far as it may.
fn open_files(network: &Network, patterns: usize) -> Finding {
    enough_files(
        getrlimit(Resource::Nofile).maximum,
        network.most_connections as u64,
        patterns as u64,
    )
}

fn enough_files(limit: Option<u64>, connections: u64, patterns: u64) -> Finding {
    const ID: &str = "open-files";
    let needed = connections.saturating_add(patterns).saturating_add(BESIDE);
    match limit {
        None => Finding::fine(ID, "as many as there are to be"),
        Some(limit) if limit >= needed => Finding::fine(
            ID,
            format!("{limit} at most, for {connections} connections"),
        ),
        Some(limit) => {
            let found = format!(
                "at most {limit} may be open, and {connections} connections need {needed}: boards beyond that wait"
            );
            Finding::warning(ID, found).remedy(format!(
                "echo \"$USER hard nofile {needed}\" | sudo tee -a /etc/security/limits.conf    # then log out and in again; or lower network.most_connections"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn the_limit_of_open_files_is_held_against_connections() {
        assert_eq!(enough_files(None, 100_000, 0).level, Level::Fine);
        assert_eq!(enough_files(Some(2000), 1024, 2).level, Level::Fine);
        let few = enough_files(Some(1024), 1024, 2);
        assert_eq!(few.level, Level::Warning);
        assert!(few.remedy[0].contains("1090"), "{few:?}");
    }

    #[test]
    fn an_address_that_is_taken_or_nobody_s_is_found() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let found = listen(address);
        assert_eq!(found.level, Level::Wrong);
        assert!(found.remedy[0].contains(&address.port().to_string()));
        drop(taken);
        assert_eq!(listen(address).level, Level::Fine);
        // TEST-NET-1 is no machine's.
        let other = listen("192.0.2.1:7443".parse().unwrap());
        assert!(other.found.starts_with("can't listen"), "{other:?}");
    }
}
