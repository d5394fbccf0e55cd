//! The boards' generators: different from board to board and from start to start, and refused where they are stuck.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::time::{Duration, Instant};

use nameplate::demo::emulated::{Emulator, Kind};
use nameplate_tests::bench::Bench;
use nameplate_tests::programs::run;

use crate::boards::{Plan, ports};

/// What an image for tests prints first.
const SHOWN: &str = "randomness ";
const BYTES: usize = 128;

/// The first bytes of a board's generator, as it prints them on its cable.
fn shown(board: &Emulator) -> String {
    let mut port = File::open(board.port().unwrap()).unwrap();
    let end = Instant::now() + Duration::from_mins(1);
    let mut text = String::new();
    while Instant::now() < end {
        let mut byte = [0];
        port.read_exact(&mut byte).unwrap();
        text.push(char::from(byte[0]));
        if byte[0] == b'\n' {
            if let Some(digits) = text.trim_end().strip_prefix(SHOWN) {
                return digits.to_owned();
            }
            text.clear();
        }
    }
    panic!("{} prints nothing of its generator", board.name());
}

/// How many bits of a hundred thousand are ones is no proof of anything; a byte that never changes would be one.
fn is_alive(digits: &str) -> bool {
    let bytes: HashSet<_> = (0..digits.len())
        .step_by(2)
        .map(|at| &digits[at..at + 2])
        .collect();
    digits.len() == 2 * BYTES && bytes.len() > BYTES / 4
}

#[test]
fn two_boards_and_two_starts_give_different_bytes() {
    let bench = Bench::new();
    let mut all = HashSet::new();
    for kind in Kind::ALL {
        let mut first = Plan::asked(kind, 1, "randomness").start(&bench);
        let second = Plan::asked(kind, 2, "randomness").start(&bench);
        let mut seen = vec![shown(&first), shown(&second)];
        first.cut().unwrap();
        first.power_on().unwrap();
        seen.push(shown(&first));
        for digits in seen {
            assert!(is_alive(&digits), "{kind}: {digits}");
            assert!(
                all.insert(digits.clone()),
                "{kind} gave this before: {digits}"
            );
        }
    }
    assert_eq!(all.len(), 3 * Kind::ALL.len());
}

#[test]
fn a_stuck_generator_makes_no_key() {
    let bench = Bench::new();
    let boards: Vec<_> = (1u16..)
        .zip(Kind::ALL)
        .map(|(number, kind)| Plan::asked(kind, number, "stuck").start(&bench))
        .collect();
    let mut collect = bench.nameplate("collect");
    collect
        .args(ports(&boards))
        .args(["--expect", "1", "--timeout", "40"]);
    let ran = run(&mut collect);
    assert!(matches!(ran.code, Some(1 | 3)), "{ran:?}");
    for board in &boards {
        // The operator reads which board it is, and why.
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            said.contains(board.name()),
            "{} is not in {said}",
            board.name()
        );
    }
    let _ = ran.says("the random number generator is stuck");
    let taken: Vec<_> = bench.list();
    assert!(
        taken.iter().all(|board| board["state"] != "collected"),
        "{taken:#?}"
    );
}
