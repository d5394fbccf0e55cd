//! A stack that grows too far ends in a fault: the board says nothing more, and has lost nothing when it starts again.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

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

/// The id of the request below: no other of a run gets so far.
const ID: u32 = 4711;

/// Asks a board to blink, which in this image uses up its stack.
fn overflow(board: &Emulator) {
    let mut out = [0; limits::FRAME];
    let frame = Request::Identify(request::Identify { seconds: 1 })
        .write(ID, &mut out)
        .unwrap();
    let mut port = OpenOptions::new()
        .write(true)
        .open(board.port().unwrap())
        .unwrap();
    port.write_all(frame).unwrap();
}

/// Whether a board answers that request within this time. What it still had to say before does not count: a slow machine's
/// host asks twice.
fn answers(board: &Emulator, time: Duration) -> bool {
    let mut port = std::fs::File::open(board.port().unwrap()).unwrap();
    let (send, came) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut byte = [0];
        while port.read_exact(&mut byte).is_ok() && send.send(byte[0]).is_ok() {}
    });
    let end = Instant::now() + time;
    let mut said = Vec::new();
    while let Ok(byte) = came.recv_timeout(end.saturating_duration_since(Instant::now())) {
        said.push(byte);
    }
    String::from_utf8_lossy(&said).contains(&format!("\"re\":{ID}"))
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
