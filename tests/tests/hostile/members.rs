//! Boards with a valid token that send without end, or in the wrong order.

use nameplate_tests::bench::Bench;
use nameplate_tests::board::name;
use nameplate_tests::fake_board::{Fake, Running, csr_frame, error_frame, reply_frame};
use nameplate_tests::hostile::host::Host;
use nameplate_wire::frame::RS;
use nameplate_wire::{ErrorNumber, Mac, Reply, Request, reply};

use super::Open;

/// More than is borne of one board.
const WITHOUT_END: usize = 3 * 1024 * 1024;

/// A board that answers `csr` with this.
fn answers(number: u16, mut with: impl FnMut(u32, Vec<u8>) -> Vec<u8> + Send + 'static) -> Fake {
    Fake::new(number).lies(move |id, request, answer| {
        if matches!(request, Request::Csr(_)) {
            *answer = with(id, std::mem::take(answer));
        }
    })
}

fn repeated(words: &[u8]) -> Vec<u8> {
    words.repeat(WITHOUT_END / words.len())
}

fn done(re: u32) -> Vec<u8> {
    reply_frame(re, &Reply::Recorded(reply::Done {}))
}

/// What is told of each, and how far it comes.
fn unfinished() -> Vec<(Fake, &'static str, &'static str, &'static str)> {
    let flood = "the board sends without end and does not answer";
    let damaged = "16 answers came damaged: the line is bad";
    let lost = |fake, words| (fake, "lost", "seen", words);
    let refused = |fake, words| (fake, "refused", "failed", words);
    vec![
        lost(answers(101, |id, _| repeated(&done(id ^ 1))), flood),
        lost(
            answers(102, |_, _| repeated(b"\x1b[2Jline after line\r\n")),
            flood,
        ),
        lost(answers(103, |_, _| repeated(b"a line without end ")), flood),
        lost(answers(104, |_, _| vec![RS; WITHOUT_END]), flood),
        // Each asks again for the same, and is answered with the same, up to a number.
        lost(
            answers(105, |_, _| b"\x1e[\"00000000\",{}]\n".to_vec()),
            damaged,
        ),
        lost(
            answers(106, |_, _| error_frame(0, ErrorNumber::DamagedFrame)),
            damaged,
        ),
        refused(
            answers(107, |id, _| done(id)),
            "something else than it was asked",
        ),
        refused(
            answers(108, |id, answer| [done(id), answer].concat()),
            "something else than it was asked",
        ),
        refused(
            answers(109, |id, _| {
                csr_frame(
                    id,
                    Mac([2, 0, 0x5E, 0, 0, 109]),
                    &name(109),
                    &[0x30; 900],
                    &[7; 64],
                )
            }),
            "its certificate request can't be read",
        ),
    ]
}

/// Odd, and no harm: what does not answer the request that is open counts for nothing.
fn odd() -> Vec<Fake> {
    let early = |number| {
        Fake::new(number).lies(|id, request, answer| {
            if matches!(request, Request::Hello(_)) {
                let unasked = [done(id + 1), done(id + 2)].concat();
                answer.splice(..0, unasked);
            }
        })
    };
    vec![
        early(110),
        answers(111, |_, answer| answer.repeat(2)),
        answers(112, |id, answer| [done(id ^ 1), answer].concat()),
        answers(113, |_, answer| {
            [repeated(b"boot\n")[..100_000].to_vec(), answer].concat()
        }),
    ]
}

#[test]
fn boards_that_send_without_end_or_in_the_wrong_order_cost_only_themselves() {
    let unfinished = unfinished();
    let expect = 51 + odd().len();
    let mut open = Open::new(Bench::new(), expect, |_| {});
    let boards = open.boards(51);
    let watched = Host::watch(&open.bench);
    let mut told = Vec::new();
    let mut running: Vec<Running> = Vec::new();
    for (fake, event, state, words) in unfinished {
        told.push((fake.name.clone(), event, state, words));
        running.push(fake.on_network(&open.bench));
    }
    running.extend(odd().into_iter().map(|fake| fake.on_network(&open.bench)));
    open.collect(&boards[..50]);
    for (name, event, _, words) in &told {
        open.collecting.wait(&format!("{name}: {words}"), |events| {
            events.iter().any(|told| {
                told["event"] == **event
                    && told["name"] == **name
                    && told["error"].as_str().unwrap().contains(words)
            })
        });
    }
    let odd: Vec<_> = (110..114).map(name).collect();
    open.collecting.wait_collected(&odd);
    let held = watched.held();
    open.collect(&boards[50..]);
    // These had a token, so that they were not taken is no stranger's business.
    let ended = open.end(3, expect);
    for (name, _, state, words) in &told {
        let mut all = ended.list.iter();
        let listed = all.find(|entry| entry["name"] == **name).unwrap();
        assert_eq!(listed["state"], **state, "{listed}");
        assert!(
            listed["error"].as_str().unwrap().contains(words),
            "{listed}"
        );
        let mut lines = ended.ran.stderr.lines();
        assert!(lines.any(|line| line.contains(&**name) && line.contains("[tls 127.0.0.1]")));
    }
    assert!(!ended.ran.stderr.contains('\u{1b}'));
    println!("boards that send without end: {held:?}");
    assert!(held.peak_kib < 64 * 1024, "{held:?}");
}
