//! A stack that grows too far ends in a fault: the board says nothing more, and has lost nothing when it starts again.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::time::Duration;

use nameplate::demo::emulated::{Emulator, Kind};
use nameplate_tests::bench::Bench;
use nameplate_tests::processes::within;
use nameplate_tests::programs::run;
use nameplate_wire::{Request, limits, request};

use crate::boards::{Plan, ports};

fn collect(bench: &Bench, boards: &[Emulator]) {
    let mut collect = bench.nameplate("collect");
    let count = boards.len().to_string();
    collect
        .args(ports(boards))
        .args(["--expect", &count, "--timeout", "120"]);
    let _ = run(&mut collect).expect(0);
}

/// Asks a board to blink, which in this image uses up its stack.
fn overflow(board: &Emulator) {
    let mut out = [0; limits::FRAME];
    let frame = Request::Identify(request::Identify { seconds: 1 })
        .write(1, &mut out)
        .unwrap();
    let mut port = OpenOptions::new()
        .write(true)
        .open(board.port().unwrap())
        .unwrap();
    port.write_all(frame).unwrap();
}

/// Whether a board that was asked says something within this time.
fn answers(board: &Emulator, time: Duration) -> bool {
    let port = board.port().unwrap().to_owned();
    let (send, came) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut port = std::fs::File::open(port).unwrap();
        let mut byte = [0];
        let _ = port.read_exact(&mut byte);
        let _ = send.send(());
    });
    came.recv_timeout(time).is_ok()
}

#[test]
fn the_board_halts_and_keeps_its_key() {
    let bench = Bench::new();
    let plans = (1u16..).zip(Kind::ALL);
    let plans = plans.map(|(number, kind)| Plan::asked(kind, number, "overflow"));
    let mut boards: Vec<_> = plans.map(|plan| plan.start(&bench)).collect();
    collect(&bench, &boards);
    let before = bench.list();
    for board in &mut boards {
        overflow(board);
        assert!(
            !answers(board, Duration::from_secs(3)),
            "{} goes on",
            board.name()
        );
        // It stands still, or the core locked up and the emulator has ended.
        let halted = within(Duration::from_secs(20), || {
            board.ended().is_some() || !is_busy(board)
        });
        assert!(halted, "{} still runs", board.name());
        if board.ended().is_none() {
            board.cut().unwrap();
        }
        board.power_on().unwrap();
    }
    // With power again each is the board that it was, with the key that it had.
    collect(&bench, &boards);
    assert_eq!(bench.list(), before);
}

fn is_busy(board: &Emulator) -> bool {
    let Some(pid) = board.pid() else { return false };
    let before = nameplate_tests::collecting::cpu(pid);
    std::thread::sleep(Duration::from_millis(500));
    nameplate_tests::collecting::cpu(pid) - before > 0.2
}
