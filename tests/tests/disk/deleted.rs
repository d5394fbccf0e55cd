//! The batch's folder is deleted while boards come: no further board is told that it is recorded.

use std::fs;

use nameplate::demo::Cable;
use nameplate_tests::bench::Bench;
use nameplate_tests::board::name;
use nameplate_tests::fake_board::Fake;
use nameplate_tests::processes::until;
use nameplate_tests::programs::{finish, run, start};
use nameplate_wire::Request;
use std::sync::{Arc, Mutex};

/// Names of boards that were asked to take note that they are recorded.
type Told = Arc<Mutex<Vec<String>>>;

fn board(number: u16, told: &Told) -> Fake {
    let told = Arc::clone(told);
    Fake::new(number).lies(move |_, request, _| {
        if matches!(request, Request::Recorded(_)) {
            told.lock().unwrap().push(name(number));
        }
    })
}

#[test]
fn a_batch_that_is_deleted_while_boards_come_ends_in_words_and_tells_no_more_boards() {
    let bench = Bench::new();
    let told = Told::default();
    let first = board(1, &told).on_cable();
    let second = Cable::new().unwrap();
    let mut collect = bench.nameplate("collect");
    collect.arg("--serial").arg(first.port.as_ref().unwrap());
    collect.arg("--serial").arg(second.host_end());
    collect.args(["--expect", "2", "--timeout", "60"]);
    let running = start(&mut collect);
    until("the first board is recorded", || {
        told.lock().unwrap().len() == 1
    });
    let config = fs::read(bench.batch().join("bench.toml")).unwrap();
    fs::remove_dir_all(bench.batch()).unwrap();
    let plugged = board(2, &told).session_on(second.board_end());
    let ran = finish(running).expect(1).says("was deleted or moved away");
    let ran = ran.says("next: ");
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    assert_eq!(*told.lock().unwrap(), [name(1)]);
    drop(plugged);
    // What is left to do is told too: the station still knows of the batch that is gone.
    fs::create_dir(bench.batch()).unwrap();
    fs::write(bench.batch().join("bench.toml"), config).unwrap();
    let _ = run(&mut bench.nameplate("list"))
        .expect(1)
        .says("there is no batch");
}
