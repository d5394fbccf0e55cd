//! Fifty times SIGKILL: `nameplate run` at random moments of its life, and boards while it runs. Whatever was interrupted,
//! running again ends with every board once in the batch, one job, and
//! each board done. Then the same at each durable step by name.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod batch;
mod phase;
#[cfg(debug_assertions)]
mod points;
mod promises;
mod release;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use nameplate_tests::random::Random;
use nameplate_tests::service::Service;

use batch::Batch;
use phase::Phase;

/// Batches, and kills in each.
const BATCHES: u64 = 10;
const KILLS: usize = 5;
/// Batches at a time: most of a run is waiting for the service.
const WORKERS: usize = 5;
/// Boards of a batch; the first half on cables.
const BOARDS: u16 = 6;

/// The batches of one worker: each begins when the one before is done.
fn work(
    next: &AtomicU64,
    seed: u64,
    services: &[Service; 2],
    landed: &Mutex<Vec<(u64, Vec<Phase>, u64)>>,
) {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= BATCHES {
            return;
        }
        // The last batches are at a service that loses the answer to a job that it made.
        let service = &services[usize::from(number + 2 >= BATCHES)];
        let random = Random::new(seed.wrapping_add(number));
        let mut batch = Batch::new(number, BOARDS, random, service, "");
        batch.kill_and_kill_again();
        batch.run_to_the_end();
        landed
            .lock()
            .unwrap()
            .push((number, batch.phases, batch.boards_killed));
    }
}

/// Where both tests run at once, the moments of one come when the other leaves time for them.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn fifty_kills_and_every_board_is_there_once_in_one_job() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let seed = Random::seed();
    // Shown where the test fails.
    println!("NAMEPLATE_SEED={seed}");
    let home = tempfile::tempdir().unwrap();
    let services = [
        Service::start(&home.path().join("good"), &["--polls", "1"]),
        Service::start(
            &home.path().join("bad"),
            &["--polls", "1", "--fault", "create=lost-answer:times=2"],
        ),
    ];
    let (next, landed) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| work(&next, seed, &services, &landed));
        }
    });
    let mut landed = landed.into_inner().unwrap();
    landed.sort_unstable();
    let mut phases = BTreeMap::new();
    for (number, hit, boards_killed) in &landed {
        println!("batch {number}: killed {hit:?}, and {boards_killed} boards");
        for phase in hit {
            *phases.entry(*phase).or_insert(0) += 1;
        }
    }
    println!("{phases:?}");
    assert_eq!(phases.values().sum::<usize>(), 50);
    let fell = |among: &[Phase]| among.iter().any(|phase| phases.contains_key(phase));
    assert!(
        fell(&[Phase::Collecting]) && fell(&[Phase::Waiting]),
        "{phases:?}"
    );
    assert!(
        fell(&[Phase::IntendedNotPosted, Phase::PostedWithoutId]),
        "{phases:?}"
    );
    assert!(fell(&[Phase::Delivering]), "{phases:?}");
    assert_eq!(
        services[0].jobs() + services[1].jobs(),
        usize::try_from(BATCHES).unwrap()
    );
}
