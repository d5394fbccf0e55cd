//! Power that is cut while a key is made, and through the whole of key, certificate and lock: at every single change of the
//! flash, and at fifty random moments.
//!
//! After each cut the board starts again with the flash as it was. It must have no key or one whole key, the batch must end
//! with each board once, and a key that a board has once given out it must have for ever.

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nameplate::demo::emulated::{Emulator, Kind};
use nameplate_tests::bench::Bench;
use nameplate_tests::programs::{finish, run, start};
use nameplate_tests::random::Random;
use serde_json::Value;

use crate::boards::{Plan, ports};
use crate::ca::Ca;
use crate::delivery::{Known, Line};
use crate::gdb::Gdb;
use crate::image::Image;

/// Kinds that run in QEMU, whose GDB stub stops them where a test wants it.
const IN_QEMU: [Kind; 5] = [
    Kind::Microbit,
    Kind::Virt,
    Kind::Ast1030,
    Kind::An386,
    Kind::An505,
];

fn collect(bench: &Bench, boards: &[Emulator]) -> std::process::Command {
    let mut collect = bench.nameplate("collect");
    let count = boards.len().to_string();
    collect
        .args(ports(boards))
        .args(["--expect", &count, "--timeout", "150"]);
    collect
}

/// Each board is there once with a key of its own; gives the keys.
fn each_once(bench: &Bench, boards: &[Emulator]) -> Vec<Value> {
    let list = bench.list();
    let mut of: Vec<_> = list.iter().map(|board| board["name"].clone()).collect();
    of.sort_by_key(Value::to_string);
    let mut names: Vec<_> = boards
        .iter()
        .map(|board| Value::from(board.name()))
        .collect();
    names.sort_by_key(Value::to_string);
    assert_eq!(of, names);
    assert!(
        list.iter().all(|board| board["state"] == "collected"),
        "{list:#?}"
    );
    let mut keys: Vec<_> = list
        .iter()
        .map(|board| board["key_sha256"].to_string())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), boards.len(), "each key once");
    list
}

/// The power is cut once more, and everybody is asked again: the same boards with the same keys.
fn stays_so(bench: &Bench, boards: &mut [Emulator]) {
    let before = each_once(bench, boards);
    for board in &mut *boards {
        board.cut().unwrap();
        board.power_on().unwrap();
    }
    let _ = run(&mut collect(bench, boards)).expect(0);
    assert_eq!(bench.list(), before);
}

/// Where the flash is changed in this kind's image, and how long an instruction is there.
fn changes(kind: Kind, image: &Path) -> (Vec<u64>, u8) {
    let image = Image::read(image);
    let mut places = image.functions("::program");
    places.extend(image.functions("::erase_block"));
    (places, if kind == Kind::Virt { 4 } else { 2 })
}

/// A board that stops before each change of its flash.
fn stepped(bench: &Bench, kind: Kind, number: u16) -> (Emulator, Gdb) {
    let mut plan = Plan::on_cable(kind, number);
    let socket = plan.folder(bench).join("gdb");
    plan.arguments = ["-S", "-gdb", "unix:gdb,server=on,wait=off"]
        .map(OsString::from)
        .to_vec();
    let (places, length) = changes(kind, &plan.image());
    let board = plan.start(bench);
    let mut gdb = Gdb::connect(&socket);
    for place in places {
        gdb.break_at(place, length);
    }
    (board, gdb)
}

/// How often the flash is changed while a key is made: the mark, the erase, ten words, and three more marks with units of four
/// bytes. One more cut comes after the last of them.
const CHANGES: u16 = 15;

fn cut_at_every_change(kind: Kind) {
    let bench = Bench::new();
    let stepped = (1..=CHANGES).map(|number| stepped(&bench, kind, number));
    let (mut boards, stubs): (Vec<_>, Vec<_>) = stepped.unzip();
    let running = start(&mut collect(&bench, &boards));
    // Board number N loses its power before change number N.
    std::thread::scope(|scope| {
        for (number, mut gdb) in (1..=CHANGES).zip(stubs) {
            scope.spawn(move || {
                for _ in 0..number {
                    gdb.go_on();
                }
                gdb
            });
        }
    });
    for board in &mut boards {
        board.cut().unwrap();
        board.options().arguments.clear();
        board.power_on().unwrap();
    }
    let _ = finish(running).expect(0);
    stays_so(&bench, &mut boards);
}

#[test]
fn at_every_change_of_the_flash() {
    for kind in IN_QEMU {
        cut_at_every_change(kind);
    }
}

/// A chain of one certificate, as short as it can always be made.
const CHAIN: u16 = 480;

/// How often the flash is changed from nothing to the lock: for the key, for a slot the mark and the erase, the chain by 32 bytes,
/// ten words of its record and three marks, and the lock's three.
const CHANGES_IN_ALL: u16 = CHANGES + 2 + CHAIN.div_ceil(32) + 13 + 3;

/// Boards that run side by side.
const AT_ONCE: usize = 8;

/// Board number N loses its power before change number N, starts again, and is delivered to its end.
fn cut_and_delivered(bench: &Bench, ca: &Ca, kind: Kind, number: u16) {
    let (mut board, mut gdb) = stepped(bench, kind, number);
    let mut line = Line::new(&board);
    let mut known = Known::default();
    let is_cut = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..number {
                gdb.go_on();
            }
            is_cut.store(true, Ordering::Relaxed);
        });
        let done = known.deliver(&mut line, ca, CHAIN.into(), &is_cut);
        assert!(done.is_none(), "{}: no change {number}", board.name());
    });
    board.cut().unwrap();
    drop(gdb);
    board.options().arguments.clear();
    board.power_on().unwrap();

    let on = AtomicBool::new(false);
    let found = line.hello(&on).unwrap();
    assert!(found.chain.is_none() || found.chain == known.sha256());
    assert!(found.key || !known.has_csr());
    assert!(!found.locked || found.chain.is_some());
    known.deliver(&mut line, ca, CHAIN.into(), &on).unwrap();
    board.cut().unwrap();
    board.power_on().unwrap();
    let found = line.hello(&on).unwrap();
    assert!(found.key && found.locked, "{}: {found:?}", board.name());
    assert_eq!(found.chain, known.sha256(), "{}", board.name());
}

#[test]
fn at_every_change_through_key_certificate_and_lock() {
    let ca = Ca::new();
    for kind in IN_QEMU {
        let bench = Bench::new();
        let numbers: Vec<_> = (1..=CHANGES_IN_ALL).collect();
        for numbers in numbers.chunks(AT_ONCE) {
            std::thread::scope(|scope| {
                for number in numbers {
                    scope.spawn(|| cut_and_delivered(&bench, &ca, kind, *number));
                }
            });
        }
        println!("{kind}: cut before each of {CHANGES_IN_ALL} changes");
    }
}

/// Rounds of boards that each lose their power once while they are collected.
const ROUNDS: u16 = 5;
const CUTS_A_ROUND: u16 = 10;

#[test]
fn at_fifty_random_moments() {
    let seed = Random::seed();
    println!("NAMEPLATE_SEED={seed}");
    let mut random = Random::new(seed);
    let kinds = [
        Kind::Microbit,
        Kind::Virt,
        Kind::Ast1030,
        Kind::An386,
        Kind::An505,
    ];
    for round in 0..ROUNDS {
        let bench = Bench::new();
        let plans = (0..CUTS_A_ROUND).map(|place| {
            let number = round * CUTS_A_ROUND + place;
            // One in ten is the RP2040, which takes as long as all others together.
            let kind = if place == 0 {
                Kind::Rp2040
            } else {
                kinds[usize::from(number) % kinds.len()]
            };
            Plan::on_cable(kind, number)
        });
        let mut boards: Vec<_> = plans.map(|plan| plan.start(&bench)).collect();
        let running = start(&mut collect(&bench, &boards));
        let mut order: Vec<_> = (0..boards.len()).collect();
        while !order.is_empty() {
            std::thread::sleep(Duration::from_millis(random.below(600)));
            let chosen = usize::try_from(random.below(order.len() as u64)).unwrap();
            let board = &mut boards[order.swap_remove(chosen)];
            board.cut().unwrap();
            board.power_on().unwrap();
        }
        let _ = finish(running).expect(0);
        stays_so(&bench, &mut boards);
    }
}
