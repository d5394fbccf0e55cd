use nameplate_wire::Mac;

use super::*;

const A: Mac = Mac([2, 0, 0, 0, 0, 1]);
const B: Mac = Mac([2, 0, 0, 0, 0, 2]);

fn panel() -> Panel {
    Panel::new("line-3", Arc::default())
}

fn port<'a>(link: &'a str, slot: &'a str) -> Event<'a> {
    Event::Port { link, slot }
}

fn seen<'a>(link: &'a str, mac: Mac, name: &'a str) -> Event<'a> {
    Event::Seen { link, mac, name }
}

fn collected<'a>(link: &'a str, mac: Mac, name: &'a str) -> Event<'a> {
    Event::Collected {
        link,
        mac,
        name,
        already: false,
        bytes: 1,
        boards: 1,
    }
}

fn only_row(panel: &Panel) -> Row {
    let mut rows = panel.changes(0).rows;
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

#[test]
fn a_slot_keeps_its_row_whatever_port_and_board_is_there() {
    let panel = panel();
    panel.event(&port("/dev/ttyACM0", "A1"));
    panel.event(&seen("/dev/ttyACM0", A, "one"));
    panel.event(&collected("/dev/ttyACM0", A, "one"));
    let first = only_row(&panel);
    assert_eq!((first.place.as_str(), first.stage), ("A1", Stage::Recorded));
    assert_eq!(first.tone, Tone::Ready);
    panel.event(&Event::Left {
        link: "/dev/ttyACM0",
    });
    let empty = only_row(&panel);
    assert_eq!((empty.stage, empty.name), (Stage::Empty, None));
    assert_eq!(empty.word, "empty; last: one, recorded");
    panel.event(&port("/dev/ttyACM7", "A1"));
    panel.event(&seen("/dev/ttyACM7", B, "two"));
    let second = only_row(&panel);
    assert_eq!(
        (second.id, second.link.as_str()),
        (first.id, "/dev/ttyACM7")
    );
    assert_eq!(second.name.as_deref(), Some("two"));
    // The word on the first port comes late.
    panel.event(&Event::Left {
        link: "/dev/ttyACM0",
    });
    assert_eq!(only_row(&panel).stage, Stage::Working);
}

#[test]
fn what_a_board_needs_stands_until_it_is_done_wherever_that_is() {
    let panel = panel();
    panel.event(&port("p", "A1"));
    panel.event(&port("q", "A2"));
    panel.event(&Event::Lost {
        link: "p",
        who: Some((A, "one")),
        reason: "it fell silent",
        code: "board-silent",
        recorded: false,
    });
    panel.event(&Event::Left { link: "p" });
    let changes = panel.changes(0);
    assert_eq!(changes.head.trouble, 1);
    let notices = changes.notices.unwrap();
    assert_eq!(
        (notices[0].place.as_str(), notices[0].refused),
        ("A1", false)
    );
    assert!(notices[0].who.starts_with("one "));
    panel.event(&collected("q", A, "one"));
    let changes = panel.changes(changes.version);
    assert_eq!(
        (changes.head.trouble, changes.notices),
        (0, Some(Vec::new()))
    );
}

#[test]
fn a_board_on_the_network_has_one_row_wherever_it_dials_in_from() {
    let panel = panel();
    panel.event(&seen("tls 10.0.0.1", A, "one"));
    panel.event(&collected("tls 10.0.0.2", A, "one"));
    assert_eq!(only_row(&panel).place, "tls 10.0.0.2");
    panel.event(&seen("tls 10.0.0.1", B, "two"));
    assert_eq!(panel.changes(0).rows.len(), 2);
}

#[test]
fn a_recorded_board_is_ready_until_certificates_are_brought() {
    let panel = panel();
    panel.event(&collected("tls 10.0.0.1", A, "one"));
    assert_eq!(only_row(&panel).tone, Tone::Ready);
    let before = panel.changes(0).version;
    panel.phase(Goal::Deliver, "bringing certificates");
    let changed = panel.changes(before).rows;
    assert_eq!(
        changed[0].tone,
        Tone::Idle,
        "a row whose tone changes is told of"
    );
}

#[test]
fn only_what_has_changed_is_given_and_what_went_is_told_of() {
    let panel = panel();
    for number in 0..u32::try_from(MOST_ROWS).unwrap() {
        let [_, _, x, y] = number.to_be_bytes();
        let name = number.to_string();
        panel.event(&collected("tls 10.0.0.1", Mac([2, 0, 0, 0, x, y]), &name));
    }
    let before = panel.changes(0);
    assert_eq!((before.rows.len(), before.gone.len()), (MOST_ROWS, 0));
    panel.event(&collected("tls 10.0.0.1", Mac([6; 6]), "one more"));
    let after = panel.changes(before.version);
    assert_eq!((after.rows.len(), after.gone.len()), (1, 1));
    assert_eq!(panel.changes(0).rows.len(), MOST_ROWS);
    assert!(!panel.wait(after.version, Duration::ZERO));
    assert!(panel.wait(before.version, Duration::ZERO));
}

#[test]
fn what_is_said_is_bounded() {
    let panel = panel();
    for number in 0..5000 {
        panel.message(&number.to_string());
        panel.event(&Event::Refused {
            link: &format!("tls {number}"),
            who: None,
            reason: "no",
            code: "proof-wrong",
            next_step: "go",
        });
    }
    let changes = panel.changes(0);
    assert_eq!(changes.messages.len(), 200);
    assert_eq!(changes.messages[199].text, "4999");
    assert_eq!(changes.notices.unwrap().len(), 1000);
}

#[test]
fn what_is_told_late_takes_nothing_back() {
    let panel = panel();
    panel.progress(0, Some(4));
    for boards in [1, 3, 2] {
        panel.event(&Event::Collected {
            link: "tls 10.0.0.1",
            mac: A,
            name: "one",
            already: false,
            bytes: 1,
            boards,
        });
    }
    assert_eq!(panel.changes(0).head.done, 3);
    // Another phase counts anew.
    panel.phase(Goal::Deliver, "bringing certificates");
    panel.progress(0, Some(4));
    assert_eq!(panel.changes(0).head.done, 0);
}

#[test]
fn a_port_that_can_be_used_after_all_has_one_row() {
    let panel = panel();
    panel.event(&Event::PortTrouble {
        link: "/dev/ttyACM0",
        slot: "A1",
        error: &std::io::Error::other("busy"),
        code: "port-busy",
    });
    let trouble = only_row(&panel);
    assert_eq!(trouble.stage, Stage::Unusable);
    assert_eq!(trouble.place, "A1");
    panel.event(&port("/dev/ttyACM0", "A1"));
    let usable = only_row(&panel);
    assert_eq!((usable.id, usable.stage), (trouble.id, Stage::Empty));
    assert_eq!(panel.changes(0).head.trouble, 0);
}
