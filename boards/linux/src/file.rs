//! Reads a file that the command line names, and never more of it than it may hold.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::Error;

/// The file's bytes, at most `greatest`, and its mode. The mode is that of the file that was read, whatever happens
/// to the path meanwhile.
///
/// # Errors
/// [`Error::File`].
pub(crate) fn read(path: &Path, greatest: usize) -> Result<(Zeroizing<Vec<u8>>, u32), Error> {
    read_open(path, greatest).map_err(|source| Error::File {
        path: path.into(),
        source,
    })
}

fn read_open(path: &Path, greatest: usize) -> io::Result<(Zeroizing<Vec<u8>>, u32)> {
    let file = File::open(path)?;
    let mode = file.metadata()?.permissions().mode();
    // All the room at once: a vector that grows leaves copies behind.
    let room = greatest.saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(room as u64).read_to_end(&mut bytes)?;
    if bytes.len() > greatest {
        let text = format!("it is longer than {greatest} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    Ok((bytes, mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"12345").unwrap();
        assert_eq!(**read(file.path(), 5).unwrap().0, *b"12345");
        let error = read(file.path(), 4).unwrap_err();
        assert!(matches!(error, Error::File { .. }));
        assert!(read(Path::new("/dev/zero"), 4).is_err());
        assert!(read(Path::new("none such"), 4).is_err());
    }
}
