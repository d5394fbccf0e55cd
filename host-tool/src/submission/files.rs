//! Which files a batch is sent as: one where it fits, compressed where that fits, otherwise as many as a person allows.
//!
//! Knows the service's limit and no job.

use std::path::{Path, PathBuf};

use super::{Step, SubmitError, absolute};
use crate::batch::{Exported, Source};
use crate::config::{CsrCell, DataForm};
use crate::store::{BoardState, Intent, Reader, Which};

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

/// A submission of the batch: its first, or one of the boards that failed before.
#[derive(Debug)]
pub(super) struct Round {
    /// 1 for the first.
    pub number: u32,
    /// What its job is called, or each of several with its part.
    pub name: String,
}

/// The rows of a round.
struct Rows<'a> {
    reader: &'a Reader,
    round: &'a Round,
    boards: u64,
}

/// A file's name in a round: `batch`, then `batch-rework-1` and so on.
pub fn round_stem(stem: &str, round: u32) -> String {
    match round {
        0 | 1 => stem.to_owned(),
        later => format!("{stem}-rework-{}", later - 1),
    }
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
    /// Writes the files of a round; what is to be posted, in order, without a word on whether names are free.
    pub(super) fn choose(
        &self,
        reader: &Reader,
        round: &Round,
        split: Split,
        observe: &dyn Fn(Step<'_>),
    ) -> Result<Vec<Intent>, SubmitError> {
        let counts = reader.counts()?;
        let boards = match round.number {
            1 => counts.boards(),
            _ => counts.of(BoardState::Failed),
        };
        let rows = Rows {
            reader,
            round,
            boards,
        };
        let chosen = match split {
            Split::No => self.parts(&rows, 1, observe)?,
            Split::Into(parts) => self.parts(&rows, parts.into(), observe)?,
            Split::AsFew => self.as_few(&rows, observe)?,
        };
        let parts = chosen.len() as u64;
        if parts > 1 {
            observe(Step::Split(chosen.len()));
        }
        for file in &chosen {
            observe(Step::Exported(&file.exported));
        }
        let intent = |(part, file): (u64, Chosen)| Intent {
            name: part_name(&round.name, part, parts),
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
        rows: &Rows<'_>,
        observe: &dyn Fn(Step<'_>),
    ) -> Result<Vec<Chosen>, SubmitError> {
        let (boards, mut parts) = (rows.boards, 1);
        loop {
            match self.parts(rows, parts, observe) {
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
        rows: &Rows<'_>,
        parts: u64,
        observe: &dyn Fn(Step<'_>),
    ) -> Result<Vec<Chosen>, SubmitError> {
        let boards = rows.boards;
        if parts > boards.max(1) {
            return Err(SubmitError::MorePartsThanBoards { parts, boards });
        }
        let plain = self.in_form(self.form, rows, parts);
        match plain {
            Err(SubmitError::TooLarge { bytes, .. }) if self.form == DataForm::Csv => {
                let packed = self.in_form(DataForm::CsvZip, rows, parts);
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
        rows: &Rows<'_>,
        parts: u64,
    ) -> Result<Vec<Chosen>, SubmitError> {
        let (source, boards) = (self.source(rows.reader), rows.boards);
        let mut chosen: Vec<Chosen> = Vec::new();
        let mut skip = 0;
        for part in 1..=parts {
            let take = boards / parts + u64::from(part <= boards % parts);
            let which = match (rows.round.number, parts) {
                (1, 1) => Which::All,
                (1, _) => Which::Some { skip, take },
                _ => Which::Failed { skip, take },
            };
            skip += take;
            let name = part_name(&round_stem("batch", rows.round.number), part, parts);
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
