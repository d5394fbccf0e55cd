//! The jobs of a sandbox, in memory and in their folders.
//!
//! A job's folder appears whole, by one rename, once its upload is complete: a client that goes away
//! in the middle makes no job.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::{Job, Order};
use crate::Error;
use crate::files::{self, Access, Folder};
use crate::switches::Switches;

const RECORD: &str = "job.json";

/// All jobs.
pub(crate) struct Store {
    folder: PathBuf,
    incoming: PathBuf,
    jobs: Mutex<BTreeMap<String, Job>>,
}

/// A folder that an upload is written into. It is removed unless it becomes a job.
pub(crate) struct Incoming(tempfile::TempDir);

impl Incoming {
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Store {
    /// Reads the jobs of earlier runs.
    pub(crate) fn open(folder: &Folder) -> Result<Store, Error> {
        let path = folder.jobs();
        let mut jobs = BTreeMap::new();
        let entries = fs::read_dir(&path).map_err(Error::file("read", &path))?;
        for entry in entries {
            let record = entry
                .map_err(Error::file("read", &path))?
                .path()
                .join(RECORD);
            let Some(text) = files::read(&record)? else {
                continue;
            };
            let job: Job = serde_json::from_str(&text).map_err(|error| Error::Damaged {
                path: record,
                reason: error.to_string(),
            })?;
            jobs.insert(job.id.clone(), job);
        }
        Ok(Store {
            folder: path,
            incoming: folder.incoming(),
            jobs: Mutex::new(jobs),
        })
    }

    /// A place for an upload.
    pub(crate) fn receive(&self) -> Result<Incoming, Error> {
        tempfile::TempDir::new_in(&self.incoming)
            .map(Incoming)
            .map_err(Error::file("create", &self.incoming))
    }

    /// Makes a job of a finished upload.
    pub(crate) fn create(
        &self,
        upload: Incoming,
        order: Order,
        switches: &Switches,
    ) -> Result<Job, Error> {
        let mut jobs = self.lock();
        let sequence = jobs.values().map(|job| job.sequence).max().unwrap_or(0) + 1;
        let created_at = OffsetDateTime::now_utc()
            .format(&Rfc3339)
            .unwrap_or_default();
        let id = Uuid::new_v4().to_string();
        let job = Job::new(id, sequence, order, created_at, switches);
        write(upload.0.path(), &job)?;
        let target = self.path(&job.id);
        fs::rename(upload.0.path(), &target).map_err(Error::file("create", &target))?;
        // Renamed away: there is nothing left for the guard to remove.
        let _ = upload.0.keep();
        jobs.insert(job.id.clone(), job.clone());
        Ok(job)
    }

    /// A job's folder.
    pub(crate) fn path(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// A copy of a job, `None` where there is none with this id.
    pub(crate) fn get(&self, id: &str) -> Option<Job> {
        self.lock().get(id).cloned()
    }

    /// Copies of all jobs, newest first.
    pub(crate) fn list(&self) -> Vec<Job> {
        let mut jobs: Vec<Job> = self.lock().values().cloned().collect();
        jobs.sort_by_key(|job| std::cmp::Reverse(job.sequence));
        jobs
    }

    /// Changes a job and keeps the change. `None` where there is no such job.
    pub(crate) fn change<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Job) -> T,
    ) -> Result<Option<T>, Error> {
        let mut jobs = self.lock();
        let Some(job) = jobs.get_mut(id) else {
            return Ok(None);
        };
        let mut changed = job.clone();
        let result = change(&mut changed);
        write(&self.path(id), &changed)?;
        *job = changed;
        Ok(Some(result))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Job>> {
        // A job is replaced whole, so a panic elsewhere leaves nothing half-changed.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(folder: &Path, job: &Job) -> Result<(), Error> {
    let path = folder.join(RECORD);
    let text = serde_json::to_vec_pretty(job).map_err(|error| Error::Damaged {
        path: path.clone(),
        reason: error.to_string(),
    })?;
    files::replace(&path, &text, Access::Anyone)
}
