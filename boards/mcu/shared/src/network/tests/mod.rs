//! What a board does on its network, from the first packet on.

mod bench;
mod cable;
mod wire;

use std::format;
use std::vec::Vec;

use nameplate_wire::{Reply, frame};
use smoltcp::wire::Ipv4Address;

use bench::Plan;
use cable::run;

const ASKING: &str = "asking the network for an address";
const ADDRESS: &str = "the network gave an address";
const OPENED: &str = "the bench has proved its key";
const ENDED: &str = "the bench ended the session";

fn gaps(times: &[u64]) -> Vec<u64> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn a_board_comes_back_to_a_bench_that_asks() {
    let (cable, log) = run(30, "token sesame\n", |_| ());
    assert_eq!(log[..5], [ASKING, ADDRESS, OPENED, ENDED, OPENED]);
    let gaps = gaps(&cable.far.connected);
    assert!(gaps.len() > 4, "{gaps:?}");
    assert!(
        gaps.iter().all(|gap| (2500..5500).contains(gap)),
        "{gaps:?}"
    );
    for answer in &cable.far.heard {
        match Reply::read(frame::open(answer).unwrap()).unwrap() {
            (7, Reply::Hello(hello)) => {
                assert_eq!(
                    (&*hello.name, hello.token.as_deref()),
                    ("board-7", Some("sesame"))
                );
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(cable.far.failures.is_empty());
}

#[test]
fn lost_frames_are_sent_again() {
    for lost in [3, 5, 7] {
        let (cable, _) = run(300, "", |cable| cable.lost = lost);
        assert!(
            cable.far.heard.len() > 5,
            "{lost}: {}",
            cable.far.heard.len()
        );
        assert!(cable.far.failures.is_empty());
    }
}

#[test]
fn another_host_is_refused_and_hears_why() {
    let (_, other) = bench::config();
    let (cable, log) = run(300, &format!("pin {other}\n"), |_| ());
    assert_eq!(
        log[2],
        "no session with the bench: the host's key is not the pinned one"
    );
    assert!(cable.far.heard.is_empty());
    let reason = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateUnknown);
    assert_eq!(cable.far.failures.len(), cable.far.connected.len());
    assert!(cable.far.failures.iter().all(|failure| *failure == reason));
    let gaps = gaps(&cable.far.connected);
    for (gap, full) in gaps
        .iter()
        .zip([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000])
    {
        assert!((full / 2..full + 300).contains(gap), "{gaps:?}");
    }
    assert!(gaps.len() > 10, "{gaps:?}");
}

#[test]
fn a_silent_bench_holds_no_board() {
    let (cable, log) = run(200, "", |cable| cable.far.plan = Plan::Mute);
    assert_eq!(log[2], "no session with the bench: the link failed");
    let gaps = gaps(&cable.far.connected);
    assert!((60_000..66_000).contains(&gaps[0]), "{gaps:?}");

    let (cable, log) = run(400, "", |cable| cable.far.plan = Plan::Silent);
    assert_eq!(log[2..4], [OPENED, "the session broke: the link failed"]);
    let gaps = self::gaps(&cable.far.connected);
    assert!((120_000..126_000).contains(&gaps[0]), "{gaps:?}");
}

#[test]
fn half_a_question_is_forgotten_with_its_session() {
    let (cable, log) = run(20, "", |cable| {
        cable.far.plan = Plan::Half;
        cable.script.push((2000, |far| far.plan = Plan::Ask));
    });
    assert_eq!(log[2..4], [OPENED, ENDED]);
    assert!(cable.far.connected.len() > 2);
    let whole = |answer: &Vec<u8>| {
        matches!(
            Reply::read(frame::open(answer).unwrap()),
            Ok((7, Reply::Hello(_)))
        )
    };
    assert!(cable.far.heard.len() > 1 && cable.far.heard.iter().all(whole));
}

#[test]
fn an_address_is_renewed_and_its_loss_ends_the_session() {
    let (cable, log) = run(900, "", |cable| {
        cable.far.plan = Plan::Silent;
        cable.far.lease = Some(100);
        // Renewed until here.
        cable.script.push((310_000, |far| far.lease = None));
        cable.script.push((600_000, |far| far.lease = Some(100)));
    });
    let asked = log.iter().filter(|line| *line == ASKING).count();
    assert_eq!(asked, 2, "{log:#?}");
    let lost = log.iter().rposition(|line| line == ASKING).unwrap();
    assert_eq!(log[lost - 1], "the session broke: the link failed");
    assert_eq!(log[lost + 1..lost + 3], [ADDRESS, OPENED]);
    let connected = &cable.far.connected;
    assert!(
        connected.iter().all(|at| !(411_000..600_000).contains(at)),
        "{connected:?}"
    );
}

#[test]
fn a_router_that_is_no_station_is_not_asked_the_way() {
    let alone = Ipv4Address::BROADCAST;
    for router in [
        Ipv4Address::UNSPECIFIED,
        Ipv4Address::new(224, 0, 0, 1),
        Ipv4Address::BROADCAST,
    ] {
        let (cable, log) = run(300, "", |cable| {
            cable.far.way = (alone, router);
            cable.far.lease = Some(60);
            // Then as it should be.
            let right = |far: &mut bench::Bench| far.way = bench::WAY;
            cable.script.push((100_000, right));
        });
        assert_eq!(
            log[..3],
            [ASKING, ADDRESS, "nobody answers at the bench's address"]
        );
        let connected = &cable.far.connected;
        assert!(connected.iter().all(|at| *at >= 100_000), "{connected:?}");
        assert!(log.iter().any(|line| line == OPENED), "{log:#?}");
    }
}

#[test]
fn an_address_from_nobody_is_not_taken() {
    let (cable, log) = run(600, "", |cable| {
        cable.far.lease = Some(60);
        cable.from_nobody = true;
    });
    assert_eq!(log, [ASKING]);
    assert!(cable.far.connected.is_empty());
}

#[test]
fn no_network_costs_next_to_nothing() {
    let (cable, log) = run(3600, "", |cable| cable.far.lease = None);
    assert_eq!(log, [ASKING]);
    assert!(
        gaps(&cable.sent).iter().all(|gap| *gap >= 4000),
        "{:?}",
        cable.sent
    );
}

fn is_silent(more: &str, why: &str) {
    let (cable, log) = run(60, more, |_| ());
    assert_eq!(log, [format!("this board can't go on: {why}")]);
    assert!(cable.sent.is_empty());
}

#[test]
fn a_board_whose_pin_is_no_key_says_so_and_is_silent() {
    let pin = format!("pin 04{}\n", "5a".repeat(64));
    is_silent(&pin, "a pin of the provisioning page is no P-256 key");
}

#[cfg(feature = "test-faults")]
#[test]
fn a_board_whose_generator_is_stuck_says_so_and_is_silent() {
    is_silent("test stuck\n", "the random number generator is stuck");
}

#[cfg(feature = "test-faults")]
#[test]
fn what_a_test_asks_is_on_the_log() {
    let (_, log) = run(3, "test measure\n", |_| ());
    assert_eq!(
        log[2..],
        ["handshake 00000000", OPENED, "measured 00000000", ENDED]
    );
    let (_, log) = run(1, "test randomness\n", |_| ());
    assert!(
        log[0].starts_with("randomness ") && log[0].len() == 11 + 256,
        "{}",
        log[0]
    );
}
