//! The end: the page says so, keeps what stood, and comes back with the next command.

use nameplate_tests::bench::{Bench, free_address};
use nameplate_tests::board::{Board, name};
use nameplate_tests::browser::Browser;
use nameplate_tests::staged::page_of;
use nameplate_tests::watched::Watched;

#[test]
fn an_ended_bench_stays_to_be_read_and_the_next_one_is_found() {
    let bench = Bench::new();
    let address = free_address().to_string();
    let boards = [Board::on_cable(&bench, 1), Board::on_cable(&bench, 2)];
    let start = |board: &Board| {
        let mut command = bench.nameplate("collect");
        command.arg("--serial").arg(board.port.as_ref().unwrap());
        command.args(["--expect", "9", "--page", &address]);
        Watched::start(&mut command)
    };
    let mut first = start(&boards[0]);
    let url = page_of(&mut first);
    let mut browser = Browser::at(&url);
    browser.until(&format!(
        "document.querySelector('#tiles').innerText.includes('{}')",
        name(1)
    ));
    first.wait_collected(&[name(1)]);
    browser.until("document.querySelectorAll('.tile[data-tone=ready]').length === 1");
    let _ = first.interrupt();
    browser.until("!document.querySelector('#ended').hidden");
    assert_eq!(
        browser.run("return document.querySelectorAll('.tile[data-tone=ready]').length"),
        1
    );
    assert!(
        browser
            .text("document.querySelector('#ended').innerText")
            .contains("comes back by itself")
    );
    assert_eq!(
        browser.run("return document.querySelector('#lost').hidden"),
        true
    );

    let mut second = start(&boards[1]);
    second.wait_collected(&[name(2)]);
    browser.until(&format!(
        "document.querySelector('#tiles').innerText.includes('{}')",
        name(2)
    ));
    browser.until("document.querySelector('#ended').hidden");
    assert_eq!(
        browser.run("return document.querySelectorAll('.tile').length"),
        1
    );

    // Killed: it can't say that it ends.
    drop(second);
    browser.until("!document.querySelector('#lost').hidden");
    assert_eq!(
        browser.run("return document.querySelectorAll('.tile').length"),
        1
    );
    let mut third = start(&boards[0]);
    browser.until("document.querySelector('#lost').hidden");
    third.wait_collected(&[name(1)]);
}
