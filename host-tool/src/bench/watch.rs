//! The threads of a bench, and new ports as they come.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    known: Vec<PathBuf>,
    looked: Option<Instant>,
    pub decided: Arc<Decided>,
}

impl Watch {
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
            if self.known.contains(&path) {
                continue;
            }
            self.known.push(path.clone());
            self.decided.begin(&path);
            let decided = Arc::clone(&self.decided);
            threads.ports.fetch_add(1, Ordering::Relaxed);
            scope.spawn(move || {
                ports::serve(context, &path, bench.baud, &decided);
                threads.ports.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}
