//! One view of batch, report and certificates: where each board stands, and what came that is nobody's.
//!
//! Reads only; others may write the batch meanwhile. Knows no service and no screen.

use std::collections::HashMap;

use crate::store::{
    Board, BoardState, Certificate, Job, Reader, RefusedCertificate, RefusedKind, StoreError,
};

/// Where a board stands between batch, report and certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its certificate is here.
    Issued(Box<Certificate>),
    /// The service did not issue one; with its reason.
    Failed(String),
    /// The report says that there is one, and none is here.
    Missing,
    /// What came for it is not what it is to have; with the reasons.
    Mismatched(Vec<String>),
    /// It is at the service, and no report says what became of it.
    Unanswered,
    /// It is not submitted.
    Waiting,
}

impl Standing {
    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Issued(_) => "issued",
            Self::Failed(_) => "failed",
            Self::Missing => "missing",
            Self::Mismatched(_) => "mismatched",
            Self::Unanswered => "unanswered",
            Self::Waiting => "waiting",
        }
    }

    /// What a person is to know of it.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Issued(_) => None,
            Self::Failed(reason) => Some(reason.clone()),
            Self::Missing => Some("the report says issued, and no certificate came".to_owned()),
            Self::Mismatched(reasons) => Some(reasons.join("; ")),
            Self::Unanswered => Some("no report says what became of it".to_owned()),
            Self::Waiting => Some("it is not submitted".to_owned()),
        }
    }
}

/// How many boards stand where, and certificates that were not taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Their certificate is here.
    pub issued: u64,
    /// The service issued none.
    pub failed: u64,
    /// Issued by the report, and none came.
    pub missing: u64,
    /// What came is another.
    pub mismatched: u64,
    /// At the service, without a word on them.
    pub unanswered: u64,
    /// Not submitted.
    pub waiting: u64,
    /// Certificates for no board that waits for one.
    pub unexpected: u64,
    /// Certificates for a board that has its own.
    pub further: u64,
}

impl Counts {
    /// Boards.
    pub fn boards(&self) -> u64 {
        self.issued + self.failed + self.missing + self.mismatched + self.unanswered + self.waiting
    }

    /// Whether every board has its certificate and nothing else came.
    pub fn is_all_well(&self) -> bool {
        self.issued == self.boards() && self.unexpected == 0 && self.further == 0
    }

    fn add(&mut self, standing: &Standing) {
        let count = match standing {
            Standing::Issued(_) => &mut self.issued,
            Standing::Failed(_) => &mut self.failed,
            Standing::Missing => &mut self.missing,
            Standing::Mismatched(_) => &mut self.mismatched,
            Standing::Unanswered => &mut self.unanswered,
            Standing::Waiting => &mut self.waiting,
        };
        *count += 1;
    }
}

/// A board in the view.
#[derive(Debug)]
pub struct Line<'a> {
    /// The board.
    pub board: &'a Board,
    /// The job that it is in.
    pub job: Option<&'a Job>,
    /// Where it stands.
    pub standing: Standing,
}

/// Goes through the boards in the order of their collection, then the certificates that belong to none of those lines.
///
/// # Errors
/// The store can't be read.
pub fn reconcile(
    reader: &Reader,
    mut board: impl FnMut(Line<'_>),
    mut certificate: impl FnMut(&RefusedCertificate),
) -> Result<Counts, StoreError> {
    let jobs: HashMap<i64, Job> = reader
        .jobs()?
        .into_iter()
        .map(|job| (job.row, job))
        .collect();
    // The store keeps a bounded number of them.
    let mut refused = Vec::new();
    reader.refused_certificates(|one| -> Result<(), StoreError> {
        refused.push(one);
        Ok(())
    })?;
    let mut reasons: HashMap<String, Vec<String>> = HashMap::new();
    for one in refused
        .iter()
        .filter(|one| one.kind == RefusedKind::Mismatched)
    {
        if let Some(name) = &one.board {
            reasons
                .entry(name.clone())
                .or_default()
                .push(one.reason.clone());
        }
    }
    let mut counts = Counts::default();
    reader.boards(|one| -> Result<(), StoreError> {
        let known = reader.certificate_of_key(&one.what.key)?;
        let standing = match (one.state, known) {
            (BoardState::Failed, _) => {
                let reason = one.error.as_deref().unwrap_or("no reason given");
                Standing::Failed(reason.to_owned())
            }
            (_, Some(known)) => Standing::Issued(Box::new(known)),
            (BoardState::Collected, None) => Standing::Waiting,
            (state, None) => match (reasons.remove(&one.what.name), state) {
                (Some(reasons), _) => Standing::Mismatched(reasons),
                (None, BoardState::Submitted) => Standing::Unanswered,
                (None, _) => Standing::Missing,
            },
        };
        counts.add(&standing);
        let job = one.job.and_then(|row| jobs.get(&row));
        board(Line {
            board: &one,
            job,
            standing,
        });
        Ok(())
    })?;
    // Those whose reasons are left were for boards that have their certificate.
    for one in &refused {
        let further = one
            .board
            .as_ref()
            .is_some_and(|name| reasons.contains_key(name));
        match one.kind {
            RefusedKind::Unexpected => counts.unexpected += 1,
            RefusedKind::Mismatched if further || one.board.is_none() => counts.further += 1,
            RefusedKind::Mismatched => continue,
        }
        certificate(one);
    }
    Ok(counts)
}
