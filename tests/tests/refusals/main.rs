//! Boards that may not join, each for its own reason, against the real `nameplate collect`: refused in words, and nobody
//! else is held up.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod liars;

use std::path::Path;
use std::process::Command;

use nameplate::store::Reader;
use nameplate_tests::bench::{Bench, COLUMNS, private};
use nameplate_tests::board::{Board, mac, name, state};
use nameplate_tests::fake_board::{Fake, Running, raw_frame};
use nameplate_tests::programs::{self, Ran, run};
use nameplate_tests::watched::Watched;
use nameplate_wire::{Request, request};
use serde_json::Value;

/// Every board of these tests is inside, but for the one that is not.
const RANGES: &str = "[batch]\nmac_ranges = [\"02:00:5e:00:00:00-02:00:5e:ff:ff:ff\"]\n";

fn collect(bench: &Bench, ports: &[&Path], listen: bool) -> Command {
    let mut command = bench.nameplate("collect");
    for port in ports {
        command.arg("--serial").arg(port);
    }
    if listen {
        command.args(["--listen", &bench.door.to_string()]);
    }
    command
}

fn port(board: &Board) -> &Path {
    board.port.as_deref().unwrap()
}

fn fake_port(fake: &Running) -> &Path {
    fake.port.as_deref().unwrap()
}

/// What is in the batch, apart from where it was met last.
fn boards(bench: &Bench) -> Vec<Value> {
    let mut all = bench.list();
    for board in &mut all {
        board.as_object_mut().unwrap().remove("link");
    }
    all
}

fn names(numbers: &[u16]) -> Vec<String> {
    numbers.iter().copied().map(name).collect()
}

#[test]
fn a_second_collect_with_the_same_boards_adds_nothing() {
    let bench = Bench::new();
    let cables = [Board::on_cable(&bench, 1), Board::on_cable(&bench, 2)];
    let ports = [port(&cables[0]), port(&cables[1])];
    let mut first = Watched::start(&mut collect(&bench, &ports, true));
    first.wait("the door", |events| !events.is_empty());
    let network = [Board::on_network(&bench, 3), Board::on_network(&bench, 4)];
    first.wait_collected(&names(&[1, 2, 3, 4]));
    let _ = first.interrupt().expect(0);
    let (before, head) = (
        boards(&bench),
        Reader::open(&bench.batch()).unwrap().verify_log(),
    );
    assert_eq!(before.len(), 4);
    drop(network);

    // Ports that are named, and nothing that says when to end: it ends when each has had its board.
    let ran = run(&mut collect(&bench, &ports, false))
        .expect(0)
        .says("was recorded before");
    assert!(ran.stdout.contains(" 0 of them new"), "{ran:?}");
    // The same until a time.
    let _ = run(collect(&bench, &ports, false).args(["--timeout", "2"])).expect(0);
    // The same boards elsewhere: those of the network on cables, one of the cables on the network.
    drop(cables);
    let cables = [
        Board::on_cable(&bench, 3),
        Board::on_cable(&bench, 4),
        Board::on_cable(&bench, 1),
    ];
    let ports: Vec<_> = cables.iter().map(port).collect();
    let mut again = Watched::start(&mut collect(&bench, &ports, true));
    again.wait("the door", |events| !events.is_empty());
    let _network = Board::on_network(&bench, 2);
    again.wait_collected(&names(&[1, 2, 3, 4]));
    let ran = again.interrupt().expect(0);
    let collected = ran
        .json()
        .into_iter()
        .filter(|event| event["event"] == "collected");
    assert!(
        collected.into_iter().all(|event| event["already"] == true),
        "{ran:?}"
    );

    assert_eq!(boards(&bench), before);
    let after = Reader::open(&bench.batch()).unwrap().verify_log();
    assert_eq!(after.unwrap(), head.unwrap(), "the log has grown");
}

/// Whether it is a code that can be looked up.
fn is_known(code: &Value) -> bool {
    let mut known = nameplate::codes::Code::ALL.iter();
    known.any(|known| code == known.as_str())
}

#[test]
fn each_lie_is_refused_with_its_reason_and_the_others_go_on() {
    let bench = Bench::new();
    bench.configure(RANGES);
    let before = Board::on_cable(&bench, 1);
    let during = nameplate::demo::Cable::new().unwrap();
    let odd = liars::without_a_name().map(Fake::on_cable);
    let mut ports = vec![port(&before), during.host_end()];
    ports.extend(odd.iter().map(fake_port));
    let mut collecting = Watched::start(&mut collect(&bench, &ports, true));
    collecting.wait_collected(&names(&[1]));
    let mut liars = liars::all();
    let running: Vec<_> = liars
        .drain(..)
        .map(|(fake, reason, step)| (fake.name.clone(), fake.on_network(&bench), reason, step))
        .collect();
    let arguments = [
        "--serial".to_owned(),
        during.board_end().display().to_string(),
    ];
    let _two = Board::start(&state(&bench, 2), &mac(2), &name(2), &arguments);
    let _three = Board::on_network(&bench, 3);
    let expected = running
        .iter()
        .map(|(_, _, reason, step)| (*reason, *step))
        .chain([
            (
                "the board speaks protocol 9 to 9, this host 1 to 1",
                "Update nameplate on this host.",
            ),
            ("the line echoes what is sent into it", "Check the cable"),
        ]);
    for (reason, step) in expected {
        collecting.wait(reason, |events| {
            events.iter().any(|event| {
                let has = |key: &str, text: &str| {
                    event[key].as_str().is_some_and(|said| said.contains(text))
                };
                let is_it =
                    event["event"] == "refused" && has("error", reason) && has("next_step", step);
                assert!(!is_it || is_known(&event["code"]), "{event}");
                is_it
            })
        });
    }
    collecting.wait_collected(&names(&[2, 3]));
    let ran = collecting.interrupt().expect(3);
    listed(&bench, &ran, &running, &odd);
}

/// Each liar is told of on standard error and stands in the list, failed.
fn listed(
    bench: &Bench,
    ran: &Ran,
    liars: &[(String, Running, &'static str, &'static str)],
    odd: &[Running],
) {
    let list = bench.list();
    for (name, _, reason, step) in liars {
        assert!(
            ran.stderr.contains(reason) && ran.stderr.contains(step),
            "{reason}\n{}",
            ran.stderr
        );
        let failed = list.iter().filter(|board| board["state"] == "failed");
        let mut failed = failed.filter(|board| {
            let error = board["error"].as_str().unwrap();
            // A name with invisible characters is not listed as it is.
            error.contains(reason) && (board["name"] == **name || name.contains('\u{202e}'))
        });
        assert!(failed.next().is_some(), "{name}: {reason}\n{list:#?}");
    }
    for port in odd.iter().map(fake_port) {
        let on_port = |board: &&Value| board["link"] == port.to_str().unwrap();
        let board = list.iter().find(on_port).unwrap();
        assert_eq!(board["state"], "failed", "{board}");
    }
    let collected = list.iter().filter(|board| board["state"] == "collected");
    let mut collected: Vec<_> = collected
        .map(|board| board["name"].as_str().unwrap())
        .collect();
    collected.sort_unstable();
    assert_eq!(collected, names(&[1, 2, 3]), "{list:#?}");
}

#[test]
fn one_key_on_two_boards_stops_the_line_and_what_is_plugged_in_goes_on() {
    let bench = Bench::new();
    let twins = [Fake::new(11).seed(Some(7)), Fake::new(12).seed(Some(7))].map(Fake::on_cable);
    let good = [Board::on_cable(&bench, 1), Board::on_cable(&bench, 2)];
    let mut ports: Vec<_> = twins.iter().map(fake_port).collect();
    ports.extend(good.iter().map(port));
    // A port without a board does not keep it from ending.
    let empty = nameplate::demo::Cable::new().unwrap();
    ports.push(empty.host_end());
    // Nothing says when it ends but the line's stop.
    let ran = run(&mut collect(&bench, &ports, true))
        .expect(3)
        .says("LINE STOPPED: two boards have one key");
    let ran = ran
        .says("board-0011")
        .says("board-0012")
        .says("has the same key as board");
    let list = bench.list();
    let of_state = |state: &str| list.iter().filter(|board| board["state"] == state).count();
    assert_eq!(
        (of_state("collected"), of_state("failed")),
        (3, 1),
        "{list:#?}\n{ran:?}"
    );
}

#[test]
fn what_an_earlier_batch_has_is_refused_in_the_next() {
    let bench = Bench::new();
    let earlier = [Fake::new(21), Fake::new(22)].map(Fake::on_cable);
    let ports: Vec<_> = earlier.iter().map(fake_port).collect();
    let _ = run(&mut collect(&bench, &ports, false)).expect(0);
    drop(earlier);
    let next = bench.home().join("next");
    std::fs::create_dir(&next).unwrap();
    private(&next.join("bench.toml"), COLUMNS);
    let in_next = |ports: &[&Path]| {
        let mut command = programs::nameplate(bench.home());
        command.arg("collect").arg("--batch").arg(&next);
        for port in ports {
            command.arg("--serial").arg(port);
        }
        command
    };
    let same_mac = Fake::new(21).name("other").seed(Some(99)).on_cable();
    let good = Board::on_cable(&bench, 1);
    let ran = run(&mut in_next(&[fake_port(&same_mac), port(&good)])).expect(3);
    let _ = ran
        .says("MAC 02:00:5e:00:00:15 of board \"other\" is already in batch \"batch\", on board \"board-0021\"")
        .says("1 of them new; 1 not taken");
    let same_key = Fake::new(23).seed(Some(22)).on_cable();
    let _ = run(&mut in_next(&[fake_port(&same_key)]))
        .expect(3)
        .says("LINE STOPPED")
        .says("board \"board-0023\" (MAC 02:00:5e:00:00:17) has the same key as board \"board-0022\" (MAC 02:00:5e:00:00:16) in batch \"batch\"");
}

#[test]
fn a_board_that_pins_another_key_does_not_join() {
    let (bench, other) = (Bench::new(), Bench::new());
    let mut collecting = Watched::start(&mut collect(&bench, &[], true));
    collecting.wait("the door", |events| !events.is_empty());
    let _good = Board::on_network(&bench, 1);
    collecting.wait_collected(&names(&[1]));
    let mut board = programs::nameplate_board();
    board.arg("--state").arg(state(&bench, 2)).args([
        "--mac",
        &mac(2),
        "--name",
        &name(2),
        "--once",
    ]);
    board
        .args(["--connect", &bench.door.to_string(), "--host-key"])
        .arg(other.certificate());
    std::fs::create_dir_all(state(&bench, 2).parent().unwrap()).unwrap();
    let _ = run(board.arg("--join-token-file").arg(bench.token())).expect(1);
    collecting.wait("the host tells of it", |events| {
        events
            .iter()
            .any(|event| event["error"] == "the board does not take this bench's key")
    });
    // Anybody could have said so: it is told, and changes nothing.
    let _ = collecting
        .interrupt()
        .expect(0)
        .says("Give the board this bench's certificate");
    assert!(
        !bench.list().iter().any(|board| board["name"] == *name(2)),
        "it said who it is"
    );
}

#[test]
fn without_its_secrets_the_door_stays_shut() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let exposed = |path: &Path| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    };
    let mend = |path: &Path| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    for file in [bench.token(), bench.batch().join("bench.key")] {
        exposed(&file);
        let _ = run(&mut collect(&bench, &[], true))
            .expect(2)
            .says("chmod 600");
        mend(&file);
    }
    for file in [
        bench.token(),
        bench.batch().join("bench.key"),
        bench.certificate(),
    ] {
        let kept = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let _ = run(&mut collect(&bench, &[], true))
            .expect(2)
            .says(file.file_name().unwrap().to_str().unwrap());
        private(&file, &kept);
    }
    private(&bench.batch().join("bench.toml"), COLUMNS);
    let _ = run(&mut collect(&bench, &[], true))
        .expect(2)
        .says("[network]");
    assert!(
        !bench.batch().join(nameplate::store::DATABASE).exists(),
        "something was started"
    );
}

#[test]
fn a_copy_of_an_answer_that_was_good_is_refused() {
    let bench = Bench::new();
    let recorded: std::sync::Mutex<Option<Vec<u8>>> = std::sync::Mutex::default();
    let replayed = Fake::new(31).lies(move |id, request, answer| {
        let Request::Csr(request::Csr { .. }) = request else {
            return;
        };
        let mut kept = recorded.lock().unwrap();
        let honest = kept.get_or_insert_with(|| answer.clone());
        // The same answer under the new id: a copy of what was once good.
        let text = String::from_utf8(honest.clone()).unwrap();
        let message = text
            .split_once(',')
            .unwrap()
            .1
            .trim_end()
            .strip_suffix(']')
            .unwrap();
        let re = message
            .split_once("\"re\":")
            .unwrap()
            .1
            .split_once(',')
            .unwrap()
            .0;
        *answer =
            raw_frame(&message.replacen(&format!("\"re\":{re},"), &format!("\"re\":{id},"), 1));
    });
    let replayed = replayed.on_cable();
    let ports = [fake_port(&replayed)];
    let _ = run(&mut collect(&bench, &ports, false)).expect(0);
    let _ = run(&mut collect(&bench, &ports, false))
        .expect(3)
        .says("its proof does not belong to this request");
}
