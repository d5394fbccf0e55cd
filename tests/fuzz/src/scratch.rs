//! Files for what reads files: in memory where the system has such a place.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

fn place() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// A file without a name that holds these bytes.
pub fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile_in(place()).expect("a file");
    file.write_all(bytes).expect("room");
    file.rewind().expect("a file");
    file
}

/// A file with this at the end of its name that holds these bytes; it is gone when this is dropped.
pub fn named(bytes: &[u8], ending: &str) -> NamedTempFile {
    let mut file = tempfile::Builder::new()
        .suffix(ending)
        .tempfile_in(place())
        .expect("a file");
    file.write_all(bytes).expect("room");
    file
}

/// A folder; it is gone when this is dropped.
pub fn folder() -> TempDir {
    tempfile::tempdir_in(place()).expect("a folder")
}
