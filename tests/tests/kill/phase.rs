//! Where a kill found the batch, as its store and the service tell.

use nameplate::cli::args;
use nameplate::commands::Setup;
use nameplate::store::{BoardState, Job, Reader};

use super::batch::Batch;

/// Where a kill found the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    BeforeTheStore,
    Collecting,
    Collected,
    IntendedNotPosted,
    PostedWithoutId,
    Waiting,
    Reported,
    Issued,
    Delivering,
    Done,
}

impl Batch {
    /// The jobs that the service has under the batch's name.
    pub fn jobs(&self) -> Vec<String> {
        let batch = args::Batch {
            batch: self.bench.batch(),
            config: None,
        };
        let service = Setup::load(&batch).unwrap().service().unwrap();
        let jobs = service.find_jobs(&format!("kill-{}", self.number)).unwrap();
        jobs.into_iter().map(|job| job.id.to_string()).collect()
    }

    pub fn phase(&self) -> Phase {
        let Some(reader) = self.reader() else {
            return Phase::BeforeTheStore;
        };
        let boards = reader.counts().unwrap();
        match reader.current_job().unwrap() {
            None if boards.boards() == u64::from(self.size) => Phase::Collected,
            None => Phase::Collecting,
            Some(Job {
                service_id: None, ..
            }) if self.jobs().is_empty() => Phase::IntendedNotPosted,
            Some(Job {
                service_id: None, ..
            }) => Phase::PostedWithoutId,
            Some(_) if !logged(&reader, "job.report") => Phase::Waiting,
            Some(_) if !logged(&reader, "board.issued") => Phase::Reported,
            Some(_) if !logged(&reader, "certificate.taken") => Phase::Issued,
            Some(_) if boards.of(BoardState::Done) < u64::from(self.size) => Phase::Delivering,
            Some(_) => Phase::Done,
        }
    }
}

/// Whether the log has this event.
pub fn logged(reader: &Reader, event: &str) -> bool {
    let mut found = false;
    let walk = reader.log(|row| -> Result<(), nameplate::store::StoreError> {
        found |= row.event.event == event;
        Ok(())
    });
    walk.unwrap();
    found
}
