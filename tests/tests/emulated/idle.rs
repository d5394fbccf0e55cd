//! Boards that wait sleep.

use std::time::{Duration, Instant};

use nameplate::demo::emulated::{Emulator, Kind, Link};
use nameplate_tests::bench::Bench;
use nameplate_tests::collecting::cpu;

use crate::boards::Plan;

const BOARDS: u16 = 32;

/// How long one look takes, and until when the boards must have come to rest.
const LOOK: Duration = Duration::from_secs(4);
const START: Duration = Duration::from_mins(2);

/// Cores that boards at rest stay well under.
const REST: f64 = 0.5;

/// How many cores the boards take together, over one look.
fn cores(boards: &[Emulator]) -> f64 {
    let all = || -> f64 { boards.iter().map(|board| cpu(board.pid().unwrap())).sum() };
    let (begun, before) = (Instant::now(), all());
    std::thread::sleep(LOOK);
    (all() - before) / begun.elapsed().as_secs_f64()
}

/// Not a matter of speed: what they take is counted by the kernel, however busy the machine is.
#[test]
fn thirty_two_idle_boards_leave_a_whole_core() {
    let bench = Bench::new();
    // Those on the network find no bench, and try again from time to time.
    let boards: Vec<_> = (0..BOARDS)
        .zip(Kind::ALL.into_iter().cycle())
        .map(|(number, kind)| {
            let link = if number % 2 == 0 {
                kind.links()[0]
            } else {
                Link::Serial
            };
            Plan {
                link,
                ..Plan::on_cable(kind, number)
            }
            .start(&bench)
        })
        .collect();
    // Starting takes more; so they are looked at until they have come to rest.
    let begun = Instant::now();
    while cores(&boards) > REST && begun.elapsed() < START {}
    let taken = cores(&boards);
    println!("{BOARDS} idle boards take {taken:.2} cores");
    assert!(taken < 1.0, "{taken:.2} cores");
}
