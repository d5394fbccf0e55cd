//! ZIP files that go out, with the certificates. Those that come in are [`super::upload`]'s.

use std::io::{self, Seek, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

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
