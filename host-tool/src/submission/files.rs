//! Which files a batch is sent as: one where it fits, compressed where that fits, otherwise as many as a person allows.
//!
//! Knows the service's limit and no job.

use std::path::{Path, PathBuf};

use super::{Step, SubmitError, absolute};
use crate::batch::{Exported, Source};
use crate::config::{CsrCell, DataForm};
use crate::store::{Intent, Reader, Which};

/// Most jobs of one batch. At the service's limit that is over 300 million boards.
const MAX_PARTS: u64 = 1000;

/// Whether a batch is several jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// One, or it is refused.
    #[default]
    No,
    /// As few as the limit allows.
    AsFew,
    /// So many.
    Into(u32),
}

/// How files are written, and where.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// The batch's folder.
    pub folder: &'a Path,
    /// What is sent.
    pub form: DataForm,
    /// How certificate requests stand in a CSV; none do where the service makes the keys.
    pub cell: Option<CsrCell>,
    /// The order of columns ([`Source::order`]).
    pub order: Option<&'a [String]>,
    /// Greatest file, in bytes.
    pub limit: u64,
}

/// A file of all boards or of a part of them.
#[derive(Debug)]
struct Chosen {
    path: PathBuf,
    form: DataForm,
    exported: Exported,
}

/// The name of a part: `line-3-1-of-3`, or the whole's own where there is one only.
pub fn part_name(whole: &str, part: u64, parts: u64) -> String {
    if parts == 1 {
        return whole.to_owned();
    }
    format!("{whole}-{part}-of-{parts}")
}

impl<'a> Files<'a> {
    /// Writes the files of a batch of this name; what is to be posted, in order, without a word on whether names are free.
    pub(super) fn choose(
        &self,
        reader: &Reader,
        name: &str,
        split: Split,
        observe: &dyn Fn(Step<'_>),
    ) -> Result<Vec<Intent>, SubmitError> {
        let boards = reader.counts()?.boards();
        let chosen = match split {
            Split::No => self.parts(reader, boards, 1, observe)?,
            Split::Into(parts) => self.parts(reader, boards, parts.into(), observe)?,
            Split::AsFew => self.as_few(reader, boards, observe)?,
        };
        let parts = chosen.len() as u64;
        if parts > 1 {
            observe(Step::Split(chosen.len()));
        }
        for file in &chosen {
            observe(Step::Exported(&file.exported));
        }
        let intent = |(part, file): (u64, Chosen)| Intent {
            name: part_name(name, part, parts),
            data_file: absolute(&file.path),
            data_form: file.form.as_str().to_owned(),
            data_sha256: file.exported.sha256,
            data_bytes: file.exported.bytes,
            data_rows: file.exported.rows,
            no_job_of_that_name_before: None,
        };
        Ok((1..).zip(chosen).map(intent).collect())
    }

    fn as_few(
        &self,
        reader: &Reader,
        boards: u64,
        observe: &dyn Fn(Step<'_>),
    ) -> Result<Vec<Chosen>, SubmitError> {
        let mut parts = 1;
        loop {
            match self.parts(reader, boards, parts, observe) {
                // An even part of less than a board is none.
                Err(SubmitError::TooLarge { enough, .. }) if parts < boards.min(MAX_PARTS) => {
                    parts = enough.max(parts + 1).min(boards).min(MAX_PARTS);
                }
                done => return done,
            }
        }
    }

    /// So many files of even sizes, or none.
    fn parts(
        &self,
        reader: &Reader,
        boards: u64,
        parts: u64,
        observe: &dyn Fn(Step<'_>),
    ) -> Result<Vec<Chosen>, SubmitError> {
        if parts > boards.max(1) {
            return Err(SubmitError::MorePartsThanBoards { parts, boards });
        }
        let plain = self.in_form(self.form, reader, boards, parts);
        match plain {
            Err(SubmitError::TooLarge { bytes, .. }) if self.form == DataForm::Csv => {
                let packed = self.in_form(DataForm::CsvZip, reader, boards, parts);
                if packed.is_ok() {
                    observe(Step::Compressed(bytes, self.limit));
                }
                packed.map_err(|error| error.unpacked(bytes))
            }
            other => other,
        }
    }

    fn in_form(
        &self,
        form: DataForm,
        reader: &Reader,
        boards: u64,
        parts: u64,
    ) -> Result<Vec<Chosen>, SubmitError> {
        let source = self.source(reader);
        let mut chosen: Vec<Chosen> = Vec::new();
        let mut skip = 0;
        for part in 1..=parts {
            let take = boards / parts + u64::from(part <= boards % parts);
            let which = match parts {
                1 => Which::All,
                _ => Which::Some { skip, take },
            };
            skip += take;
            let name = part_name("batch", part, parts);
            let path = self.folder.join(format!("{name}.{}", form.extension()));
            let exported = source.write(form, which, &path, true)?;
            let bytes = exported.bytes;
            chosen.push(Chosen {
                path: path.clone(),
                form,
                exported,
            });
            if bytes > self.limit {
                for file in &chosen {
                    // What is too large is of no use to anybody, and stands in nobody's way.
                    let _ = std::fs::remove_file(&file.path);
                }
                return Err(SubmitError::TooLarge {
                    path,
                    boards: take,
                    bytes,
                    unpacked: None,
                    limit: self.limit,
                    // Headers come once a file, so it may take one more.
                    enough: parts.saturating_mul(bytes).div_ceil(self.limit.max(1)),
                });
            }
        }
        Ok(chosen)
    }

    /// What its files are written from.
    pub(super) fn source<'r>(&self, reader: &'r Reader) -> Source<'r>
    where
        'a: 'r,
    {
        Source {
            reader,
            cell: self.cell,
            order: self.order,
        }
    }

    /// The file of an intent: the batch's folder may have been moved since.
    pub(super) fn path_of(&self, intent: &Intent) -> PathBuf {
        let stored = Path::new(&intent.data_file);
        stored
            .file_name()
            .map_or_else(|| stored.to_owned(), |name| self.folder.join(name))
    }
}
