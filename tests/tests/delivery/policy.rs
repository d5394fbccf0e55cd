//! What the configuration asks for: the lock, and certificates that are in the way.

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{Board, collect_on_cables, name};
use nameplate_tests::issued::Authority;
use nameplate_tests::judged;
use nameplate_tests::programs::run;
use nameplate_tests::watched::Watched;

use super::{deliver, in_state, names};

#[test]
fn boards_are_locked_where_the_policy_says_so_also_those_that_were_done_before() {
    let bench = Bench::new();
    collect_on_cables(&bench, 2);
    let authority = Authority::new();
    authority.issue(&bench, &[], &[]);
    let first = Board::on_network(&bench, 1);
    let mut delivering = Watched::start(&mut deliver(&bench, &[]));
    delivering.wait_told("delivered", &names([1]));
    let _ = delivering.interrupt().expect(3);
    bench.configure("[delivery]\nlock = true\n");
    let _second = Board::on_network(&bench, 2);
    let ran = Watched::start(&mut deliver(&bench, &[])).finish().expect(0);
    let delivered = ran.json().into_iter();
    let delivered = delivered.filter(|event| event["event"] == "delivered");
    assert!(
        delivered.into_iter().all(|event| event["locked"] == true),
        "{ran:?}"
    );
    assert_eq!(in_state(&bench, "done"), names(1..=2));
    judged::each_has_its_own(&bench, &authority.root(&bench), 1..=2);
    drop(first);
}

#[test]
fn a_certificate_of_another_batch_s_is_replaced_only_when_asked() {
    let bench = Bench::new();
    collect_on_cables(&bench, 1);
    Authority::new().issue(&bench, &[], &[]);
    let board = Board::on_cable(&bench, 1);
    let port = board.port.as_deref().unwrap();
    let _ = run(&mut deliver(&bench, &[port])).expect(0);

    // The same board in a batch that knows nothing of the first, with a certificate by another authority.
    let mut other = Bench::new();
    let board_states = bench.home().join("boards");
    std::fs::rename(&board_states, other.home().join("boards")).unwrap();
    drop(board);
    other.door = bench.door;
    let board = Board::on_cable(&other, 1);
    let port = board.port.as_deref().unwrap();
    let _ = run(other.nameplate("collect").arg("--serial").arg(port)).expect(0);
    let authority = Authority::new();
    authority.issue(&other, &[], &[]);
    // The board has proved its key, and nobody waits for it any more.
    let _ = run(&mut deliver(&other, &[port]))
        .expect(3)
        .says("it has another certificate than this batch's")
        .says("--replace");
    assert_eq!(in_state(&other, "issued"), names([1]));
    let _ = run(deliver(&other, &[port]).arg("--replace"))
        .expect(0)
        .says(&format!("✓ {}", name(1)));
    judged::each_has_its_own(&other, &authority.root(&other), [1]);
}
