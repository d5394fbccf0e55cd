//! A file that is there whole or not at all. What a killed program leaves half-written, the next one writes over.
//!
//! Knows nothing of what is in the file.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::num::NonZeroU64;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Advice, fadvise};

use crate::fault::{self, Point};

/// How often the half-written file may be put in place by another program just when this one takes it.
const TRIES: u32 = 8;

/// A file in the making. Dropped before it is finished, it leaves nothing behind.
#[derive(Debug)]
pub struct WholeFile {
    file: File,
    part: PathBuf,
    path: PathBuf,
}

impl WholeFile {
    /// Begins a file that is going to be at `path`, readable by its owner only. It grows beside it, under [`part_of`].
    ///
    /// # Errors
    /// The file system's; [`io::ErrorKind::ResourceBusy`] where another program is writing the same file.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let part = part_of(path)?;
        for _ in 0..TRIES {
            let file = open(&part)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => break,
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Whoever had it may have put it in place before it was locked here: then it is no part any more.
            if is_still_at(&file, &part)? {
                if file.metadata()?.nlink() > 1 {
                    // A program was killed in `finish_new`: this is a finished file, under its own name too.
                    fs::remove_file(&part)?;
                    continue;
                }
                file.set_len(0)?;
                let path = path.to_owned();
                return Ok(Self { file, part, path });
            }
        }
        let words = "another program is writing the same file";
        Err(io::Error::new(io::ErrorKind::ResourceBusy, words))
    }

    /// Where it grows.
    pub fn part(&self) -> &Path {
        &self.part
    }

    /// Where to write.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts the file in place, over one that is there. On the disk when it returns.
    ///
    /// # Errors
    /// The file system's; what was there before is then as it was.
    pub fn finish(self) -> io::Result<()> {
        fault::at(Point::FileWritten);
        self.file.sync_all()?;
        fault::at(Point::FileBefore);
        fs::rename(&self.part, &self.path)?;
        fault::at(Point::FileAfter);
        sync_folder(&self.path)
    }

    /// Puts the file at another place in the same folder, where there is none: under a name that was not known before.
    ///
    /// # Errors
    /// As [`WholeFile::finish_new`].
    pub fn finish_new_at(mut self, path: &Path) -> io::Result<()> {
        path.clone_into(&mut self.path);
        self.finish_new()
    }

    /// Puts the file in place where there is none.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`], and the file system's.
    pub fn finish_new(self) -> io::Result<()> {
        fault::at(Point::FileWritten);
        self.file.sync_all()?;
        fault::at(Point::FileBefore);
        fs::hard_link(&self.part, &self.path)?;
        fault::at(Point::FileLinked);
        fs::remove_file(&self.part)?;
        fault::at(Point::FileAfter);
        sync_folder(&self.path)
    }
}

/// Writes to a file from its beginning, and has the disk begin as soon as there is much: then the end waits less.
#[derive(Debug)]
pub struct Flowing<'a> {
    file: &'a mut File,
    written: u64,
    begun: u64,
}

/// Bytes after which the disk begins.
const MUCH: u64 = 8 * 1024 * 1024;

impl<'a> Flowing<'a> {
    /// Begins at the file's beginning.
    pub fn new(file: &'a mut File) -> Self {
        Self {
            file,
            written: 0,
            begun: 0,
        }
    }
}

impl Write for Flowing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.written += count as u64;
        let length = self.written - self.begun;
        if let Some(length) = NonZeroU64::new(length).filter(|_| length >= MUCH) {
            // "Not needed any more" has what was written go to the disk. It is a hint: where it is not taken, nothing is lost.
            let _ = fadvise(&*self.file, self.begun, Some(length), Advice::DontNeed);
            self.begun = self.written;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // Once it is in place, another program's part may be there already.
        if is_still_at(&self.file, &self.part).unwrap_or(false) {
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// Writes a small file, over one that is there. On the disk when it returns.
///
/// # Errors
/// As [`WholeFile::begin`] and [`WholeFile::finish`].
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut whole = WholeFile::begin(path)?;
    whole.file().write_all(bytes)?;
    whole.finish()
}

/// Writes a small file where there is none. On the disk when it returns.
///
/// # Errors
/// As [`WholeFile::begin`] and [`WholeFile::finish_new`].
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut whole = WholeFile::begin(path)?;
    whole.file().write_all(bytes)?;
    whole.finish_new()
}

/// Under which name a file grows.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] where the path names no file.
pub fn part_of(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut part = OsString::from(".");
    part.push(name);
    part.push(".part");
    Ok(path.with_file_name(part))
}

fn open(part: &Path) -> io::Result<File> {
    let no_link = rustix::fs::OFlags::NOFOLLOW.bits();
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        // Its name can be guessed, so in a folder of many people it may be somebody's trap.
        .custom_flags(no_link.cast_signed())
        .open(part)
}

fn is_still_at(file: &File, part: &Path) -> io::Result<bool> {
    let here = file.metadata()?;
    match fs::symlink_metadata(part) {
        Ok(there) => Ok((here.dev(), here.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// A file's name is durable only once its folder is.
///
/// # Errors
/// The file system's.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn it_is_there_whole_or_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        // What a killed program left.
        fs::write(folder.path().join(".a.csv.part"), "half of something long").unwrap();
        for text in ["first", "second"] {
            let mut whole = WholeFile::begin(&path).unwrap();
            whole.file().write_all(text.as_bytes()).unwrap();
            whole.finish().unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(names(folder.path()), ["a.csv"]);
        }
        let mut given_up = WholeFile::begin(&path).unwrap();
        given_up.file().write_all(b"third").unwrap();
        drop(given_up);
        assert_eq!(fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn what_flows_is_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let mut whole = WholeFile::begin(&path).unwrap();
        let mut flowing = Flowing::new(whole.file());
        let piece: Vec<u8> = (0..=255).cycle().take(1_000_003).collect();
        for _ in 0..20 {
            flowing.write_all(&piece).unwrap();
        }
        flowing.flush().unwrap();
        whole.finish().unwrap();
        assert!(fs::read(&path).unwrap() == piece.repeat(20));
    }

    #[test]
    fn a_new_one_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        WholeFile::begin(&path).unwrap().finish_new().unwrap();
        let again = WholeFile::begin(&path).unwrap().finish_new().unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn what_was_killed_between_its_two_names_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let part = part_of(&path).unwrap();
        fs::write(&path, "a whole file").unwrap();
        fs::hard_link(&path, &part).unwrap();
        let mut next = WholeFile::begin(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a whole file");
        next.file().write_all(b"another").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a whole file");
        next.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "another");
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn two_at_once_never_mix() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let first = WholeFile::begin(&path).unwrap();
        let second = WholeFile::begin(&path).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::ResourceBusy);
        first.finish().unwrap();
        WholeFile::begin(&path).unwrap().finish().unwrap();
    }

    #[test]
    fn a_link_in_its_place_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join(".a.csv.part")).unwrap();
        WholeFile::begin(&folder.path().join("a.csv")).unwrap_err();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        WholeFile::begin(Path::new("..")).unwrap_err();
    }
}
