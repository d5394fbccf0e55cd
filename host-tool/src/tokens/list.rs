//! The file of a bench's tokens: read whole, written whole, by one program at a time.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::token::{Token, whole_seconds};
use crate::config::{SecretFileError, open_private};
use crate::whole_file::WholeFile;

/// Greatest size of the file, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Tokens of one bench: a count. Withdrawn ones stay, so that the log's ids lead somewhere.
const MAX_TOKENS: usize = 2000;

const HEAD: &str = "# The join tokens of this bench, by `nameplate keys token` and `nameplate keys withdraw`.\n\
# A token itself is not here, only its SHA-256. Read again when it changes, while boards join.\n\n";

/// The list of tokens can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// It can't be opened, or others can read it.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// It can't be read or written.
    #[error("can't {operation} the list of join tokens {}", path.display())]
    Io {
        /// What was being done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not such a list.
    #[error("{} is no list of join tokens", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// An entry can't be used.
    #[error("token {id:?} of {}: {why}", path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// Which.
        id: String,
        /// What is wrong.
        why: &'static str,
    },
    /// It has too many entries, or is too large.
    #[error("{} is larger than a list of {MAX_TOKENS} tokens", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// There is no such token.
    #[error("there is no join token {id:?} in {}", path.display())]
    NoSuchToken {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        id: String,
    },
}

/// The tokens of a bench.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenList {
    /// In the order in which they were made.
    #[serde(default, rename = "token")]
    pub tokens: Vec<Token>,
}

/// Reads the list.
///
/// # Errors
/// [`ListError`].
pub fn read(path: &Path) -> Result<TokenList, ListError> {
    let file = open_private(path)?;
    let mut text = String::new();
    let unreadable = |source| ListError::Io {
        operation: "read",
        path: path.to_owned(),
        source,
    };
    file.take(MAX_FILE + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    let too_large = || ListError::TooLarge {
        path: path.to_owned(),
    };
    if text.len() as u64 > MAX_FILE {
        return Err(too_large());
    }
    let list: TokenList = toml::from_str(&text).map_err(|source| ListError::Syntax {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    if list.tokens.len() > MAX_TOKENS {
        return Err(too_large());
    }
    for (index, token) in list.tokens.iter().enumerate() {
        let earlier = list.tokens.get(..index).unwrap_or_default();
        let twice = earlier.iter().any(|other| other.id == token.id);
        let why = token.fault().or(twice.then_some("it stands here twice"));
        if let Some(why) = why {
            return Err(ListError::Entry {
                path: path.to_owned(),
                id: token.id.clone(),
                why,
            });
        }
    }
    Ok(list)
}

/// Adds a token; makes the file where there is none.
///
/// # Errors
/// [`ListError`]; the list is then as it was.
pub fn append(path: &Path, token: Token) -> Result<(), ListError> {
    change(path, true, |list| {
        list.tokens.push(token);
        Ok(())
    })
}

/// Withdraws a token, and says whether it was not before.
///
/// # Errors
/// [`ListError`]; the list is then as it was.
pub fn withdraw(path: &Path, id: &str) -> Result<bool, ListError> {
    change(path, false, |list| {
        let mut tokens = list.tokens.iter_mut();
        let found = tokens.find(|token| token.id == id);
        let token = found.ok_or_else(|| ListError::NoSuchToken {
            path: path.to_owned(),
            id: id.to_owned(),
        })?;
        let is_new = token.withdrawn.is_none();
        let now = whole_seconds(OffsetDateTime::now_utc());
        token.withdrawn.get_or_insert(now);
        Ok(is_new)
    })
}

fn change<T>(
    path: &Path,
    new: bool,
    change: impl FnOnce(&mut TokenList) -> Result<T, ListError>,
) -> Result<T, ListError> {
    let fault = |operation| {
        move |source| ListError::Io {
            operation,
            path: path.to_owned(),
            source,
        }
    };
    // Begun before it is read: whoever else writes meanwhile is refused, and nobody's change is lost.
    let mut whole = WholeFile::begin(path).map_err(fault("write"))?;
    let mut list = if new && !path.exists() {
        TokenList::default()
    } else {
        read(path)?
    };
    let done = change(&mut list)?;
    if list.tokens.len() > MAX_TOKENS {
        return Err(ListError::TooLarge {
            path: path.to_owned(),
        });
    }
    let text = toml::to_string(&list)
        .map_err(io::Error::other)
        .map_err(fault("write"))?;
    let write = || {
        whole.file().write_all(HEAD.as_bytes())?;
        whole.file().write_all(text.as_bytes())?;
        whole.finish()
    };
    write().map_err(fault("write"))?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::NewToken;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    fn token(note: &str) -> Token {
        NewToken::make(Some(Duration::from_mins(1)), Some(3), note)
            .unwrap()
            .token
    }

    #[test]
    fn tokens_are_kept_in_order_and_withdrawn_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        let (first, second) = (token("line 3"), token(""));
        append(&path, first.clone()).unwrap();
        append(&path, second.clone()).unwrap();
        assert_eq!(read(&path).unwrap().tokens, [first, second.clone()]);
        assert!(withdraw(&path, &second.id).unwrap());
        let withdrawn = read(&path).unwrap();
        assert!(withdrawn.tokens[1].withdrawn.is_some());
        assert!(!withdraw(&path, &second.id).unwrap());
        assert_eq!(read(&path).unwrap(), withdrawn);
        assert!(matches!(
            withdraw(&path, "00000000"),
            Err(ListError::NoSuchToken { .. })
        ));
    }

    #[test]
    fn what_is_no_list_is_refused_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        let good = toml::to_string(&TokenList {
            tokens: vec![token("")],
        })
        .unwrap();
        let bad = [
            "token = 1".to_owned(),
            good.replace("sha256 = \"", "sha256 = \"0"),
            good.replace("id = \"", "id = \"x"),
            good.replace("boards = 3", "boards = -3"),
            good.replace("ends = \"", "ends = \"soon"),
            good.replace("boards", "bords"),
            format!("{good}{good}"),
            format!("{good}note = \"a\\u001bb\"\n"),
            "#".repeat((1 << 20) + 1),
        ];
        for text in bad {
            fs::write(&path, &text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(append(&path, token("")).is_err(), "{text:.200}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_list_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        append(&path, token("")).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            read(&path),
            Err(ListError::File(SecretFileError::Exposed { .. }))
        ));
    }
}
