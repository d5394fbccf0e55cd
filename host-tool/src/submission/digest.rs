//! The SHA-256 of a file of any size.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

use crate::store::hex;

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// The SHA-256 of a file, in hexadecimal.
///
/// # Errors
/// The file can't be read.
pub fn sha256_of_file(path: &Path) -> io::Result<String> {
    let mut context = Context::new(&SHA256);
    let mut file = File::open(path)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = file.read(&mut chunk)?;
        match chunk.get(..count) {
            Some(bytes) if !bytes.is_empty() => context.update(bytes),
            _ => return Ok(hex(context.finish().as_ref())),
        }
    }
}
