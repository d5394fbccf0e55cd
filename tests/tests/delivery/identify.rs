//! Which board is this?

use std::fs;
use std::sync::{Arc, Mutex};

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{Board, mac, name, state};
use nameplate_tests::fake_board::{Fake, error_frame};
use nameplate_tests::programs::run;
use nameplate_wire::{ErrorNumber, Request};

#[test]
fn the_board_with_that_name_or_mac_shows_itself_and_no_other() {
    let bench = Bench::new();
    let boards = [
        Board::on_cable(&bench, 1),
        Board::on_cable(&bench, 2),
        Board::on_network(&bench, 3),
    ];
    let identify = |what: &str| {
        let mut command = bench.nameplate("identify");
        command.arg(what);
        for board in &boards[..2] {
            command.arg("--serial").arg(board.port.as_ref().unwrap());
        }
        command
    };
    let log = |number| fs::read_to_string(state(&bench, number).with_extension("log")).unwrap();
    let shown = |number| log(number).contains(&format!("THIS IS {}", name(number)));
    let _ = run(identify(&name(2)).args(["--seconds", "1"]))
        .expect(0)
        .says("shows itself for 1 s");
    assert_eq!([1, 2, 3].map(shown), [false, true, false]);
    let listen = bench.door.to_string();
    let mac = mac(3).replace(':', "-").to_uppercase();
    let _ = run(identify(&mac).args(["--listen", &listen, "--seconds", "2"]))
        .expect(0)
        .says("shows itself for 2 s");
    assert_eq!([1, 2, 3].map(shown), [false, true, true]);
    // Ports that were named have had their boards: it is none of them.
    let _ = run(&mut identify("nobody"))
        .expect(1)
        .says("\"nobody\" did not show itself");
    assert!(!bench.batch().join(nameplate::store::DATABASE).exists());
}

/// Many boards have no clock: they show themselves until they are told to end.
#[test]
fn it_is_told_to_end() {
    let bench = Bench::new();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let board = Fake::new(1).lies(move |_, request, _| {
        if let Request::Identify(identify) = request {
            seen.lock().unwrap().push(identify.seconds);
        }
    });
    let board = board.on_cable();
    let mut command = bench.nameplate("identify");
    command.arg(name(1)).args(["--seconds", "1", "--serial"]);
    let _ = run(command.arg(board.port.as_ref().unwrap())).expect(0);
    assert_eq!(*asked.lock().unwrap(), [1, 0]);
}

#[test]
fn a_board_without_a_light_says_so() {
    let bench = Bench::new();
    let dark = Fake::new(1).lies(|id, request, answer| {
        if let Request::Identify(_) = request {
            *answer = error_frame(id, ErrorNumber::NotSupported);
        }
    });
    let dark = dark.on_cable();
    let mut command = bench.nameplate("identify");
    command.arg(name(1)).arg("--serial");
    let _ = run(command.arg(dark.port.as_ref().unwrap()))
        .expect(1)
        .says("no way to show which board it is (error 501)");
}
