//! A bench to look at: real boards of all kinds at named places, and `nameplate collect` with its page, until standard input ends.
//!
//! `page_bench eight|trouble|many` prints the page's URL as its only line; `scripts/pictures/page.py` uses it. With `terminal` behind that,
//! the bench is in this terminal, for `scripts/pictures/terminal_svg.py`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use nameplate_tests::bench::Bench;
use nameplate_tests::fake_board::Fake;
use nameplate_tests::staged::{Boards, Staged, collect, liar, places, slow};

fn main() {
    let kind = std::env::args().nth(1).unwrap_or_default();
    nameplate::bench::raise_open_files();
    let bench = Bench::new();
    let mut boards = Boards::default();
    let expect = match kind.as_str() {
        "eight" => eight(&bench, &mut boards),
        "trouble" => trouble(&bench, &mut boards),
        "many" => many(&bench, &mut boards),
        other => panic!("eight, trouble or many, not {other:?}"),
    };
    if std::env::args().nth(2).as_deref() == Some("terminal") {
        let mut command = collect(&bench, &boards);
        command.args(["--expect", expect]).stdin(Stdio::inherit());
        let status = command.status().unwrap();
        assert!(status.success(), "{status}");
        return;
    }
    let staged = Staged::start(bench, boards, &["--expect", expect, "--timeout", "600"]);
    println!("{}", staged.url);
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    // The page is to see its end.
    let _ = staged.watched.interrupt();
}

fn eight(bench: &Bench, boards: &mut Boards) -> &'static str {
    let all = places(8, 4);
    boards.quick(bench, 1, &all[..5]);
    boards.fake(&all[5], slow(6, Duration::from_secs(9)));
    boards.fake(&all[6], slow(7, Duration::from_secs(9)));
    boards.empty(&all[7]);
    "96"
}

fn trouble(bench: &Bench, boards: &mut Boards) -> &'static str {
    let all = places(16, 8);
    boards.quick(bench, 1, &all[..9]);
    boards.fake(&all[9], Fake::new(10).mac([0x44, 0, 0x5E, 0, 0, 10]));
    boards.fake(&all[10], liar(11));
    // The name of a board that is there already.
    boards.fake(&all[11], Fake::new(12).name("board-0003"));
    boards.missing(&all[12]);
    boards.fake(&all[13], slow(14, Duration::from_secs(9)));
    boards.empty(&all[14]);
    boards.empty(&all[15]);
    "96"
}

fn many(bench: &Bench, boards: &mut Boards) -> &'static str {
    let all = places(500, 20);
    boards.quick(bench, 1, &all[..430]);
    for (at, number) in (430..470).zip(431..) {
        boards.fake(&all[at], slow(number, Duration::from_secs(9)));
    }
    for (at, number) in (470..478).zip(471_u16..) {
        let [high, low] = number.to_be_bytes();
        boards.fake(
            &all[at],
            Fake::new(number).mac([0x44, 0, 0x5E, 0, high, low]),
        );
    }
    for place in &all[478..] {
        boards.empty(place);
    }
    "500"
}
