//! `nameplate certificates`: what the service hands out for each job, kept as it comes, and each certificate brought to its board.
//!
//! The bytes as they come, in a file with the extension that belongs to their media type; unpacked beside it, decrypted where
//! the service made the keys; and matched to the boards where the boards made them.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::downloads::{self, KINDS, Kept, hint, is_sealed};
use super::own_key::OwnKey;
use super::parts::{part_path, part_words, with_part};
use super::template::{refuse_existing, unwritable};
use super::{Session, Setup, matched};
use crate::chain::Trust;
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::codes::Coded;
use crate::fault::{self, Point};
use crate::handed_out;
use crate::service::JobId;
use crate::store::{Job, Store};

/// Runs the command.
///
/// # Errors
/// Where they could not be fetched or written.
pub fn run(session: &Session, args: &args::Certificates) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    // What is wrong with the configuration is told before the batch is opened.
    setup.service()?;
    let trust = matched::trust(&setup)?;
    let mut store = setup.store()?;
    let mut jobs = super::status::jobs(&store)?;
    let own_key = OwnKey::load(&setup)?;
    let output = args.output.as_deref();
    if let Some(output) = output {
        for (job, _) in &jobs {
            refuse_there(&part_path(output, job))?;
        }
    } else if own_key.is_some() {
        jobs = not_fetched(&setup, jobs)?;
    }
    let all = All {
        session,
        setup: &setup,
        own_key: own_key.as_ref(),
        trust: &trust,
        output,
    };
    all.fetch(&mut store, &jobs)
}

/// The jobs whose certificates are not here. Keys of the service are sealed anew for each download, so what is here is never the
/// same as what would come, and nobody wants private keys twice.
fn not_fetched(setup: &Setup, jobs: Vec<(Job, JobId)>) -> Result<Vec<(Job, JobId)>, Failure> {
    let mut new = Vec::new();
    let mut there = Ok(());
    for (job, id) in jobs {
        match refuse_there(&part_path(&setup.file("certificates"), &job)) {
            Ok(()) => new.push((job, id)),
            Err(failure) => there = Err(failure),
        }
    }
    if new.is_empty() {
        there?;
    }
    Ok(new)
}

/// What was given as the file must not be there, nor what it may become without an extension.
fn refuse_there(wanted: &Path) -> Result<(), Failure> {
    if wanted.extension().is_some() {
        refuse_existing(wanted)?;
    } else {
        for (_, extension) in KINDS.iter().chain(&[("", "bin")]) {
            refuse_existing(&wanted.with_extension(extension))?;
        }
    }
    // What comes is unpacked beside it.
    refuse_existing(&wanted.with_extension(""))
}

/// The certificates of a batch's jobs.
pub(super) struct All<'a> {
    pub session: &'a Session,
    pub setup: &'a Setup,
    pub own_key: Option<&'a OwnKey>,
    pub trust: &'a Trust,
    /// The file that was asked for.
    pub output: Option<&'a Path>,
}

impl All<'_> {
    /// Fetches those of each job. One that can't be had does not keep the others from being looked at.
    ///
    /// # Errors
    /// The first that could not be had.
    pub fn fetch(&self, store: &mut Store, jobs: &[(Job, JobId)]) -> Result<Outcome, Failure> {
        let matching = self.own_key.is_none() && store.reader().counts()?.boards() > 0;
        if matching {
            matched::tell_trust(self.session, self.trust);
        }
        let mut outcome = Outcome::Done;
        let mut failed = None;
        for (job, id) in jobs {
            match self.one(store, job, id, matching) {
                Ok(one) => outcome = outcome.and(one),
                Err(failure) => {
                    if failed.is_none() {
                        failed = Some(failure);
                    }
                }
            }
        }
        if let Some(failure) = failed {
            return Err(failure);
        }
        super::status::refuse_unsubmitted(store)?;
        if matching {
            outcome = outcome.and(matched::tell_missing(self.session, store)?);
        }
        Ok(outcome)
    }

    fn one(
        &self,
        store: &mut Store,
        job: &Job,
        id: &JobId,
        matching: bool,
    ) -> Result<Outcome, Failure> {
        let wanted = match self.output {
            Some(output) => part_path(output, job),
            None => part_path(&self.setup.file("certificates"), job),
        };
        let further = self.output.is_none() && self.own_key.is_none();
        let kept = downloads::keep(self.setup, id, &wanted, further)?;
        fault::at(Point::CertificatesWritten);
        self.tell_kept(job, id, &kept);
        let kind = kept.kind.as_deref();
        let mut outcome = Outcome::Done;
        if is_sealed(kind) {
            outcome = outcome.and(self.sealed(&kept)?);
        } else {
            if let Some(hint) = hint(kind) {
                self.session.output.line(format!("  {hint}"));
            }
            let open = || File::open(&kept.path).map_err(|error| unwritable(&kept.path, error));
            if !kept.folder().exists() {
                outcome = outcome.and(self.unpack(&open()?, &kept)?);
            }
            if matching {
                let file = open()?;
                let one =
                    matched::take_over(self.session, store, job, &file, &kept.path, self.trust)?;
                fault::at(Point::CertificatesTaken);
                outcome = outcome.and(one);
            }
        }
        Ok(outcome)
    }

    fn sealed(&self, kept: &Kept) -> Result<Outcome, Failure> {
        let kind = kept.kind.as_deref();
        let Some(own_key) = self.own_key else {
            let output = self.session.output;
            output.line(format!("  {}", hint(kind).unwrap_or_default()));
            output.line(
                "  set batch.decryption_key to have it opened here, or use `nameplate decrypt`",
            );
            return Ok(Outcome::Done);
        };
        if kept.folder().exists() {
            return Ok(Outcome::Done);
        }
        let plain = downloads::opened(&kept.path, own_key)?;
        self.unpack(&plain, kept)
    }

    fn tell_kept(&self, job: &Job, id: &JobId, kept: &Kept) {
        let part = part_words(job);
        let path = kept.path.display();
        self.session.output.line(if kept.before {
            format!("{part}certificates of job {id} are the same as in {path}")
        } else {
            format!(
                "{part}certificates of job {id} written to {path}: {} bytes, {}",
                kept.bytes,
                kept.kind
                    .as_deref()
                    .unwrap_or("of a kind that the service does not name")
            )
        });
        let event = json!({
            "event": "certificates", "job_id": id.as_str(), "file": kept.path, "bytes": kept.bytes,
            "content_type": kept.kind, "sha256": kept.sha256, "before": kept.before,
        });
        self.session.output.object(&with_part(event, job));
    }

    fn unpack(&self, plain: &File, kept: &Kept) -> Result<Outcome, Failure> {
        let folder: PathBuf = kept.folder();
        let keys = self.own_key.is_some();
        let unpacked = handed_out::unpack(plain, keys, &folder).map_err(|error| {
            let words = format!("what is in {} was not unpacked", kept.path.display());
            let step = error.next_step();
            Failure::new(error.code(), anyhow::Error::new(error).context(words)).next(step)
        })?;
        let output = self.session.output;
        output.line(format!(
            "{} and {} unpacked into {}; only you may read them",
            count(unpacked.certificates, "certificate"),
            count(unpacked.keys, "private key"),
            folder.display()
        ));
        if unpacked.keys > 0 {
            output.line(format!(
                "{} of the private keys belong to the certificate of the same name",
                unpacked.matched
            ));
        }
        let faults = &unpacked.faults;
        for line in faults.lines() {
            output.line(format!("  {line}"));
        }
        if faults.left_out() > 0 {
            output.line(format!("  and {} more", faults.left_out()));
        }
        output.object(&json!({
            "event": "unpacked", "folder": folder, "certificates": unpacked.certificates,
            "keys": unpacked.keys, "matched": unpacked.matched, "faults": faults.lines(),
            "more_faults": faults.left_out(),
        }));
        Ok(if faults.lines().is_empty() {
            Outcome::Done
        } else {
            Outcome::Partly
        })
    }
}
