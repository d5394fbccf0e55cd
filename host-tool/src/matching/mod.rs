//! Brings what came with a job to its boards: each certificate is matched by its public key, judged, and then taken or
//! refused with its reason. Names of files say nothing.
//!
//! The file is hostile. It is gone through twice: for the authorities' certificates in it, then for the boards'. What passed is kept
//! in a temporary database until all was seen, since of two for one board neither may be taken. Knows no service and no screen.

mod came;

use std::collections::HashSet;
use std::fs::File;

use rustls_pki_types::CertificateDer;

use crate::chain::{self, Device, Trust, WrongCertificate, certificates_in, is_authority};
use crate::codes::Coded;
use crate::fault::{self, Point};
use crate::handed_out::{self, UnpackError};
use crate::store::{
    Board, BoardState, Job, MAX_REFUSED_CERTIFICATES, RefusedCertificate, RefusedKind, Store,
    StoreError, Taking, hex, sha256,
};
use came::{Came, New};

/// Most certificates of authorities that are kept of files of their own, and of the file of a device.
const MAX_AUTHORITIES: usize = 32;
/// Certificates that are recorded in one step.
const GROUP: usize = 256;
/// Digits of a fingerprint that a person compares.
const SHOWN: usize = 16;

/// What a download came to.
#[derive(Debug, Default)]
pub struct Matched {
    /// Boards that have their certificate from now on.
    pub taken: u64,
    /// Boards that had that very certificate.
    pub already: u64,
    /// Certificates that are for no board that waits for one.
    pub unexpected: u64,
    /// Certificates that are not what their board is to have.
    pub mismatched: u64,
    /// Those two; the first [`MAX_REFUSED_CERTIFICATES`].
    pub refused: Vec<RefusedCertificate>,
}

/// Nothing more was taken. What was taken before is kept; a rerun takes the rest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MatchError {
    /// What came can't be gone through.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What passed can't be kept at hand.
    #[error("what came can't be kept at hand in the temporary folder")]
    AtHand(#[from] rusqlite::Error),
}

/// Matches the certificates of a job in `file`; `now` is Unix time in milliseconds.
///
/// # Errors
/// [`MatchError`].
pub fn take_over(
    store: &mut Store,
    job: &Job,
    file: &File,
    trust: &Trust,
    now: i64,
) -> Result<Matched, MatchError> {
    let authorities = authorities_of_their_own(file)?;
    let mut matching = Matching {
        store,
        job,
        trust,
        now,
        authorities,
        came: Came::new()?,
        matched: Matched::default(),
        fault: None,
    };
    let gone_through = handed_out::each(file, &mut |name, bytes| {
        matching.file(name, bytes).map_err(|error| {
            matching.fault = Some(error);
            UnpackError::Empty
        })
    });
    if let Some(fault) = matching.fault.take() {
        return Err(fault);
    }
    gone_through?;
    matching.finish()
}

/// Certificates of authorities that came in files without a device's: they may stand above all of them.
fn authorities_of_their_own(file: &File) -> Result<Vec<CertificateDer<'static>>, UnpackError> {
    let mut found: Vec<CertificateDer<'static>> = Vec::new();
    let mut look = |_: &str, bytes: &[u8]| {
        let certificates = certificates_in(bytes);
        if certificates.iter().all(|one| is_authority(one)) {
            for one in certificates {
                if found.len() < MAX_AUTHORITIES && !found.contains(&one) {
                    found.push(one);
                }
            }
        }
        Ok(())
    };
    handed_out::each(file, &mut look)?;
    Ok(found)
}

struct Matching<'a> {
    store: &'a mut Store,
    job: &'a Job,
    trust: &'a Trust,
    now: i64,
    authorities: Vec<CertificateDer<'static>>,
    came: Came,
    matched: Matched,
    fault: Option<MatchError>,
}

impl Matching<'_> {
    /// Each certificate of a device in a file, with those of authorities beside it.
    fn file(&mut self, name: &str, bytes: &[u8]) -> Result<(), MatchError> {
        let (mut beside, devices): (Vec<_>, Vec<_>) = certificates_in(bytes)
            .into_iter()
            .partition(|one| is_authority(one));
        beside.truncate(MAX_AUTHORITIES);
        beside.extend_from_slice(&self.authorities);
        let mut seen = HashSet::new();
        for der in devices {
            if seen.insert(sha256(&der)) {
                self.device(name, &der, &beside)?;
            }
        }
        Ok(())
    }

    fn device(
        &mut self,
        file: &str,
        der: &[u8],
        beside: &[CertificateDer<'static>],
    ) -> Result<(), MatchError> {
        let fingerprint = sha256(der);
        let device = match Device::read(der) {
            Ok(device) => device,
            Err(wrong) => {
                self.refuse(file, fingerprint, None, &wrong);
                return Ok(());
            }
        };
        let Some(board) = self.store.reader().board_of_key(&device.key())? else {
            self.refuse(file, fingerprint, None, &WrongCertificate::NoBoard);
            return Ok(());
        };
        let name = board.what.name.clone();
        if let Some(known) = self.store.reader().certificate_of_key(&device.key())? {
            if known.what.fingerprint == fingerprint {
                self.matched.already += u64::from(self.came.again(board.sequence)?);
            } else {
                let wrong = WrongCertificate::HasAnother(shown(&known.what.fingerprint));
                self.refuse(file, fingerprint, Some(name), &wrong);
            }
            return Ok(());
        }
        match self.judge(&device, &board, beside) {
            Ok(certificate) => {
                let new = New {
                    board: board.sequence,
                    name,
                    file: file.to_owned(),
                    certificate,
                };
                if !self.came.add(&new)? {
                    self.refuse(
                        file,
                        fingerprint,
                        Some(new.name),
                        &WrongCertificate::Several,
                    );
                }
            }
            Err(wrong) => self.refuse(file, fingerprint, Some(name), &wrong),
        }
        Ok(())
    }

    fn judge(
        &self,
        device: &Device<'_>,
        board: &Board,
        beside: &[CertificateDer<'static>],
    ) -> Result<crate::store::NewCertificate, WrongCertificate> {
        if board.job != Some(self.job.row) {
            return Err(WrongCertificate::OtherJob);
        }
        if board.state == BoardState::Failed {
            let reason = board.error.clone().unwrap_or_default();
            return Err(WrongCertificate::ReportedFailed(reason));
        }
        let moment = (self.job.row, self.now);
        chain::judge(device, &board.what.csr, beside, self.trust, moment)
    }

    fn refuse(
        &mut self,
        file: &str,
        fingerprint: [u8; 32],
        board: Option<String>,
        wrong: &WrongCertificate,
    ) {
        let kind = wrong.kind();
        match kind {
            RefusedKind::Unexpected => self.matched.unexpected += 1,
            RefusedKind::Mismatched => self.matched.mismatched += 1,
        }
        if (self.matched.refused.len() as u64) < MAX_REFUSED_CERTIFICATES.unsigned_abs() {
            self.matched.refused.push(RefusedCertificate {
                fingerprint,
                board,
                file: file.to_owned(),
                kind,
                reason: wrong.to_string(),
                code: Some(wrong.code().as_str()),
            });
        }
    }

    /// Takes what passed, and keeps what did not.
    fn finish(mut self) -> Result<Matched, MatchError> {
        let mut after = 0;
        loop {
            let group = self.came.next(after, GROUP)?;
            let Some(last) = group.last() else { break };
            after = last.new.board;
            let (several, single): (Vec<_>, Vec<_>) =
                group.into_iter().partition(|row| row.several);
            for row in several {
                let New {
                    file,
                    name,
                    certificate,
                    ..
                } = row.new;
                let wrong = WrongCertificate::Several;
                self.refuse(&file, certificate.fingerprint, Some(name), &wrong);
            }
            let single: Vec<_> = single.into_iter().map(|row| row.new.certificate).collect();
            fault::at(Point::TakeBefore);
            let takings = self.store.record_certificates(&single)?;
            fault::at(Point::TakeAfter);
            for taking in takings {
                // The store is ours alone: what it has since the look above is what was taken here.
                self.matched.taken += u64::from(matches!(taking, Taking::Taken { .. }));
            }
        }
        self.store
            .record_refused_certificates(self.job.row, &self.matched.refused)?;
        Ok(self.matched)
    }
}

fn shown(fingerprint: &[u8]) -> String {
    hex(fingerprint).chars().take(SHOWN).collect()
}
