//! Is this label a board's of the batch, and is that board done? So that packing can't mix up boards.
//!
//! Reads the batch and the station's index; changes neither.

use std::collections::HashSet;

use nameplate_wire::Mac;

use crate::labels::code::Read;
use crate::store::{Board, BoardState, Reader, Station, StoreError};

/// What is to be known of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A board of the batch that is done.
    Done,
    /// It is done, and this label was scanned before.
    Again,
    /// A board of the batch that is not done: where it stands, and why it failed.
    NotDone {
        /// Where it stands.
        state: BoardState,
        /// Why it failed.
        error: Option<String>,
    },
    /// Name and MAC are of two boards, or one of them is nobody's.
    Mixed {
        /// What the batch has under that name or that MAC.
        name: String,
        /// Its MAC address.
        mac: String,
    },
    /// A board of another batch, by that name.
    OtherBatch(String),
    /// No board that this station knows.
    Unknown,
}

impl Verdict {
    /// Whether the board may be packed.
    pub fn is_right(&self) -> bool {
        *self == Self::Done
    }

    /// A word for it that programs can rely on.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Again => "again",
            Self::NotDone { .. } => "not_done",
            Self::Mixed { .. } => "mixed",
            Self::OtherBatch(_) => "other_batch",
            Self::Unknown => "unknown",
        }
    }
}

/// A line's verdict and its board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// What is to be known.
    pub verdict: Verdict,
    /// Name and MAC of the batch's board that was found.
    pub board: Option<(String, String)>,
}

/// Looks lines up. Remembers which boards were scanned: eight bytes each.
#[derive(Debug)]
pub struct Scanner {
    batch: Reader,
    station: Station,
    seen: HashSet<i64>,
}

impl Scanner {
    /// A scanner for a batch.
    pub fn new(batch: Reader, station: Station) -> Self {
        Self {
            batch,
            station,
            seen: HashSet::new(),
        }
    }

    /// Looks a line up.
    ///
    /// # Errors
    /// Batch or index can't be read.
    pub fn look(&mut self, line: &Read<'_>) -> Result<Looked, StoreError> {
        let (mac, name) = match line {
            Read::Both { mac, name } => (Some(*mac), Some(*name)),
            Read::Mac(mac) => (Some(*mac), None),
            Read::Name(name) => (None, Some(*name)),
        };
        let of_mac = match mac {
            Some(mac) => self.batch.board_of_mac(&mac.to_string())?,
            None => None,
        };
        let of_name = match name {
            Some(name) => self.batch.board(name)?,
            None => None,
        };
        match (of_mac, of_name) {
            (Some(one), Some(other)) if one.sequence == other.sequence => Ok(self.judge(one)),
            (Some(board), None) if name.is_none() => Ok(self.judge(board)),
            (None, Some(board)) if mac.is_none() => Ok(self.judge(board)),
            (Some(board), _) | (None, Some(board)) => Ok(Looked {
                verdict: Verdict::Mixed {
                    name: board.what.name,
                    mac: board.what.mac,
                },
                board: None,
            }),
            (None, None) => self.elsewhere(mac, name),
        }
    }

    fn judge(&mut self, board: Board) -> Looked {
        let verdict = if board.state != BoardState::Done {
            Verdict::NotDone {
                state: board.state,
                error: board.error,
            }
        } else if self.seen.insert(board.sequence) {
            Verdict::Done
        } else {
            Verdict::Again
        };
        Looked {
            verdict,
            board: Some((board.what.name, board.what.mac)),
        }
    }

    fn elsewhere(&self, mac: Option<Mac>, name: Option<&str>) -> Result<Looked, StoreError> {
        let batch = self.station.other_batch(
            &self.batch.meta().batch_id,
            &mac.map(|mac| mac.to_string()).unwrap_or_default(),
            name.unwrap_or_default(),
        )?;
        Ok(Looked {
            verdict: batch.map_or(Verdict::Unknown, Verdict::OtherBatch),
            board: None,
        })
    }

    /// How many boards were found done.
    pub fn scanned(&self) -> usize {
        self.seen.len()
    }

    /// Calls `visit` for each board of the batch that was not found done, in order of collection.
    ///
    /// # Errors
    /// The batch can't be read.
    pub fn missing(&self, mut visit: impl FnMut(&Board)) -> Result<(), StoreError> {
        self.batch.boards(|board| {
            if !self.seen.contains(&board.sequence) {
                visit(&board);
            }
            Ok(())
        })
    }
}
