//! Ports that come and go while a bench is at work.

use nameplate_tests::bench::{Bench, COLUMNS};
use nameplate_tests::board::name;
use nameplate_tests::programs::run;
use nameplate_tests::watched::Watched;
use serde_json::Value;

use super::plug::Hub;

const SLOTS: &str =
    "[serial]\nports = [\"usb:2e8a:000a\"]\n[slots]\n\"1-1.1\" = \"A1\"\n\"1-1.2\" = \"A2\"\n";

fn bench() -> Bench {
    let bench = Bench::new();
    bench.configure_all(&format!("{COLUMNS}\n{SLOTS}"));
    bench
}

/// The slots at which boards of that event were, by name.
fn slots(events: &[Value], event: &str) -> Vec<(String, String)> {
    let text = |value: &Value, field: &str| value[field].as_str().unwrap_or("?").to_owned();
    let events = events.iter().filter(|line| line["event"] == event);
    events
        .map(|line| (text(line, "name"), text(line, "slot")))
        .collect()
}

fn at(number: u16, slot: &str) -> (String, String) {
    (name(number), slot.to_owned())
}

#[test]
fn a_slot_keeps_its_name_whatever_port_and_board_come_to_it() {
    let bench = bench();
    let hub = Hub::new(&bench);
    let first = hub.plug(&bench, 1, "1-1.1", "2e8a:000a");
    let other = hub.plug(&bench, 9, "1-1.3", "1366:1015");
    let mut running = Watched::start(hub.of(&mut bench.nameplate("collect")));
    running.wait("the first board is collected", |events| {
        slots(events, "collected") == [at(1, "A1")]
    });
    let port = first.port().to_owned();
    first.unplug();
    running.wait("its slot is empty", |events| {
        events
            .iter()
            .any(|line| line["event"] == "left" && line["slot"] == "A1")
    });
    let second = hub.plug(&bench, 2, "1-1.1", "2e8a:000a");
    let third = hub.plug(&bench, 3, "1-1.2", "2e8a:000a");
    running.wait("both are collected", |events| {
        let mut all = slots(events, "collected");
        all.sort();
        all == [at(1, "A1"), at(2, "A1"), at(3, "A2")]
    });
    let ended = running.interrupt();
    let _ = ended.expect(0);
    drop((second, third, port));
    assert_eq!(
        bench.list().len(),
        3,
        "the board with other ids is left alone"
    );
    drop(other);
}

#[test]
fn a_board_that_comes_back_goes_on_where_it_was_wherever_it_comes_back_to() {
    let bench = bench();
    let hub = Hub::new(&bench);
    let board = hub.plug(&bench, 1, "1-1.1", "2e8a:000a");
    let mut running = Watched::start(hub.of(&mut bench.nameplate("collect")));
    running.wait("it is collected", |events| {
        slots(events, "collected") == [at(1, "A1")]
    });
    board.unplug();
    let _back = hub.plug(&bench, 1, "1-1.2", "2e8a:000a");
    running.wait("it is known", |events| {
        events.iter().any(|line| {
            line["event"] == "collected" && line["slot"] == "A2" && line["already"] == true
        })
    });
    let _ = running.interrupt().expect(0);
    assert_eq!(bench.list().len(), 1);
}

#[test]
fn ids_that_are_none_are_refused_before_anything_is_begun() {
    let bench = Bench::new();
    let ran = run(bench
        .nameplate("collect")
        .args(["--serial", "usb:2e8a-000a"]))
    .expect(2);
    let _ = ran.says("usb:VVVV:PPPP");
    bench.configure_all("[slots]\nttyACM0 = \"A1\"\n");
    let ran = run(bench
        .nameplate("collect")
        .args(["--serial", "/dev/ttyACM*"]))
    .expect(2);
    let _ = ran.says("USB port chain");
}
