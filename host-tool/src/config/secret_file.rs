//! Secrets in files: read only where nobody else can read them.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

/// Greatest size of a secret in a file, in bytes.
const MAX_SECRET: u64 = 4096;

/// A secret in a file can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFileError {
    /// It can't be read.
    #[error("can't read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error("others can read {}: run `chmod 600 {}`, and think about a new secret", path.display(), path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// It holds no secret.
    #[error("{} must hold one line of printable ASCII, at most {MAX_SECRET} bytes", path.display())]
    Content {
        /// The file.
        path: PathBuf,
    },
}

/// Opens a file that only its owner can read.
///
/// # Errors
/// [`SecretFileError::Read`] and [`SecretFileError::Exposed`].
pub fn open_private(path: &Path) -> Result<File, SecretFileError> {
    let unreadable = |source| SecretFileError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(SecretFileError::Exposed {
            path: path.to_owned(),
        });
    }
    Ok(file)
}

/// Greatest private key in a file, in bytes; RSA with 8192 bits takes 7 KB.
const MAX_KEY: u64 = 64 * 1024;

/// Reads the text of a private key from a file that only its owner can read.
///
/// # Errors
/// [`SecretFileError`].
pub fn read_private_text(path: &Path) -> Result<SecretString, SecretFileError> {
    let file = open_private(path)?;
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_KEY)
        .read_to_string(&mut text)
        .map_err(|source| SecretFileError::Read {
            path: path.to_owned(),
            source,
        })?;
    Ok(SecretString::from(text.as_str()))
}

/// Reads the one line of a secret from a file that only its owner can read.
///
/// # Errors
/// [`SecretFileError`].
pub fn read_secret(path: &Path) -> Result<SecretString, SecretFileError> {
    let unreadable = |source| SecretFileError::Read {
        path: path.to_owned(),
        source,
    };
    let file = open_private(path)?;
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_SECRET)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    let secret = text.trim();
    if secret.is_empty() || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(SecretFileError::Content {
            path: path.to_owned(),
        });
    }
    Ok(SecretString::from(secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::fs;

    #[test]
    fn only_a_private_file_with_one_line_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "s3cret\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            read_secret(&path),
            Err(SecretFileError::Exposed { .. })
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read_secret(&path).unwrap().expose_secret(), "s3cret");
        for bad in ["", "two\nlines", "ümlaut"] {
            fs::write(&path, bad).unwrap();
            assert!(
                matches!(read_secret(&path), Err(SecretFileError::Content { .. })),
                "{bad}"
            );
        }
    }
}
