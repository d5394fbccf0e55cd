//! The threads of a bench, and new ports as they come.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Scope;
use std::time::{Duration, Instant};

use super::ports::{self, Decided};
use super::run::Bench;
use super::work::Context;
use crate::link::serial;

/// How often new ports are looked for.
const PORTS: Duration = Duration::from_millis(500);

/// How many threads look for boards or speak to one.
#[derive(Default)]
pub(super) struct Threads {
    pub ports: AtomicUsize,
    pub door: AtomicUsize,
    /// Connections.
    pub inside: AtomicUsize,
}

impl Threads {
    /// Whether there is none left.
    pub fn none(&self) -> bool {
        let all = [&self.ports, &self.door, &self.inside];
        all.iter().all(|count| count.load(Ordering::Relaxed) == 0)
    }
}

/// The ports that have a thread.
#[derive(Default)]
pub(super) struct Watch {
    known: Arc<Mutex<HashSet<PathBuf>>>,
    looked: Option<Instant>,
    pub decided: Arc<Decided>,
}

impl Watch {
    fn known(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        lock(&self.known)
    }

    /// Starts a thread for every port that was not there before.
    pub fn start_new<'scope, 'env>(
        &mut self,
        scope: &'scope Scope<'scope, 'env>,
        bench: &'env Bench,
        context: &'scope Context<'env>,
        threads: &'scope Threads,
    ) {
        if self.looked.is_some_and(|last| last.elapsed() < PORTS) {
            return;
        }
        self.looked = Some(Instant::now());
        // Patterns were read before; what they stand for can't fail.
        for path in serial::expand(&bench.ports).unwrap_or_default() {
            if !self.known().insert(path.clone()) {
                continue;
            }
            self.decided.begin(&path);
            let decided = Arc::clone(&self.decided);
            let known = Arc::clone(&self.known);
            threads.ports.fetch_add(1, Ordering::Relaxed);
            scope.spawn(move || {
                ports::serve(context, bench, &path, &decided);
                // Whatever port is there next is another one, also where it is called the same.
                lock(&known).remove(&path);
                threads.ports.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}

fn lock(known: &Mutex<HashSet<PathBuf>>) -> MutexGuard<'_, HashSet<PathBuf>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
