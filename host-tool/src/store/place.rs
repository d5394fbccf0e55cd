//! Whether a store's file is still where it was opened. What is written to a file that somebody deleted is nowhere, though
//! every write succeeds.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::{StoreError, io};

/// Where a store's file was when it was opened, and which file that was.
#[derive(Debug, Clone)]
pub(super) struct Place {
    path: PathBuf,
    file: (u64, u64),
}

impl Place {
    /// The file that is at this path now.
    pub fn of(path: &Path) -> Result<Self, StoreError> {
        let found = path.metadata().map_err(io("look at", path))?;
        let (path, file) = (path.to_owned(), which(&found));
        Ok(Self { path, file })
    }

    /// Refuses to call recorded what is not there any more.
    pub fn check(&self) -> Result<(), StoreError> {
        match self.path.metadata() {
            Ok(found) if which(&found) == self.file => Ok(()),
            _ => Err(StoreError::Gone {
                path: self.path.clone(),
            }),
        }
    }
}

fn which(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}
