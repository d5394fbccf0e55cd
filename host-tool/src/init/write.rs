//! Puts a bench's files in place: the keys, the local service's API key, the join token, and the configuration last.
//!
//! Each is there whole or not at all, and what is there stays: so a call that was killed is made again, and goes on.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

use super::gather::{TokenLimits, Wanted};
use super::{InitError, fault, names, text};
use crate::bench_key::{self, Completed, Files};
use crate::config::{FILE, read_secret};
use crate::tokens::{self, NewToken, id_of};
use crate::whole_file;

/// What a token that is made here is for.
const NOTE: &str = "made by nameplate init";
/// Copies of old files that are kept at most.
const MOST_KEPT: u32 = 99;

/// What is there now.
#[derive(Debug)]
pub struct Written {
    /// The configuration.
    pub config: PathBuf,
    /// Where an old configuration is kept.
    pub kept: Option<PathBuf>,
    /// Where the keys are.
    pub files: Files,
    /// The keys.
    pub keys: Completed,
    /// The file of the local service's API key.
    pub api_key: Option<PathBuf>,
    /// The join token.
    pub token: Option<Token>,
}

/// A join token that is in its file.
#[derive(Debug, PartialEq, Eq)]
pub struct Token {
    /// The file.
    pub path: PathBuf,
    /// What it is called.
    pub id: String,
    /// How many boards it lets in; any number where `None`.
    pub boards: Option<u64>,
    /// When it ends; never where `None`.
    pub ends: Option<OffsetDateTime>,
}

/// Writes it all.
///
/// # Errors
/// [`InitError::Exists`] and [`InitError::Other`] before anything was written, unless `force` is given; otherwise what a file does not
/// allow. Called again, it goes on.
pub fn write(folder: &Path, wanted: &Wanted, force: bool) -> Result<Written, InitError> {
    let config = folder.join(FILE);
    if !force && fs::symlink_metadata(&config).is_ok() {
        return Err(InitError::Exists { path: config });
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(fault("make the folder", folder))?;
    let api_key = match &wanted.api_key {
        Some(key) => Some(api_key(&folder.join(names::API_KEY), key, force)?),
        None => None,
    };
    let files = Files {
        key: folder.join(names::KEY),
        certificate: folder.join(names::CERTIFICATE),
    };
    let keys = bench_key::complete(&files)?;
    let token = match wanted.token {
        Some(limits) => Some(token(folder, limits)?),
        None => None,
    };
    let text = text(&wanted.answers);
    let kept = if force { keep(&config)? } else { None };
    let written = if force {
        whole_file::write(&config, text.as_bytes())
    } else {
        whole_file::write_new(&config, text.as_bytes())
    };
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => InitError::Exists {
            path: config.clone(),
        },
        _ => fault("write", &config)(error),
    })?;
    Ok(Written {
        config,
        kept,
        files,
        keys,
        api_key,
        token,
    })
}

fn api_key(path: &Path, key: &SecretString, force: bool) -> Result<PathBuf, InitError> {
    if fs::symlink_metadata(path).is_ok() {
        let same = read_secret(path).is_ok_and(|old| old.expose_secret() == key.expose_secret());
        if same {
            return Ok(path.to_owned());
        }
        if !force {
            return Err(InitError::Other {
                path: path.to_owned(),
            });
        }
        keep(path)?;
    }
    let line = Zeroizing::new(format!("{}\n", key.expose_secret()));
    whole_file::write(path, line.as_bytes()).map_err(fault("write", path))?;
    Ok(path.to_owned())
}

/// The token of an earlier call is taken as it is; one that was written and not yet listed is listed.
fn token(folder: &Path, limits: TokenLimits) -> Result<Token, InitError> {
    let path = folder.join(names::TOKEN);
    let list = folder.join(names::TOKENS);
    let valid_for = Some(limits.valid_for);
    let new = if fs::symlink_metadata(&path).is_ok() {
        let secret = read_secret(&path).map_err(InitError::Token)?;
        let id = id_of(secret.expose_secret());
        let known = if list.exists() {
            tokens::read(&list)?.tokens
        } else {
            Vec::new()
        };
        if let Some(token) = known.into_iter().find(|token| token.id == id) {
            let (boards, ends) = (token.boards, token.ends);
            return Ok(Token {
                path,
                id,
                boards,
                ends,
            });
        }
        NewToken::of(secret, valid_for, limits.boards, NOTE)
    } else {
        let new = NewToken::make(valid_for, limits.boards, NOTE).ok_or(InitError::Randomness)?;
        let line = Zeroizing::new(format!("{}\n", new.secret.expose_secret()));
        whole_file::write_new(&path, line.as_bytes()).map_err(fault("write", &path))?;
        new
    };
    tokens::append(&list, new.token.clone())?;
    Ok(Token {
        path,
        id: new.token.id,
        boards: new.token.boards,
        ends: new.token.ends,
    })
}

/// Gives a file that is there a second name, `bench.toml.1` or the next one that is free. There is no moment without the file.
fn keep(path: &Path) -> Result<Option<PathBuf>, InitError> {
    for number in 1..=MOST_KEPT {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        let copy = PathBuf::from(name);
        match fs::hard_link(path, &copy) {
            Ok(()) => return Ok(Some(copy)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // Kept by a call that was killed before it wrote anything else.
                if is_same(path, &copy) {
                    return Ok(Some(copy));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault("keep a copy of", path)(error)),
        }
    }
    Err(InitError::Other {
        path: path.to_owned(),
    })
}

fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino()));
    matches!((place(one), place(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::Answers;
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    fn wanted(key: &str) -> Wanted {
        Wanted {
            answers: Answers::default(),
            api_key: Some(SecretString::from(key)),
            token: Some(TokenLimits {
                boards: Some(3),
                valid_for: Duration::from_mins(5),
            }),
        }
    }

    fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        entries
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect()
    }

    #[test]
    fn nothing_that_is_there_is_overwritten_and_force_keeps_the_old_one() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/b");
        let first = write(&folder, &wanted("k1"), false).unwrap();
        let before = files(&folder);
        for name in before.keys() {
            let mode = fs::metadata(folder.join(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o077, 0, "{name}");
        }
        assert!(matches!(
            write(&folder, &wanted("k1"), false),
            Err(InitError::Exists { .. })
        ));
        assert_eq!(files(&folder), before);
        fs::write(&first.config, "[batch]\nname = \"mine\"\n").unwrap();
        let again = write(&folder, &wanted("k2"), true).unwrap();
        assert_eq!(again.kept, Some(folder.join("bench.toml.1")));
        assert_eq!(
            (again.token, again.keys.current),
            (first.token, first.keys.current)
        );
        let after = files(&folder);
        assert_eq!(after["bench.toml.1"], b"[batch]\nname = \"mine\"\n");
        assert_eq!(after["bench.toml"], before["bench.toml"]);
        assert_eq!(
            (&after["api.key"][..], &after["api.key.1"][..]),
            (&b"k2\n"[..], &b"k1\n"[..])
        );
        let other = write(&folder, &wanted("k3"), true).unwrap();
        assert_eq!(other.kept, Some(folder.join("bench.toml.2")));
    }

    /// Whatever a kill leaves, the same call ends with the same files, and with one token.
    #[test]
    fn killed_after_any_file_the_same_call_goes_on() {
        let whole = tempfile::tempdir().unwrap();
        write(whole.path(), &wanted("k"), false).unwrap();
        let all = files(whole.path());
        let order = [
            "api.key",
            "bench.key",
            "bench.pem",
            "bench.next.key",
            "bench.next.pem",
            "join.token",
            "join-tokens.toml",
        ];
        for done in 0..=order.len() {
            let folder = tempfile::tempdir().unwrap();
            for name in &order[..done] {
                whole_file::write(&folder.path().join(name), &all[*name]).unwrap();
            }
            fs::write(folder.path().join(".bench.toml.part"), "half").unwrap();
            let written = write(folder.path(), &wanted("k"), false).unwrap();
            let now = files(folder.path());
            assert!(now.keys().eq(all.keys()), "{done}: {:?}", now.keys());
            for name in &order[..done] {
                assert_eq!(now[*name], all[*name], "{name}");
            }
            let list = tokens::read(&folder.path().join(names::TOKENS)).unwrap();
            assert_eq!(list.tokens.len(), 1);
            assert_eq!(list.tokens[0].id, written.token.unwrap().id);
        }
    }

    #[test]
    fn a_key_of_somebody_else_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(names::API_KEY), "theirs\n").unwrap();
        let error = write(folder.path(), &wanted("k"), false).unwrap_err();
        assert!(matches!(error, InitError::Other { .. }));
        assert_eq!(files(folder.path()).len(), 1);
    }
}
