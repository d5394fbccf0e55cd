//! The project's documents.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no document of ours.
const OTHERS: [&str; 5] = ["target", ".git", "node_modules", "corpus", "regressions"];

/// A document, by its path below the project's folder.
pub struct Document {
    pub path: String,
    pub text: String,
}

/// The project's folder.
pub fn root() -> PathBuf {
    let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    here.canonicalize().unwrap()
}

/// Every document, by path.
pub fn all() -> Vec<Document> {
    let mut paths = Vec::new();
    gather(&root(), &mut paths);
    paths.sort();
    let read = |path: PathBuf| Document {
        text: fs::read_to_string(&path).unwrap(),
        path: path.strip_prefix(root()).unwrap().display().to_string(),
    };
    let documents: Vec<_> = paths.into_iter().map(read).collect();
    assert!(documents.len() > 10, "{} documents", documents.len());
    documents
}

fn gather(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && !OTHERS.contains(&name.as_str()) {
            gather(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            into.push(path);
        }
    }
}
