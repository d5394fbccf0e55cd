//! The join token, from a file that nobody else may read.

use std::fmt;
use std::path::Path;

use nameplate_wire::limits;
use zeroize::Zeroizing;

use crate::Error;
use crate::file;

/// Greatest size of a token file, in bytes: the token with white space around it.
const GREATEST_FILE: usize = 4 * limits::TOKEN;

/// Mode bits for anybody but the owner.
const OTHERS: u32 = 0o077;

/// Why a file gives no join token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinTokenFault {
    /// Its mode lets group or others at it.
    #[error("others than its owner have access to it")]
    Open,
    /// Nothing in it, or too much, or not printable ASCII.
    #[error("it does not hold one word of 1 to 64 printable ASCII characters")]
    Form,
}

/// A join token; overwritten when dropped, and never shown by `Debug`.
pub struct JoinToken(Zeroizing<String>);

impl JoinToken {
    /// The token, to be shown to an authenticated host.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for JoinToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JoinToken")
    }
}

/// Reads a token from a file.
///
/// # Errors
/// [`Error::File`], [`Error::JoinToken`].
pub fn read(path: &Path) -> Result<JoinToken, Error> {
    let fault = |source| Error::JoinToken {
        path: path.into(),
        source,
    };
    let (bytes, mode) = file::read(path, GREATEST_FILE)?;
    if mode & OTHERS != 0 {
        return Err(fault(JoinTokenFault::Open));
    }
    parse(&bytes).map_err(fault)
}

fn parse(bytes: &[u8]) -> Result<JoinToken, JoinTokenFault> {
    let token = bytes.trim_ascii();
    let is_good =
        (1..=limits::TOKEN).contains(&token.len()) && token.iter().all(u8::is_ascii_graphic);
    let text = std::str::from_utf8(token).map_err(|_| JoinTokenFault::Form)?;
    is_good
        .then(|| JoinToken(Zeroizing::new(text.into())))
        .ok_or(JoinTokenFault::Form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_token_is_trimmed_and_held_to_its_form() {
        assert_eq!(parse(b" t0ken!\n").unwrap().secret(), "t0ken!");
        let longest = [b'x'; limits::TOKEN];
        assert!(parse(&longest).is_ok());
        for bad in [
            &b""[..],
            b" \n",
            b"two words",
            b"t\xC3\xA9",
            b"t\0",
            &[b'x'; limits::TOKEN + 1],
        ] {
            assert_eq!(parse(bad).unwrap_err(), JoinTokenFault::Form, "{bad:?}");
        }
    }

    #[test]
    fn a_token_others_can_read_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "secret-token").unwrap();
        let set = |mode| std::fs::set_permissions(file.path(), PermissionsExt::from_mode(mode));
        set(0o640).unwrap();
        let error = read(file.path()).unwrap_err();
        assert!(matches!(
            error,
            Error::JoinToken {
                source: JoinTokenFault::Open,
                ..
            }
        ));
        set(0o600).unwrap();
        let token = read(file.path()).unwrap();
        assert_eq!(token.secret(), "secret-token");
        assert_eq!(format!("{token:?}"), "JoinToken");
    }
}
