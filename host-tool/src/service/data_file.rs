//! The file that a job is made from: there, of a kind the service takes, and not over its limit.
//!
//! Does not look inside; preflight does.

use std::fs::File;
use std::path::{Path, PathBuf};

/// Greatest data file, in bytes. The service says "200 MB"; the smaller reading is kept.
pub const MAX_DATA_FILE: u64 = 200_000_000;

/// What the file is, by the extension that the service goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataKind {
    /// `.csv`
    Csv,
    /// `.zip`
    Zip,
}

impl DataKind {
    /// The media type of the upload's part.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Zip => "application/zip",
        }
    }
}

/// A data file that was looked at and may be sent.
#[derive(Debug, Clone)]
pub struct DataFile {
    path: PathBuf,
    name: String,
    kind: DataKind,
    length: u64,
}

/// Why a file can't be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataFileError {
    /// It could not be opened or looked at.
    #[error("can't open {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: std::io::Error,
    },
    /// It is a directory or a device.
    #[error("{} is not a plain file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// The extension is neither `.csv` nor `.zip`.
    #[error("{} is neither a .csv nor a .zip, and the service takes nothing else", path.display())]
    Kind {
        /// The file.
        path: PathBuf,
    },
    /// The name is not plain text.
    #[error("the name of {} has characters that can't be sent", path.display())]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// Nothing is in it.
    #[error("{} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Over the limit.
    #[error("{} has {length} bytes; the service takes at most {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        length: u64,
        /// The limit in bytes.
        limit: u64,
    },
}

impl DataFile {
    /// Looks at a file of at most [`MAX_DATA_FILE`].
    ///
    /// # Errors
    /// Each [`DataFileError`] says which rule it breaks.
    pub fn look_at(path: &Path) -> Result<Self, DataFileError> {
        Self::look_at_most(path, MAX_DATA_FILE)
    }

    /// The same with a limit of one's own, in bytes.
    ///
    /// # Errors
    /// As [`DataFile::look_at`].
    pub fn look_at_most(path: &Path, limit: u64) -> Result<Self, DataFileError> {
        let path = path.to_owned();
        let (name, kind) = name_and_kind(&path)?;
        let metadata = match std::fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(source) => return Err(DataFileError::Open { path, source }),
        };
        if !metadata.is_file() {
            return Err(DataFileError::NotAFile { path });
        }
        match metadata.len() {
            0 => Err(DataFileError::Empty { path }),
            length if length > limit => Err(DataFileError::TooLarge {
                path,
                length,
                limit,
            }),
            length => Ok(Self {
                path,
                name,
                kind,
                length,
            }),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its name without folders, as the service sees it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is.
    pub fn kind(&self) -> DataKind {
        self.kind
    }

    /// Its length in bytes when it was looked at.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Opens it again, and makes sure that it still has the length it was looked at with.
    pub(crate) fn open(&self) -> std::io::Result<File> {
        let file = File::open(&self.path)?;
        if file.metadata()?.len() == self.length {
            Ok(file)
        } else {
            Err(std::io::Error::other(
                "the file changed after it was checked",
            ))
        }
    }
}

fn name_and_kind(path: &Path) -> Result<(String, DataKind), DataFileError> {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(name) = name.filter(|name| !name.chars().any(char::is_control)) else {
        return Err(DataFileError::Name {
            path: path.to_owned(),
        });
    };
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    let kind = match extension.to_ascii_lowercase().as_str() {
        "csv" => DataKind::Csv,
        "zip" => DataKind::Zip,
        _ => {
            return Err(DataFileError::Kind {
                path: path.to_owned(),
            });
        }
    };
    Ok((name.to_owned(), kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_of(name: &str, length: u64) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        File::create(&path).unwrap().set_len(length).unwrap();
        (folder, path)
    }

    #[test]
    fn the_limit_is_exact() {
        let (_folder, path) = file_of("batch.csv", MAX_DATA_FILE);
        assert_eq!(DataFile::look_at(&path).unwrap().length(), MAX_DATA_FILE);
        let (_folder, path) = file_of("batch.csv", MAX_DATA_FILE + 1);
        assert!(matches!(
            DataFile::look_at(&path),
            Err(DataFileError::TooLarge { .. })
        ));
    }

    #[test]
    fn what_the_service_would_refuse_is_refused_here() {
        let (folder, path) = file_of("batch.txt", 1);
        assert!(matches!(
            DataFile::look_at(&path),
            Err(DataFileError::Kind { .. })
        ));
        let (_folder, path) = file_of("batch.zip", 0);
        assert!(matches!(
            DataFile::look_at(&path),
            Err(DataFileError::Empty { .. })
        ));
        let missing = folder.path().join("no.csv");
        assert!(matches!(
            DataFile::look_at(&missing),
            Err(DataFileError::Open { .. })
        ));
        let directory = folder.path().join("dir.csv");
        std::fs::create_dir(&directory).unwrap();
        assert!(matches!(
            DataFile::look_at(&directory),
            Err(DataFileError::NotAFile { .. })
        ));
    }

    #[test]
    fn a_file_that_changed_is_not_opened() {
        let (_folder, path) = file_of("batch.CSV", 10);
        let data = DataFile::look_at(&path).unwrap();
        assert!(data.open().is_ok());
        File::create(&path).unwrap().set_len(11).unwrap();
        assert!(data.open().is_err());
    }
}
