//! Killed at each durable step: `nameplate run` is killed by name before and after whatever it makes last, and running again ends as
//! if nothing had been. A point that a run does not come by fails the test.

use std::os::unix::process::ExitStatusExt;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use nameplate::fault::Point;
use nameplate_tests::random::Random;
use nameplate_tests::service::Service;

use super::ALONE;
use super::batch::Batch;

/// Batches at a time.
const WORKERS: usize = 6;
/// Boards of a batch: one on a cable, one on the network.
const SIZE: u16 = 2;

/// Points that are passed for one thing after the other, and the later times that count too. Whole files are the batch file, the
/// report and the certificates, of which the last is the new one.
const LATER: &[(Point, u32)] = &[
    (Point::FileWritten, 2),
    (Point::FileBefore, 2),
    (Point::FileAfter, 2),
    (Point::FileWritten, 3),
    (Point::FileBefore, 3),
    (Point::FileAfter, 3),
    (Point::GroupBefore, 3),
    (Point::GroupAfter, 3),
    (Point::TellBefore, 2),
    (Point::TellAfter, 2),
    (Point::InstallAfter, 2),
    (Point::LockBefore, 2),
    (Point::LockAfter, 2),
    (Point::DoneBefore, 2),
    (Point::DoneAfter, 2),
];

/// What lasts of a run that was killed there, and of the one after it.
fn kill_at(number: usize, point: Point, nth: u32, service: &Service) {
    let place = format!("{}:{nth}", point.name());
    let number = u64::try_from(number).unwrap();
    // Nothing here is left to chance.
    let more = "[delivery]\nlock = true\n";
    let mut batch = Batch::new(number, SIZE, Random::new(0), service, more);
    let fault = format!("{place}=kill");
    let mut running = batch.start_with(&[("NAMEPLATE_FAULT", &fault)]);
    let ended = running.wait().unwrap();
    let said = batch.errors();
    assert_eq!(
        ended.signal(),
        Some(9),
        "{place} is not passed: {ended:?}\n{said}"
    );
    let words = format!("killed at {}\n", point.name());
    assert!(said.contains(&words), "{place}: {said}");
    batch.check_what_was_promised();
    batch.run_to_the_end();
}

#[test]
fn killed_at_each_point_by_name_the_next_run_ends_with_one_job_and_every_board_done() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let home = tempfile::tempdir().unwrap();
    let service = Service::start(home.path(), &["--polls", "0"]);
    let first = Point::ALL.iter().map(|point| (*point, 1));
    let cases: Vec<_> = first.chain(LATER.iter().copied()).collect();
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some((point, nth)) = cases.get(number) else {
                        return;
                    };
                    kill_at(number, *point, *nth, &service);
                }
            });
        }
    });
    println!(
        "{} points, {} kills, {:.0} s",
        Point::ALL.len(),
        cases.len(),
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(service.jobs(), cases.len());
}
