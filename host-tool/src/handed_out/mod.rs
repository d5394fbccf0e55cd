//! What the service hands out, unpacked into files: certificates, and private keys where the service made them (contract,
//! "Responses", F).
//!
//! A ZIP or a JSON list, from a file that may come from anybody: names are flat and new, sizes are bounded, and the folder is
//! there whole or not at all. Each private key is held against its certificate. Knows no service, no batch and no screen.

mod folder;
mod json;
mod pairs;
mod zip;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

pub use pairs::Faults;

use folder::WholeFolder;
use pairs::Pairs;

/// Greatest file of a certificate (with its chain) or key, in bytes.
pub const MAX_ENTRY: u64 = 256 * 1024;
/// Most files: two for each of 500,000 devices, and a few.
pub const MAX_ENTRIES: u64 = 1_000_100;
/// Most bytes that are written.
pub const MAX_UNPACKED: u64 = 4_000_000_000;

/// What is in a folder now.
#[derive(Debug, Default)]
pub struct Unpacked {
    /// Certificates of devices; those of a chain are not counted.
    pub certificates: u64,
    /// Private keys.
    pub keys: u64,
    /// Private keys that belong to the certificate beside them.
    pub matched: u64,
    /// What a person should look at, in words.
    pub faults: Faults,
}

/// Nothing was unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// It can't be read, or is no ZIP that is believed.
    #[error("it can't be read")]
    Read(#[source] io::Error),
    /// It has no file.
    #[error("there is no certificate in it")]
    Empty,
    /// It has something that is not taken.
    #[error("{what}")]
    Refused {
        /// What, with its name made harmless.
        what: String,
    },
    /// It is neither ZIP nor JSON.
    #[error("it is neither a ZIP nor a JSON list")]
    Form,
    /// It is JSON of another form.
    #[error("it is not a JSON list of certificates as it is known here")]
    Json(#[source] serde_json::Error),
    /// The folder.
    #[error("can't write {}", path.display())]
    Write {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl UnpackError {
    fn refused(what: impl Into<String>) -> Self {
        Self::Refused { what: what.into() }
    }

    /// What to do next.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Write { .. } => {
                "Mend that, move the downloaded file away, then run the same command again."
            }
            Self::Form | Self::Json(_) => {
                "The file is kept as it came: open it by hand, and tell us of its form."
            }
            Self::Read(_) | Self::Empty | Self::Refused { .. } => {
                "The file is kept as it came: look at it, or move it away and run the same command again."
            }
        }
    }
}

/// Unpacks a file into a folder that is not there yet. With `keys`, each certificate is to have its private key.
///
/// # Errors
/// [`UnpackError`]; the folder is not there then.
pub fn unpack(file: &File, keys: bool, folder: &Path) -> Result<Unpacked, UnpackError> {
    let mut target = WholeFolder::begin(folder)?;
    let mut pairs = Pairs::new(keys);
    let mut written = 0_u64;
    let mut put = |name: &str, bytes: &[u8]| {
        written += bytes.len() as u64;
        if written > MAX_UNPACKED {
            return Err(UnpackError::refused("it unpacks to more than 4 GB"));
        }
        pairs.look(name, bytes);
        target.write(name, bytes)
    };
    each(file, &mut put)?;
    let unpacked = pairs.finish();
    if unpacked.certificates + unpacked.keys == 0 {
        return Err(UnpackError::Empty);
    }
    target.finish()?;
    Ok(unpacked)
}

/// Takes a file with its name.
type Put<'a> = dyn FnMut(&str, &[u8]) -> Result<(), UnpackError> + 'a;

/// Gives every file of a ZIP, or every certificate and key of a JSON list, with its name, one at a time.
///
/// # Errors
/// [`UnpackError`], or what `put` returns, which ends it.
pub fn each(file: &File, put: &mut Put<'_>) -> Result<(), UnpackError> {
    match form(file).map_err(UnpackError::Read)? {
        Some(Form::Zip) => zip::each(file, put),
        Some(Form::Json) => json::each(file, put),
        None => Err(UnpackError::Form),
    }
}

/// What a file is.
enum Form {
    Zip,
    Json,
}

fn form(mut file: &File) -> io::Result<Option<Form>> {
    file.rewind()?;
    let mut head = Vec::new();
    file.take(64).read_to_end(&mut head)?;
    file.rewind()?;
    // The last is what a ZIP begins with that has no entry.
    let zip = head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06");
    let first = head.trim_ascii_start().first();
    Ok(match first {
        _ if zip => Some(Form::Zip),
        Some(b'[' | b'{') => Some(Form::Json),
        _ => None,
    })
}
