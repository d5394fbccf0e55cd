//! `nameplate init` as anybody would run it: asked at a real terminal, with flags, killed at every file, and from nothing to boards that
//! are done.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod asked;
mod document;
mod flags;
mod killed;
mod whole;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nameplate::config::Config;
use nameplate_tests::programs::nameplate;

/// A folder of this test's own.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let mut folder = tempfile::Builder::new();
        Self(folder.prefix("nameplate-init-test-").tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn batch(&self) -> PathBuf {
        self.path().join("line-3")
    }

    /// A command for the batch; started in the folder above it.
    fn command(&self, command: &str) -> Command {
        let mut nameplate = nameplate(self.path());
        nameplate.current_dir(self.path());
        nameplate.args([command, "--batch", "line-3"]);
        nameplate
    }

    fn config(&self) -> Config {
        Config::load(None, &self.batch()).unwrap()
    }

    /// Names and contents of the batch's files.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.batch()).unwrap().map(Result::unwrap);
        let file = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        };
        entries.map(file).collect()
    }
}
