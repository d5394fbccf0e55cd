//! Half of the boards unplugged, plugged in elsewhere, with the host restarted in between.

use nameplate::demo::Cable;
use nameplate_tests::bench::Bench;
use nameplate_tests::board::{Board, collect_on_cables, mac, name};
use nameplate_tests::issued::Authority;
use nameplate_tests::judged;
use nameplate_tests::programs::run;
use nameplate_tests::watched::Watched;

use super::{deliver, in_state, names};

#[test]
fn boards_that_come_back_elsewhere_to_a_host_that_was_restarted_are_all_done() {
    let bench = Bench::new();
    collect_on_cables(&bench, 8);
    let authority = Authority::new();
    authority.issue(&bench, &[], &[]);
    let cables = [Cable::new().unwrap(), Cable::new().unwrap()];
    let ports = cables.each_ref().map(Cable::host_end);

    // Two boards on cables, two on the network; then the host is stopped.
    let half = [
        Board::on(&bench, 1, &cables[0]),
        Board::on(&bench, 2, &cables[1]),
        Board::on_network(&bench, 3),
        Board::on_network(&bench, 4),
    ];
    let mut first = Watched::start(&mut deliver(&bench, &ports));
    first.wait_told("delivered", &names(1..=4));
    let _ = first
        .interrupt()
        .expect(3)
        .says("\"error\":\"it did not come\"");
    assert_eq!(in_state(&bench, "done"), names(1..=4));
    assert_eq!(in_state(&bench, "issued"), names(5..=8));
    drop(half);

    // The others come on ports that had other boards, one after the other on the same cable; one that is done comes again.
    let mut second = Watched::start(&mut deliver(&bench, &ports));
    let done_before = Board::on(&bench, 3, &cables[0]);
    second.wait_told("delivered", &names([3]));
    drop(done_before);
    let five = Board::on(&bench, 5, &cables[0]);
    second.wait_told("delivered", &names([5]));
    drop(five);
    let _others = [
        Board::on(&bench, 6, &cables[0]),
        Board::on(&bench, 7, &cables[1]),
        Board::on_network(&bench, 8),
    ];
    // It ends by itself.
    let ran = second.finish().expect(0);
    let delivered: Vec<_> = ran
        .json()
        .into_iter()
        .filter(|event| event["event"] == "delivered")
        .collect();
    let of_three = delivered
        .iter()
        .find(|event| event["name"] == name(3))
        .unwrap();
    assert_eq!(
        (&of_three["already"], &of_three["had"]),
        (&true.into(), &true.into())
    );
    assert!(
        ran.stderr
            .contains(&format!("{}  {}  was done before", name(3), mac(3)))
    );
    assert!(
        ran.stderr
            .contains(&format!("✓ {}  {}  done", name(5), mac(5)))
    );
    assert_eq!(in_state(&bench, "done"), names(1..=8));
    judged::each_has_its_own(&bench, &authority.root(&bench), 1..=8);

    // Nothing is left to wait for: no board is asked, and no link needed.
    let _ = run(&mut bench.nameplate("deliver"))
        .expect(0)
        .says("8 of 8 boards done, 0 of them now");
}

#[test]
fn before_any_certificate_has_come_nobody_waits() {
    let bench = Bench::new();
    collect_on_cables(&bench, 1);
    let _ = run(&mut deliver(&bench, &[]))
        .expect(1)
        .says("no board of this batch has its certificate yet")
        .says("nameplate certificates");
}
