//! Lines as a keyboard scanner types them.

use std::io::Write;
use std::process::{Command, Stdio};

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{collect_on_cables, mac, name};
use nameplate_tests::programs::{Ran, finish, start};

use super::done_and_one_failed;

fn typed(command: &mut Command, text: &str) -> Ran {
    let mut child = start(command.stdin(Stdio::piped()));
    let mut input = child.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    finish(child)
}

fn label(mac: &str, name: &str) -> String {
    format!("{} {name}", mac.replace(':', "").to_uppercase())
}

#[test]
fn each_label_is_told_apart() {
    let bench = done_and_one_failed(2);
    // A batch of the same station, which has another board.
    let other = Bench::new();
    collect_on_cables(&other, 4);
    let mut scan = bench.nameplate("scan");
    scan.env("XDG_DATA_HOME", other.home().join("data"));
    let lines = [
        label(&mac(1), &name(1)),
        mac(2),
        name(1),
        name(3),
        label(&mac(1), &name(2)),
        label(&mac(2), "another name"),
        name(4),
        "nobody".to_owned(),
        String::new(),
    ];
    let text = lines.join("\r\n");
    let ran = typed(scan.arg("--json"), &text).expect(3);
    let verdicts: Vec<_> = ran
        .json()
        .into_iter()
        .filter(|event| event["event"] == "scanned")
        .map(|event| event["verdict"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "done",
        "done",
        "again",
        "not_done",
        "mixed",
        "mixed",
        "other_batch",
        "unknown",
    ];
    assert_eq!(verdicts, expected, "{ran:?}");

    let people = typed(&mut bench.nameplate("scan"), &text).expect(3);
    let _ = people
        .says("✓ board-0001  02:00:5e:00:00:01  done")
        .says("the policy allows no such name")
        .says("are not of one board")
        .says("was scanned before");
}

#[test]
fn a_box_is_whole_or_it_is_said_what_is_missing() {
    let bench = done_and_one_failed(2);
    let both = format!("{}\n{}", name(1), name(2));
    let _ = typed(&mut bench.nameplate("scan"), &both).expect(0);
    let _ = typed(bench.nameplate("scan").arg("--all"), &both)
        .expect(3)
        .says("was not scanned; it is failed");
    let _ = typed(&mut bench.nameplate("scan"), "").expect(0);
    // What is typed without end, and what would move the cursor.
    let _ = typed(&mut bench.nameplate("scan"), &"x".repeat(1_000_000)).expect(3);
    let ran = typed(&mut bench.nameplate("scan"), "\u{1b}[2J\n").expect(3);
    assert!(!ran.stdout.contains('\u{1b}'), "{ran:?}");
}
