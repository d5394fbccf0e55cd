//! What a board's firmware takes when it runs: the greatest stack, and instructions, held against `boards/mcu/budgets.toml`.
//!
//! The stack is painted by the start code, and what is left of the paint is read from the machine's memory after a whole
//! exchange, of the very image that is released; of boards on a cable also after the longest chain was installed. Instructions are counted by the image for tests, in a machine that takes
//! one nanosecond for each (`-icount shift=0`).

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use nameplate::demo::emulated::{Emulator, Kind, Link, UART_LOG};
use nameplate_tests::bench::Bench;
use nameplate_tests::collecting::Collecting;
use nameplate_wire::{Fixed, Request, limits, request};
use serde::Deserialize;

use crate::boards::{Plan, ask, csr, ports};
use crate::ca::Ca;
use crate::delivery::{Known, Line};
use crate::image::Image;

/// cortex-m-rt's paint, and that of boards with their own start code.
const PAINT: u8 = 0xCC;

/// What is left of it must be seen below everything that was used.
const LEAST_PAINT: usize = 16;

#[derive(Default, Deserialize)]
struct Budget {
    stack: Option<u32>,
    key_csr_instructions: Option<u32>,
    handshake_instructions: Option<u32>,
}

fn budget(kind: Kind) -> Budget {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../boards/mcu/budgets.toml");
    let mut all: std::collections::HashMap<String, Budget> =
        toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    all.remove(kind.name()).unwrap_or_default()
}

/// How many instructions a tick of the board's counter stands for, where the machine takes a nanosecond for each: its
/// counter's period. `None` for the RP2040, whose emulator counts cycles and not instructions.
fn instructions_a_tick(kind: Kind) -> Option<f64> {
    Some(match kind {
        Kind::Virt => 1.0,
        Kind::Microbit => 62.5,
        Kind::Ast1030 => 5.0,
        Kind::An386 => 40.0,
        Kind::An505 => 50.0,
        Kind::Rp2040 => return None,
    })
}

/// Collects one board over its link.
fn collect(bench: &Bench, board: Emulator, is_dialling: bool) -> Emulator {
    let mut collect = bench.nameplate("collect");
    collect.args(["--expect", "1", "--timeout", "120"]);
    if is_dialling {
        collect.arg("--listen").arg(bench.door.to_string());
    } else {
        collect.args(ports(std::slice::from_ref(&board)));
    }
    let ended = Collecting::start(bench, &mut collect).finish();
    assert_eq!(ended.code, Some(0), "{}: {}", board.name(), ended.log);
    board
}

fn plan(kind: Kind, number: u16) -> Plan {
    Plan {
        link: kind.links()[0],
        ..Plan::on_cable(kind, number)
    }
}

/// The greatest stack of a release image, in bytes, and how much it has.
fn stack(bench: &Bench, kind: Kind) -> (usize, usize) {
    let mut plan = plan(kind, 1);
    let image = Image::read(&plan.image());
    let (end, start) = (image.address("_stack_end"), image.address("_stack_start"));
    let (folder, link) = (plan.folder(bench), plan.link);
    if kind == Kind::Rp2040 {
        plan.arguments = ["--ram", "ram"].map(OsString::from).to_vec();
    }
    let board = collect(bench, plan.start(bench), link == Link::Tls);
    if link == Link::Serial {
        // Of the longest chain that a board takes, to the lock.
        let (mut known, mut line) = (Known::default(), Line::new(&board));
        let on = AtomicBool::new(false);
        let done = known.deliver(&mut line, &Ca::new(), limits::CHAIN, &on);
        done.expect("nobody stops it");
    }
    let memory = memory(board, &folder, end, start);
    let painted = memory.iter().take_while(|byte| **byte == PAINT).count();
    assert!(painted >= LEAST_PAINT, "{kind}: no paint is left");
    (memory.len() - painted, memory.len())
}

/// The board's memory between two addresses.
fn memory(mut board: Emulator, folder: &Path, from: u64, to: u64) -> Vec<u8> {
    let file = folder.join("ram");
    if let Some(saved) = board.monitor(|monitor| {
        monitor.stop()?;
        monitor.memsave(from, to - from, Path::new("ram"))
    }) {
        saved.unwrap();
        return fs::read(file).unwrap();
    }
    // The RP2040's emulator writes all of its RAM when it is asked to end.
    let pid = rustix::process::Pid::from_raw(board.pid().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    nameplate_tests::processes::until("the RAM is written", || board.ended().is_some());
    let ram = fs::read(file).unwrap();
    let place = |address: u64| usize::try_from(address - 0x2000_0000).unwrap();
    ram[place(from)..place(to)].to_vec()
}

/// A board of the image for tests that counts, one nanosecond an instruction.
fn counting(bench: &Bench, kind: Kind, number: u16, link: Link) -> (Emulator, PathBuf) {
    let mut plan = Plan {
        link,
        ..Plan::asked(kind, number, "measure")
    };
    plan.arguments = ["-icount", "shift=0"].map(OsString::from).to_vec();
    let folder = plan.folder(bench);
    (plan.start(bench), folder)
}

/// What a board counted of this, the last time that it said so.
fn counted(said: &str, what: &str, tick: f64) -> f64 {
    let (_, rest) = said
        .rsplit_once(what)
        .unwrap_or_else(|| panic!("no {what:?} in {said}"));
    let digits = rest.trim_start().get(..8).unwrap();
    f64::from(u32::from_str_radix(digits, 16).unwrap()) * tick / 1000.0
}

/// Thousands of instructions: of a key and a certificate request over it, and of a handshake where the board has a network.
fn instructions(bench: &Bench, kind: Kind) -> Option<(f64, Option<f64>)> {
    let tick = instructions_a_tick(kind)?;
    let (board, _) = counting(bench, kind, 2, Link::Serial);
    let name = board.name().to_owned();
    let prove = Request::Prove(request::Prove {
        nonce: Fixed([9; 32]),
    });
    let hello = Request::Hello(request::Hello { versions: [1, 1] });
    let said = ask(&board, &[hello, csr(&name), csr(&name), prove]);
    let [first, again, prove] =
        [1, 2, 3].map(|place: usize| counted(&said[place], "measured", tick));
    // Every answer takes the key out of the store and computes its public key; a certificate request comes with a proof of its
    // own. So one signature is what the second request takes more than a proof, and the first request less one is a key and
    // a request.
    let key_csr = first - (again - prove);
    let handshake = kind.links().contains(&Link::Tls).then(|| {
        let (board, folder) = counting(bench, kind, 3, Link::Tls);
        collect(bench, board, true);
        let said = fs::read(folder.join(UART_LOG)).unwrap();
        counted(&String::from_utf8_lossy(&said), "handshake", tick)
    });
    Some((key_csr, handshake))
}

#[test]
fn boards_stay_within_their_budgets() {
    let mut table = format!(
        "{:10}{:>16}{:>10}{:>20}{:>10}{:>20}{:>10}\n",
        "kind",
        "stack, bytes",
        "budget",
        "key + CSR, 1000s",
        "budget",
        "handshake, 1000s",
        "budget"
    );
    let mut over = Vec::new();
    for kind in Kind::ALL {
        println!("{kind}");
        let allowed = budget(kind);
        // Benches of their own: each waits for its first board.
        let (used, size) = stack(&Bench::new(), kind);
        let (csr, handshake) = instructions(&Bench::new(), kind).unzip();
        let handshake = handshake.flatten();
        let shown =
            |number: Option<f64>| number.map_or("-".to_owned(), |number| format!("{number:.0}"));
        let _ = writeln!(
            table,
            "{:10}{:>16}{:>10}{:>20}{:>10}{:>20}{:>10}",
            kind.name(),
            format!("{used} of {size}"),
            shown(allowed.stack.map(f64::from)),
            shown(csr),
            shown(allowed.key_csr_instructions.map(f64::from)),
            shown(handshake),
            shown(allowed.handshake_instructions.map(f64::from)),
        );
        let used = u32::try_from(used).unwrap();
        let measured = [
            ("stack", Some(f64::from(used)), allowed.stack),
            ("key_csr_instructions", csr, allowed.key_csr_instructions),
            (
                "handshake_instructions",
                handshake,
                allowed.handshake_instructions,
            ),
        ];
        for (what, taken, most) in measured {
            if taken.is_some_and(|taken| most.is_none_or(|most| taken > f64::from(most))) {
                over.push(format!("{kind}: {what}"));
            }
        }
    }
    println!("{table}");
    assert!(
        over.is_empty(),
        "over their budgets, or without one: {over:#?}"
    );
}
