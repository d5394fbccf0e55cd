//! A board's flash as a file, so that it lasts between runs; the provisioning page is written into it.
//!
//! The blocks of key and certificates are the board's alone: nothing here reads or writes it once the file is there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::page::PAGE;
use crate::whole_file::WholeFile;

/// Its name in a board's folder.
pub const FILE: &str = "flash.bin";

/// What erased flash reads as.
const ERASED: u8 = 0xFF;

/// Where things stand in the file, in bytes from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Size of the file.
    pub size: u64,
    /// The erase block that holds the key.
    pub key: u64,
    /// Size of an erase block.
    pub block: u64,
    /// The provisioning page.
    pub page: u64,
    /// The two slots for certificate chains, one behind the other.
    pub chains: u64,
    /// Size of a slot, in whole erase blocks.
    pub slot: u64,
}

/// Writes a page as a factory does: into new flash, or over the page that was there before.
///
/// # Errors
/// The file system's; [`io::ErrorKind::InvalidData`] where the file has another size than this flash.
pub(super) fn provision(path: &Path, layout: &Layout, page: &[u8]) -> io::Result<()> {
    let mut whole = [ERASED; PAGE];
    let place = whole.get_mut(..page.len());
    place
        .ok_or(io::ErrorKind::InvalidInput)?
        .copy_from_slice(page);
    match OpenOptions::new().write(true).open(path) {
        Ok(file) => rewrite(&file, layout, &whole),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path, layout, &whole),
        Err(error) => Err(error),
    }
}

/// A page that is half-written when everything is killed is written again at the next start.
fn rewrite(file: &File, layout: &Layout, page: &[u8; PAGE]) -> io::Result<()> {
    if file.metadata()?.len() != layout.size {
        let words = format!("a flash of this kind has {} bytes", layout.size);
        return Err(io::Error::new(io::ErrorKind::InvalidData, words));
    }
    file.write_all_at(page, layout.page)?;
    file.sync_data()
}

/// New flash: the blocks that are used are erased, the others are holes in the file and take no room on the disk.
fn make(path: &Path, layout: &Layout, page: &[u8; PAGE]) -> io::Result<()> {
    let mut whole = WholeFile::begin(path)?;
    let file = whole.file();
    file.set_len(layout.size)?;
    for (begin, length) in [
        (layout.key, layout.block),
        (layout.page, layout.block),
        (layout.chains, layout.slot.saturating_mul(2)),
    ] {
        file.seek(SeekFrom::Start(begin))?;
        io::copy(&mut io::Read::take(io::repeat(ERASED), length), file)?;
    }
    file.seek(SeekFrom::Start(layout.page))?;
    file.write_all(page)?;
    whole.finish()
}

/// Puts what a closure writes into the file's part in the file's place, where it has the size of this flash and is not what
/// is there already.
///
/// # Errors
/// The closure's, and the file system's.
pub(super) fn replace<E: From<io::Error>>(
    path: &Path,
    layout: &Layout,
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let whole = WholeFile::begin(path)?;
    write(whole.part())?;
    let bytes = fs::read(whole.part())?;
    if bytes.len() as u64 != layout.size {
        let words = "the emulator saved its flash in part";
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, words).into());
    }
    if fs::read(path)? != bytes {
        whole.finish()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    const LAYOUT: Layout = Layout {
        size: 1 << 25,
        key: 8192,
        block: 4096,
        page: 16384,
        chains: 32768,
        slot: 8192,
    };

    fn at(bytes: &[u8], place: u64, length: u64) -> &[u8] {
        let [from, length] = [place, length].map(|place| usize::try_from(place).unwrap());
        &bytes[from..from + length]
    }

    #[test]
    fn new_flash_is_erased_but_for_the_page_and_takes_little_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        provision(&path, &LAYOUT, b"nameplate 1\n").unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes.len() as u64, LAYOUT.size);
        assert!(
            at(&bytes, LAYOUT.key, LAYOUT.block)
                .iter()
                .all(|byte| *byte == 0xFF)
        );
        let page = at(&bytes, LAYOUT.page, LAYOUT.block);
        let (page, rest) = page.split_at(12);
        assert_eq!(page, b"nameplate 1\n");
        assert!(rest.iter().all(|byte| *byte == 0xFF));
        let metadata = fs::metadata(&path).unwrap();
        assert!(metadata.blocks() * 512 < 1 << 20, "{}", metadata.blocks());
        // It is going to hold a private key.
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_page_is_written_again_and_the_key_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        provision(&path, &LAYOUT, b"a longer page").unwrap();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&[7; 4096], LAYOUT.key).unwrap();
        provision(&path, &LAYOUT, b"short").unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(at(&bytes, LAYOUT.key, LAYOUT.block), [7; 4096]);
        assert_eq!(at(&bytes, LAYOUT.page, 8), b"short\xFF\xFF\xFF");
    }

    #[test]
    fn another_size_is_refused_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::write(&path, "mine").unwrap();
        let refused = provision(&path, &LAYOUT, b"page").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
        let write = |part: &Path| fs::write(part, "half");
        let refused = replace(&path, &LAYOUT, write).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(fs::read(&path).unwrap(), b"mine");
    }
}
