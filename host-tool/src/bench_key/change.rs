//! From the key of now to the next one, at any moment of which a killed program leaves a state that the same command goes on
//! from.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::files::{BenchKey, Files, is_of, rename};
use super::made::pair;
use super::{BenchKeyError, fault};
use crate::whole_file;

/// What the bench has now.
#[derive(Debug, PartialEq, Eq)]
pub struct Changed {
    /// The key of now: the next one of before.
    pub current: BenchKey,
    /// The new next one.
    pub next: BenchKey,
}

/// Makes the next key the bench's, keeps the one before, and makes another next one.
///
/// # Errors
/// [`BenchKeyError::NoNextKey`] where boards could not know what is to come; otherwise what a file does not allow. Run again, it goes
/// on.
pub fn change(files: &Files) -> Result<Changed, BenchKeyError> {
    let _alone = alone(&files.key)?;
    let next = files.next();
    if !is_half_done(files, &next)? {
        if next.are_missing() {
            return Err(BenchKeyError::NoNextKey { path: next.key });
        }
        BenchKey::of_pair(&next)?;
        BenchKey::of_pair(files)?;
        let previous = files.previous();
        copy(&files.key, &previous.key)?;
        copy(&files.certificate, &previous.certificate)?;
        rename(&next.key, &files.key)?;
    }
    rename(&next.certificate, &files.certificate)?;
    Ok(Changed {
        current: BenchKey::of_pair(files)?,
        next: pair(&next)?.0,
    })
}

/// Killed between the two renames: the key is the next one already, and its certificate is not yet in place.
fn is_half_done(files: &Files, next: &Files) -> Result<bool, BenchKeyError> {
    if next.key.exists() || !next.certificate.exists() {
        return Ok(false);
    }
    is_of(&files.key, &BenchKey::of_certificate(&next.certificate)?)
}

/// One change at a time: two would leave out a key that boards were to learn.
fn alone(key: &Path) -> Result<fs::File, BenchKeyError> {
    let name = key.file_name().unwrap_or_default().to_string_lossy();
    let path = key.with_file_name(format!(".{name}.lock"));
    let lock = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(fault("lock", &path))?;
    lock.lock().map_err(fault("lock", &path))?;
    Ok(lock)
}

fn copy(from: &Path, to: &Path) -> Result<(), BenchKeyError> {
    use secrecy::zeroize::Zeroizing;
    let bytes = Zeroizing::new(fs::read(from).map_err(fault("read", from))?);
    whole_file::write(to, &bytes).map_err(fault("write", to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench_key::complete;

    fn bench() -> (tempfile::TempDir, Files) {
        let folder = tempfile::tempdir().unwrap();
        let files = Files {
            key: folder.path().join("bench.key"),
            certificate: folder.path().join("bench.pem"),
        };
        (folder, files)
    }

    #[test]
    fn the_next_key_becomes_the_benchs_and_the_one_before_is_kept() {
        let (_folder, files) = bench();
        let made = complete(&files).unwrap();
        let changed = change(&files).unwrap();
        assert_eq!(changed.current, made.next);
        assert_ne!(changed.next.pin(), made.next.pin());
        let previous = BenchKey::of_pair(&files.previous()).unwrap();
        assert_eq!(previous, made.current);
        let again = change(&files).unwrap();
        assert_eq!(again.current, changed.next);
    }

    #[test]
    fn without_a_next_key_nothing_is_changed() {
        let (_folder, files) = bench();
        complete(&files).unwrap();
        let next = files.next();
        fs::remove_file(next.key).unwrap();
        fs::remove_file(next.certificate).unwrap();
        let before = fs::read(&files.key).unwrap();
        assert!(matches!(
            change(&files),
            Err(BenchKeyError::NoNextKey { .. })
        ));
        assert_eq!(fs::read(&files.key).unwrap(), before);
    }

    /// What a kill leaves behind each step, made by hand.
    #[test]
    fn it_goes_on_after_a_kill_at_every_step() {
        for killed_after in 0..5 {
            let (_folder, files) = bench();
            let made = complete(&files).unwrap();
            let (next, previous) = (files.next(), files.previous());
            let steps: [&dyn Fn(); 4] = [
                &|| copy(&files.key, &previous.key).unwrap(),
                &|| copy(&files.certificate, &previous.certificate).unwrap(),
                &|| fs::rename(&next.key, &files.key).unwrap(),
                &|| fs::rename(&next.certificate, &files.certificate).unwrap(),
            ];
            for step in steps.iter().take(killed_after) {
                step();
            }
            if killed_after < 4 {
                let changed = change(&files).unwrap();
                assert_eq!(changed.current, made.next, "{killed_after}");
            } else {
                // It was changed, and only the new next one is missing.
                assert!(change(&files).is_err());
                assert_eq!(complete(&files).unwrap().current, made.next);
            }
            assert_eq!(BenchKey::of_pair(&previous).unwrap(), made.current);
        }
    }
}
