//! ZIP files: one CSV comes in, the certificates go out.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::file::Fault;

/// The greatest CSV that is unpacked, bytes: five times the greatest upload. A small ZIP can hold
/// a file that fills any disk.
pub(crate) const GREATEST_UNPACKED: u64 = 1_000_000_000;

/// Unpacks the only CSV of a ZIP.
pub(crate) fn unpack_csv(archive: &Path, csv: &Path) -> Result<(), Fault> {
    let file = File::open(archive).map_err(Fault::Read)?;
    let mut zip = ZipArchive::new(file)
        .map_err(|error| Fault::File(format!("the file is not a ZIP: {error}")))?;
    if zip.len() != 1 {
        return Err(Fault::File(format!(
            "the ZIP has {} entries; this sandbox takes a ZIP with exactly one CSV",
            zip.len()
        )));
    }
    let entry = zip
        .by_index(0)
        .map_err(|error| Fault::File(format!("the ZIP's entry cannot be unpacked: {error}")))?;
    let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
    if !has_extension(&name, "csv") {
        return Err(Fault::File(format!(
            "the ZIP holds {name:?}; this sandbox takes a ZIP with exactly one CSV"
        )));
    }
    let mut target = File::create(csv).map_err(Fault::Read)?;
    // One byte more than allowed tells a file of the greatest size from a greater one.
    let length = io::copy(&mut entry.take(GREATEST_UNPACKED + 1), &mut target)
        .map_err(|error| Fault::File(format!("{name:?} cannot be unpacked: {error}")))?;
    if length > GREATEST_UNPACKED {
        return Err(Fault::File(format!(
            "{name:?} unpacks to more than {GREATEST_UNPACKED} bytes"
        )));
    }
    Ok(())
}

/// Whether a file name ends in this extension, in whatever case.
pub(crate) fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// Writes files one by one into a ZIP.
pub(crate) struct Packer<W: Write + Seek>(ZipWriter<W>);

impl<W: Write + Seek> Packer<W> {
    pub(crate) fn new(target: W) -> Self {
        Packer(ZipWriter::new(target))
    }

    /// Adds one file.
    pub(crate) fn add(&mut self, name: &str, contents: &[u8]) -> io::Result<()> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        self.0.start_file(name, options).map_err(io::Error::from)?;
        self.0.write_all(contents)
    }

    /// Writes the ZIP's directory and gives the target back.
    pub(crate) fn finish(self) -> io::Result<W> {
        self.0.finish().map_err(io::Error::from)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn unpack(files: &[(&str, &str)]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let (archive, csv) = (folder.path().join("a.zip"), folder.path().join("a.csv"));
        let mut packer = Packer::new(File::create(&archive).unwrap());
        for (name, contents) in files {
            packer.add(name, contents.as_bytes()).unwrap();
        }
        packer.finish().unwrap();
        match unpack_csv(&archive, &csv) {
            Ok(()) => Ok(std::fs::read_to_string(csv).unwrap()),
            Err(Fault::File(text)) => Err(text),
            Err(Fault::Read(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn one_csv_is_unpacked_and_nothing_else() {
        assert_eq!(unpack(&[("data.CSV", "a,b\n")]).unwrap(), "a,b\n");
        assert!(unpack(&[]).unwrap_err().contains("0 entries"));
        assert!(
            unpack(&[("a.csv", ""), ("b.csv", "")])
                .unwrap_err()
                .contains("2 entries")
        );
        assert!(unpack(&[("a.csr", "x")]).unwrap_err().contains("a.csr"));
    }

    #[test]
    fn what_is_no_zip_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "PK\u{3}\u{4}hello").unwrap();
        let target = file.path().with_extension("csv");
        assert!(matches!(
            unpack_csv(file.path(), &target),
            Err(Fault::File(_))
        ));
    }
}
