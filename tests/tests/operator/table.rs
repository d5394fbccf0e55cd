//! The table in a real terminal, with real boards behind it.

use std::fs;

use nameplate::demo::Cable;
use nameplate_tests::bench::{Bench, COLUMNS};
use nameplate_tests::board::{Board, mac, name, state};
use nameplate_tests::fake_board::Fake;
use nameplate_tests::full_screen::FullScreen;
use nameplate_tests::service::Service;

const DOWN: &str = "\u{1b}[B";

fn collect(bench: &Bench, ports: &[&std::path::Path]) -> FullScreen {
    let mut command = bench.nameplate("collect");
    for port in ports {
        command.arg("--serial").arg(port);
    }
    // A pattern beside them: so it goes on until it is ended.
    command.args(["--serial", "/nonexistent/tty*"]);
    FullScreen::start(&mut command, 110)
}

#[test]
fn boards_are_shown_and_asked_by_keys_and_the_terminal_is_as_before_at_the_end() {
    let bench = Bench::new();
    let board = Board::on_cable(&bench, 1);
    let port = board.port.clone().unwrap();
    let mut screen = collect(&bench, &[&port]);
    let line = screen.wait_for_line(&["✓ recorded", &name(1), &mac(1)]);
    let place = port.strip_prefix("/dev").unwrap().to_str().unwrap();
    assert!(line.contains(place), "{line}");
    screen.wait_for_line(&["✓ 1 ready", "0 need you"]);
    screen.press("i");
    screen.wait_for_line(&["Choose a board first"]);
    screen.press(DOWN);
    screen.press("i");
    screen.wait_for_line(&["recorded", "shows itself for 10 s"]);
    let log = fs::read_to_string(state(&bench, 1).with_extension("log")).unwrap();
    assert!(log.contains(&format!("THIS IS {}", name(1))), "{log}");
    screen.press("s");
    screen.wait_for_line(&["skipped", &name(1), "left alone"]);
    screen.press("r");
    screen.wait_for_line(&["✓ recorded", &name(1), "was recorded before"]);
    assert!(screen.is_full());
    screen.press("q");
    let (code, text) = screen.end();
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("1 board in the batch, 1 of them new; 0 not taken"),
        "{text}"
    );
    assert!(
        text.contains("The same command again goes on where this stopped."),
        "{text}"
    );
}

#[test]
fn a_board_that_is_refused_stands_on_top_with_what_to_do() {
    let bench = Bench::new();
    let good = Board::on_cable(&bench, 1);
    let bad = Fake::new(2).mac([0xFF; 6]).on_cable();
    let (port, other) = (good.port.clone().unwrap(), bad.port.clone().unwrap());
    let screen = collect(&bench, &[&port, &other]);
    screen.wait_for_line(&["✓ recorded", &name(1)]);
    let text = screen.wait("refused", |text| text.contains("1 needs you"));
    let lines: Vec<_> = text.lines().collect();
    let at = lines.iter().position(|line| line.contains(" → ")).unwrap();
    assert!(lines[at - 1].trim_start().starts_with(['✗', '!']), "{text}");
    let first_row = lines
        .iter()
        .position(|line| line.contains("STATE"))
        .unwrap()
        + 1;
    assert!(lines[first_row].contains('✗'), "{text}");
}

#[test]
fn without_a_terminal_or_where_it_is_not_wanted_there_are_lines() {
    let bench = Bench::new();
    bench.configure_all(COLUMNS);
    let board = Board::on_cable(&bench, 1);
    let port = board.port.clone().unwrap();
    let mut command = bench.nameplate("collect");
    command.arg("--plain").arg("--serial").arg(&port);
    let screen = FullScreen::start(&mut command, 110);
    let (code, text) = screen.end();
    assert_eq!(code, Some(0), "{text}");
    let line = format!("✓ {}  {}  recorded  [{}]", name(1), mac(1), port.display());
    assert!(text.contains(&line), "{text}");
}

#[test]
fn a_second_q_ends_it_at_once_and_gives_the_terminal_back() {
    let bench = Bench::new();
    let mut screen = collect(&bench, &[]);
    screen.wait("the table", |text| text.contains("No board yet"));
    // Both at once: the second is not to come too late.
    screen.press("qq");
    let (code, text) = screen.end();
    assert!(matches!(code, Some(0 | 1)), "{text}");
    assert!(!text.contains("No board yet"), "{text}");
}

#[test]
fn a_board_on_the_network_shows_itself_when_it_calls_next() {
    let bench = Bench::new();
    let board = Board::on_network(&bench, 1);
    let mut command = bench.nameplate("collect");
    command.args(["--listen", &bench.door.to_string()]);
    let mut screen = FullScreen::start(&mut command, 110);
    screen.wait_for_line(&["✓ recorded", "tls 127.0.0.1", &name(1)]);
    screen.press(DOWN);
    screen.press("i");
    // A board that is recorded hangs up; switched on again, it calls.
    drop(board);
    let _again = Board::on_network(&bench, 1);
    let log = state(&bench, 1).with_extension("log");
    screen.wait("it shows itself", |_| {
        fs::read_to_string(&log).is_ok_and(|text| text.contains("THIS IS"))
    });
    screen.wait_for_line(&["✓ recorded", &name(1), "was recorded before"]);
    screen.press("q");
    assert_eq!(screen.end().0, Some(0));
}

#[test]
fn a_board_that_is_left_alone_shows_itself_and_is_left_alone_all_the_same() {
    let bench = Bench::new();
    let cable = Cable::new().unwrap();
    let board = Board::on(&bench, 1, &cable);
    let mut screen = collect(&bench, &[cable.host_end()]);
    screen.wait_for_line(&["✓ recorded", &name(1)]);
    screen.press(DOWN);
    screen.press("s");
    screen.wait_for_line(&["skipped", &name(1), "left alone"]);
    drop(board);
    screen.wait_for_line(&["empty; last:", &name(1)]);
    let _again = Board::on(&bench, 1, &cable);
    screen.wait_for_line(&["skipped", &name(1)]);
    let log = state(&bench, 1).with_extension("log");
    // By the second time all that followed from the first is done.
    for times in 1..=2 {
        screen.press("i");
        screen.wait("it shows itself", |_| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            said.matches("THIS IS").count() == times
        });
    }
    screen.press("q");
    let (code, text) = screen.end();
    assert_eq!(code, Some(3), "{text}");
    assert!(
        text.contains("left alone, as the operator wanted"),
        "{text}"
    );
}

#[test]
fn enough_is_said_by_a_key_and_the_rest_of_the_run_goes_on() {
    let bench = Bench::new();
    let service = Service::start(bench.home(), &[]);
    bench.configure(&Bench::service_section(&service));
    let board = Board::on_cable(&bench, 1);
    let mut command = bench.nameplate("run");
    command.arg("--serial").arg(board.port.as_ref().unwrap());
    command.args(["--serial", "/nonexistent/tty*"]);
    let mut screen = FullScreen::start(&mut command, 110);
    screen.wait_for_line(&["✓ recorded", &name(1)]);
    screen.press("e");
    screen.wait_for_line(&["Are these all?"]);
    screen.press("y");
    let (code, text) = screen.end();
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1 of 1 board done"), "{text}");
}
