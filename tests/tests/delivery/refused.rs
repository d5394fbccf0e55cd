//! Each board that is not given a certificate is told of in words, and the others go on.

use nameplate_tests::bench::{Bench, COLUMNS, private};
use nameplate_tests::board::{Board, collect_on_cables, name};
use nameplate_tests::fake_board::{Fake, Running};
use nameplate_tests::issued::Authority;
use nameplate_tests::judged;
use nameplate_tests::programs::{self, run};
use nameplate_tests::watched::Watched;
use serde_json::Value;

use super::liars::{Liar, own, strangers};
use super::{deliver, in_state, names};

/// Collects honest boards with these numbers into a batch.
fn collect(command: &mut std::process::Command, numbers: impl IntoIterator<Item = u16>) {
    let boards: Vec<_> = numbers
        .into_iter()
        .map(|number| Fake::new(number).on_cable())
        .collect();
    for board in &boards {
        command.arg("--serial").arg(board.port.as_ref().unwrap());
    }
    let _ = run(command).expect(0);
}

fn is_refused(event: &Value, name: &str, reason: &str, step: &str) -> bool {
    let has = |key: &str, text: &str| event[key].as_str().is_some_and(|said| said.contains(text));
    event["event"] == "refused"
        && event["name"] == name
        && has("error", reason)
        && has("next_step", step)
}

/// Waits until each is refused with its words.
fn each_is_refused(delivering: &mut Watched, bench: &Bench, liars: Vec<Liar>) -> Vec<Running> {
    let mut running = Vec::new();
    for (fake, reason, step) in liars {
        let name = fake.name.clone();
        running.push(fake.on_network(bench));
        delivering.wait(&format!("{name}: {reason}"), |events| {
            events
                .iter()
                .any(|event| is_refused(event, &name, reason, step))
        });
    }
    running
}

#[test]
fn each_board_that_gets_none_is_told_of_in_words_and_the_others_go_on() {
    let bench = Bench::new();
    collect_on_cables(&bench, 2);
    collect(&mut bench.nameplate("collect"), 10..=14);
    collect(&mut bench.nameplate("collect"), 20..=34);
    let next = bench.home().join("next");
    std::fs::create_dir(&next).unwrap();
    private(&next.join("bench.toml"), COLUMNS);
    let mut in_next = programs::nameplate(bench.home());
    collect(in_next.arg("collect").arg("--batch").arg(&next), [91]);
    let authority = Authority::new();
    authority.issue(&bench, &[&name(11)], &[&name(12)]);

    let mut delivering = Watched::start(&mut deliver(&bench, &[]));
    delivering.wait("the door", |events| !events.is_empty());
    let _strangers = each_is_refused(&mut delivering, &bench, strangers());
    let _first = Board::on_network(&bench, 1);
    delivering.wait_told("delivered", &names([1]));
    let _own = each_is_refused(&mut delivering, &bench, own());
    // All have come but those that only claimed to be 10, 13 and 14, so it is not over.
    let _honest = [10, 13, 14].map(|number| Fake::new(number).keyed().on_network(&bench));
    delivering.wait_told("delivered", &names([10, 13, 14]));
    let _second = Board::on_network(&bench, 2);
    // Everybody who has a certificate is done, or has proved who it is and can't be: it ends by itself.
    let ran = delivering.finish().expect(3);
    let left = ran.json().into_iter();
    let left: Vec<_> = left.filter(|event| event["event"] == "board").collect();
    assert_eq!(left.len(), 2 + own().len(), "{left:#?}");
    for (number, reason) in [(11, "no such name"), (12, "has not come yet"), (23, "501")] {
        let listed = left.iter().find(|event| event["name"] == name(number));
        let error = listed.unwrap()["error"].as_str().unwrap();
        assert!(error.contains(reason), "{error}");
    }
    assert_eq!(in_state(&bench, "done"), names([1, 2, 10, 13, 14]));
    // It was read back, and did not prove its key after that.
    assert_eq!(in_state(&bench, "installed"), names([34]));
    judged::each_has_its_own(&bench, &authority.root(&bench), 1..=2);
}

#[test]
fn a_board_that_can_t_be_locked_is_told_of_and_keeps_its_certificate() {
    use nameplate_tests::fake_board::{error_frame, reply_frame};
    use nameplate_wire::{ErrorNumber, Reply, Request, reply};
    let bench = Bench::new();
    bench.configure("[delivery]\nlock = true\n");
    collect(&mut bench.nameplate("collect"), 1..=3);
    Authority::new().issue(&bench, &[], &[]);
    let cannot = Fake::new(1).keyed().lies(|id, request, answer| {
        if let Request::Lock(_) = request {
            *answer = error_frame(id, ErrorNumber::NotSupported);
        }
    });
    let forgets = Fake::new(2).keyed().lies(|id, request, answer| {
        if let Request::Lock(_) = request {
            *answer = reply_frame(id, &Reply::Lock(reply::Done {}));
        }
        if let Request::Hello(_) = request {
            *answer = nameplate_tests::fake_board::changed_hello(id, answer, |hello| {
                hello.locked = false;
            });
        }
    });
    let boards = [cannot, forgets, Fake::new(3).keyed()].map(Fake::on_cable);
    let ports = boards
        .each_ref()
        .map(|board| board.port.as_deref().unwrap());
    let _ = run(&mut deliver(&bench, &ports))
        .expect(3)
        .says("its firmware can't be locked (error 501)")
        .says("it said that it is locked, and shows that it is not")
        .says("board-0003  02:00:5e:00:00:03  done, locked");
    assert_eq!(in_state(&bench, "installed"), names(1..=2));
}
