use std::sync::Arc;

use nameplate_wire::Mac;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::keys::{Wish, press};
use super::looks::Looks;
use super::view::View;
use super::{Panel, draw};
use crate::bench::{Event, Observer};
use crate::panel::Goal;

fn mac(number: u8) -> Mac {
    Mac([2, 0, 0, 0, 0, number])
}

/// A bench with a place of each kind.
fn panel() -> Panel {
    let panel = Panel::new("line-3", Arc::default());
    panel.phase(Goal::Collect, "collecting");
    panel.progress(0, Some(4));
    for (number, slot) in ["A1", "A2", "A10", "A3"].into_iter().enumerate() {
        let link = format!("/dev/ttyACM{number}");
        panel.event(&Event::Port { link: &link, slot });
    }
    panel.event(&Event::Collected {
        link: "/dev/ttyACM0",
        mac: mac(1),
        name: "sensor-1",
        already: false,
        bytes: 1,
        boards: 1,
    });
    panel.event(&Event::Seen {
        link: "/dev/ttyACM1",
        mac: mac(2),
        name: "sensor-2",
    });
    panel.event(&Event::Refused {
        link: "/dev/ttyACM2",
        who: Some((mac(3), "sensor-3")),
        reason: "its proof is wrong",
        code: "proof-wrong",
        next_step: "Set it aside.",
    });
    panel
}

fn screen(view: &mut View, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal
        .draw(|frame| draw::draw(frame, view, Looks::plain()))
        .unwrap();
    let buffer = terminal.backend().buffer().clone();
    let row = |y| {
        (0..width)
            .map(|x| buffer[(x, y)].symbol())
            .collect::<String>()
    };
    (0..height).map(|y| row(y).trim_end().to_owned()).collect()
}

fn type_text(view: &mut View, panel: &Panel, text: &str) {
    for char in text.chars() {
        let key = KeyEvent::new(KeyCode::Char(char), KeyModifiers::NONE);
        assert_eq!(press(view, panel, key), Wish::GoOn);
    }
}

#[test]
fn who_needs_somebody_stands_on_top_and_places_in_the_order_of_people() {
    let mut view = View::default();
    assert!(view.take(&panel()));
    let lines = screen(&mut view, 110, 24);
    assert!(lines[0].starts_with(" line-3  collecting"), "{lines:#?}");
    assert!(lines[1].contains("✓ 1 ready") && lines[1].contains("✗ 1 needs you"));
    assert!(lines[2].contains("1 of 4"));
    assert_eq!(
        lines[3],
        " ✗ A10  sensor-3 02:00:00:00:00:03: its proof is wrong"
    );
    assert_eq!(lines[4], "   → Set it aside.  [proof-wrong]");
    let states: Vec<_> = lines[6..10]
        .iter()
        .map(|line| line.split_whitespace().collect())
        .collect::<Vec<Vec<_>>>();
    assert_eq!(states[0][..4], ["✗", "refused", "A10", "sensor-3"]);
    assert_eq!(states[1][..4], ["✓", "recorded", "A1", "sensor-1"]);
    assert_eq!(states[2][..5], ["◐", "at", "work", "A2", "sensor-2"]);
    assert_eq!(states[3][..3], ["·", "empty", "A3"]);
    assert!(lines[23].contains("choose") && lines[23].contains("stop"));
}

#[test]
fn it_is_drawn_on_a_terminal_of_any_size() {
    let panel = panel();
    for number in 0..200_u8 {
        let name = format!("網-{number}-\u{1f600}");
        panel.event(&Event::Lost {
            link: &format!("tls 10.0.0.{number}"),
            who: Some((mac(number), &name)),
            reason: &"long ".repeat(100),
            code: "board-silent",
            recorded: true,
        });
    }
    let mut view = View::default();
    view.take(&panel);
    for (width, height) in [
        (1, 1),
        (20, 5),
        (40, 10),
        (80, 24),
        (300, 100),
        (80, 2),
        (3, 80),
    ] {
        screen(&mut view, width, height);
    }
}

#[test]
fn a_board_that_is_chosen_is_asked_for_by_its_key() {
    let panel = panel();
    let mut view = View::default();
    view.take(&panel);
    screen(&mut view, 110, 24);
    type_text(&mut view, &panel, "i");
    assert!(view.said.as_deref().unwrap().starts_with("Choose a board"));
    type_text(&mut view, &panel, "jjr");
    assert_eq!(view.chosen().unwrap().place, "A1");
    assert_eq!(view.said.as_deref(), Some("sensor-1 is tried again"));
    type_text(&mut view, &panel, "kkk");
    assert_eq!(view.chosen().unwrap().place, "A10");
}

#[test]
fn what_is_searched_for_is_found_by_place_name_mac_and_state() {
    let panel = panel();
    let mut view = View::default();
    view.take(&panel);
    for (search, places) in [
        ("/a1", vec!["A10", "A1"]),
        ("/SENSOR-2", vec!["A2"]),
        ("/00:03", vec!["A10"]),
        ("/empty", vec!["A3"]),
        ("/q", vec![]),
    ] {
        type_text(&mut view, &panel, search);
        let found: Vec<_> = view
            .shown()
            .flatten()
            .map(|row| row.place.clone())
            .collect();
        assert_eq!(found, places, "{search}");
        press(
            &mut view,
            &panel,
            KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE),
        );
    }
    assert_eq!(view.shown().len(), 4);
}

#[test]
fn what_is_chosen_stays_in_sight() {
    let panel = panel();
    for number in 4..80_u8 {
        let link = format!("/dev/ttyACM{number}");
        let slot = format!("B{number}");
        panel.event(&Event::Port {
            link: &link,
            slot: &slot,
        });
    }
    let mut view = View::default();
    view.take(&panel);
    screen(&mut view, 80, 24);
    let end = KeyEvent::new(KeyCode::End, KeyModifiers::NONE);
    press(&mut view, &panel, end);
    let shown = screen(&mut view, 80, 24).join("\n");
    assert!(shown.contains(" B79") && !shown.contains(" A1 "), "{shown}");
    press(
        &mut view,
        &panel,
        KeyEvent::new(KeyCode::Home, KeyModifiers::NONE),
    );
    assert!(screen(&mut view, 80, 24).join("\n").contains(" A10 "));
}

#[test]
fn enough_is_asked_once_more_before_it_counts() {
    let panel = panel();
    let mut view = View::default();
    view.take(&panel);
    type_text(&mut view, &panel, "e");
    assert!(screen(&mut view, 110, 24)[23].contains("Are these all?"));
    type_text(&mut view, &panel, "q");
    assert!(
        !view.is_asking && view.said.is_none(),
        "q was the answer no"
    );
    type_text(&mut view, &panel, "ey");
    assert!(view.said.as_deref().unwrap().starts_with("No further"));
}

#[test]
fn control_c_and_q_end_it_but_not_while_something_is_typed() {
    let panel = panel();
    let mut view = View::default();
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    let q = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
    assert_eq!(press(&mut view, &panel, q), Wish::Quit);
    type_text(&mut view, &panel, "/q");
    assert_eq!((view.search.as_str(), view.is_typing), ("q", true));
    assert_eq!(press(&mut view, &panel, control_c), Wish::Quit);
}
