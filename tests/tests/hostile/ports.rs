//! Ports that are flooded, and frames at the limit.

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{Board, name};
use nameplate_tests::fake_board::{Fake, Running, raw_frame, reply_frame};
use nameplate_tests::hostile::flood::Flood;
use nameplate_tests::hostile::host::Host;
use nameplate_wire::{Reply, Request, frame, limits, reply};

use super::Open;

/// What floods a port, and what is told of it.
fn floods() -> Vec<(Flood, &'static str)> {
    let other = reply_frame(1, &Reply::Recorded(reply::Done {}));
    let no_answer = "does not answer";
    let damaged = "16 answers came damaged: the line is bad";
    vec![
        (Flood::start(b"x"), no_answer),
        (
            Flood::start(b"\x1b[2J\x1b]0;mine\x07line after line\n"),
            no_answer,
        ),
        (Flood::start(&[b'x'; 4000]), no_answer),
        (Flood::start(b"\x1e"), no_answer),
        (Flood::start(&other), no_answer),
        (Flood::start(b"\x1e[\"half of a frame"), damaged),
        (Flood::start(b"\x1e[\"00000000\",{}]\n"), damaged),
        (Flood::start(&[0x1e, b'x'].repeat(3000)), damaged),
    ]
}

#[test]
fn flooded_ports_are_named_and_the_others_work() {
    let bench = Bench::new();
    let floods = floods();
    let cabled: Vec<_> = (101..=105)
        .map(|number| Board::on_cable(&bench, number))
        .collect();
    let mut open = Open::new(bench, 51 + cabled.len(), |command| {
        for (flood, _) in &floods {
            command.arg("--serial").arg(flood.port());
        }
        for board in &cabled {
            command.arg("--serial").arg(board.port.as_ref().unwrap());
        }
        command.args(["--log", "debug"]);
    });
    let boards = open.boards(51);
    let watched = Host::watch(&open.bench);
    open.collect(&boards[..50]);
    let names: Vec<_> = (101..=105).map(name).collect();
    open.collecting.wait_collected(&names);
    for (flood, words) in &floods {
        open.wait("lost", flood.port().to_str().unwrap(), words);
    }
    let held = watched.held();
    open.collect(&boards[50..]);
    let ended = open.end(3, 51 + cabled.len());
    for (flood, words) in &floods {
        let port = flood.port().to_str().unwrap();
        ended.names(port, "seen", words);
        let events = ended.ran.json();
        let shown = events
            .iter()
            .filter(|event| event["event"] == "log" && event["link"] == port);
        assert!(shown.count() <= 201, "{port}");
    }
    assert!(ended.lines("line after line") <= 201);
    let words = ["\u{1b}", "\u{7}", "\\u001b", "\\u0007"];
    for said in [&ended.ran.stdout, &ended.ran.stderr] {
        assert!(!words.iter().any(|words| said.contains(words)));
    }
    let bytes: Vec<_> = floods.iter().map(|(flood, _)| flood.bytes()).collect();
    println!("flooded ports, {bytes:?} bytes taken: {held:?}");
    assert!(held.threads < 50 + 13 + 24, "{held:?}");
    assert!(held.peak_kib < 64 * 1024, "{held:?}");
}

/// The answer to `hello` in a frame of this length: a field that nobody knows is ignored.
fn padded(number: u16, length: usize) -> Running {
    let fake = Fake::new(number).lies(move |_, request, answer| {
        if matches!(request, Request::Hello(_)) {
            let message = frame::open(answer).unwrap();
            let message = std::str::from_utf8(message)
                .unwrap()
                .strip_suffix('}')
                .unwrap();
            let begin = format!("{message},\"more\":\"");
            let more = "m".repeat(length - limits::FRAME_OVERHEAD - begin.len() - 2);
            *answer = raw_frame(&format!("{begin}{more}\"}}"));
            assert_eq!(answer.len(), length);
        }
    });
    fake.on_cable()
}

#[test]
fn a_frame_of_the_greatest_size_is_taken_and_one_byte_more_is_not() {
    let fits = padded(101, limits::FRAME);
    let over = padded(102, limits::FRAME + 1);
    let ports = [&fits, &over].map(|running| running.port.clone().unwrap());
    let mut open = Open::new(Bench::new(), 2, |command| {
        for port in &ports {
            command.arg("--serial").arg(port);
        }
    });
    open.collecting.wait_collected(&[name(101)]);
    let (port, words) = (ports[1].to_str().unwrap(), "the line is bad");
    open.wait("lost", port, words);
    open.collect(&open.boards(1));
    let ended = open.end(3, 2);
    ended.names(port, "seen", words);
}
