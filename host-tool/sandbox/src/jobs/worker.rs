//! The one thread that processes jobs, in the order they were received.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::process::{self, Stopped};
use super::store::Store;
use crate::Error;
use crate::ca::issue::DeviceIssuer;
use crate::switches::Switches;

/// Takes jobs to process. Dropping the last one ends the thread.
#[derive(Clone)]
pub(crate) struct Queue(Sender<String>);

impl Queue {
    /// Puts a job at the end of the queue.
    pub(crate) fn add(&self, id: &str) {
        // The thread ends only with the service; the job is queued on disk for the next one.
        let _ = self.0.send(id.to_owned());
    }

    /// Wakes the thread, so that it sees that it is to stop.
    pub(crate) fn wake(&self) {
        self.add("");
    }
}

/// What the thread works with.
pub(crate) struct Worker {
    pub(crate) store: Arc<Store>,
    pub(crate) issuer: Arc<DeviceIssuer>,
    pub(crate) switches: Arc<Switches>,
    /// Set to end the work between two rows.
    pub(crate) stop: Arc<AtomicBool>,
}

impl Worker {
    /// Starts the thread and gives it what earlier runs left unfinished.
    pub(crate) fn start(self) -> Result<(Queue, JoinHandle<()>), Error> {
        let (sender, receiver) = channel();
        let queue = Queue(sender);
        for job in self.store.list().iter().rev().filter(|job| job.is_queued()) {
            queue.add(&job.id);
        }
        let thread = std::thread::Builder::new()
            .name("sandbox-issuer".into())
            .spawn(move || self.run(&receiver))
            .map_err(Error::Threads)?;
        Ok((queue, thread))
    }

    fn run(&self, jobs: &Receiver<String>) {
        while let Ok(id) = jobs.recv() {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            if let Err(error) = self.process(&id) {
                // The job stays IN_PROGRESS: the truth, and a restart takes it up again.
                tracing::error!(job = %id, error = &error as &dyn std::error::Error, "job not processed");
            }
        }
    }

    fn process(&self, id: &str) -> Result<(), Error> {
        let Some(job) = self.store.get(id) else {
            return Ok(());
        };
        let folder = self.store.path(id);
        let switches = job.order.dialect.switches(&self.switches);
        match process::run(&folder, &job.order, &self.issuer, &switches, &self.stop)? {
            Err(Stopped) => Ok(()),
            Ok(counts) => {
                self.store.change(id, |job| job.processed(counts))?;
                tracing::info!(
                    job = %id,
                    total = counts.total,
                    failed = counts.failed,
                    "job processed"
                );
                Ok(())
            }
        }
    }
}
