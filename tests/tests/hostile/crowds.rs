//! Thousands of connections that never become sessions.

use std::net::{Ipv4Addr, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use nameplate_tests::bench::Bench;
use nameplate_tests::hostile::crowd::{self, Drip, ELSEWHERE};
use nameplate_tests::hostile::host::{Held, Host};
use nameplate_tests::processes::within;

use super::Open;

/// Boards that are collected beside the crowd.
const BOARDS: u16 = 50;

/// Threads of `collect` that are no board's: main, signals, door, ports, store, and a verifier a core, with room.
const OTHER_THREADS: usize = 24;

/// Memory of `collect` with its store and 50 boards is about 20 MiB, 30 without optimization. Nothing of a connection that
/// has not spoken is in it but some 300 bytes: 10,000 of them are 3 MiB.
const MOST_KIB: u64 = 48 * 1024;

/// What one guest may add: TLS buffers, and the part of its stack that is used.
const GUEST_KIB: u64 = 160;

/// One crowd at a time: two would be more files than a process may often open.
static TURN: Mutex<()> = Mutex::new(());

/// A crowd comes, boards are collected while it is there, it goes, and the last board comes.
#[track_caller]
fn beside<C>(come: impl FnOnce(&Open) -> C, told: (&str, &str, u64)) -> Held {
    let (link, words, count) = told;
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut open = Open::new(Bench::new(), usize::from(BOARDS) + 1, |_| {});
    let boards = open.boards(BOARDS + 1);
    let (last, first) = boards.split_last().unwrap();
    let watched = Host::watch(&open.bench);
    let crowd = come(&open);
    open.collect(first);
    let held = watched.held();
    drop(crowd);
    open.collecting
        .wait(&format!("{count} of {link} {words}"), |events| {
            events.iter().any(|event| {
                let error = event["error"].as_str().unwrap_or_default();
                event["event"] == "strangers"
                    && event["link"] == link
                    && event["connections"].as_u64() >= Some(count)
                    && error.contains(words)
            })
        });
    open.collect(std::slice::from_ref(last));
    let ended = open.end(0, usize::from(BOARDS) + 1);
    ended.names(link, "seen", words);
    let lines = ended.lines("connections that were no boards");
    assert!(lines <= 8, "{lines} lines\n{}", ended.ran.stderr);
    println!("{count} that {words}: {held:?}");
    held
}

fn ten_thousand_silent(from: Ipv4Addr) {
    let count = crowd::as_many(10_000);
    let come = |open: &Open| crowd::saying(from, open.bench.door, count, &[]);
    // Told at 1, 10, 100 …: with fewer files than 10,000, of the power below.
    let told = 10_u64.pow(count.ilog10());
    let held = beside(come, (&format!("tls {from}"), "said nothing", told));
    assert!(
        held.threads <= usize::from(BOARDS) + OTHER_THREADS,
        "{held:?}"
    );
    assert!(held.peak_kib < MOST_KIB, "{held:?}");
}

#[test]
fn ten_thousand_connections_that_say_nothing() {
    ten_thousand_silent(ELSEWHERE);
}

#[test]
fn ten_thousand_connections_that_say_nothing_from_the_boards_own_address() {
    ten_thousand_silent(Ipv4Addr::LOCALHOST);
}

#[test]
fn three_thousand_handshakes_byte_by_byte() {
    let count = crowd::as_many(3_000);
    let come = |open: &Open| {
        let words = crowd::client_hello(&open.host);
        let drip = Drip::start(
            ELSEWHERE,
            open.bench.door,
            count,
            words,
            Duration::from_millis(250),
        );
        // Each has begun before the first board comes.
        let begun = within(Duration::from_mins(1), || drip.bytes() >= count as u64);
        assert!(begun, "{} bytes", drip.bytes());
        drip
    };
    let held = beside(come, ("tls 127.0.0.66", "began a handshake", 1000));
    assert!(
        held.threads <= usize::from(BOARDS) + OTHER_THREADS,
        "{held:?}"
    );
    assert!(held.peak_kib < MOST_KIB, "{held:?}");
}

#[test]
fn two_thousand_that_speak_something_else() {
    let count = crowd::as_many(2_000);
    let words = b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
    let come = |open: &Open| crowd::saying(ELSEWHERE, open.bench.door, count, words);
    let held = beside(come, ("tls 127.0.0.66", "spoke something else", 1000));
    assert!(
        held.threads <= usize::from(BOARDS) + OTHER_THREADS,
        "{held:?}"
    );
}

/// More than may be inside: these have their threads, and give them to boards of another address at once.
#[test]
fn two_thousand_handshakes_without_an_end() {
    let count = crowd::as_many(2_000);
    let come = |open: &Open| {
        let words = crowd::client_hello(&open.host);
        let crowd: Vec<TcpStream> = crowd::saying(ELSEWHERE, open.bench.door, count, &words);
        let host = Host::watch(&open.bench);
        let is_full = within(Duration::from_mins(1), || host.threads() > 512);
        assert!(is_full, "{} threads", host.threads());
        let _ = host.held();
        crowd
    };
    let held = beside(come, ("tls 127.0.0.66", "began a handshake", 1000));
    let guests = 512 + usize::from(BOARDS);
    assert!(held.threads <= guests + OTHER_THREADS, "{held:?}");
    assert!(
        held.peak_kib < MOST_KIB + guests as u64 * GUEST_KIB,
        "{held:?}"
    );
}

/// Where all come from one address nothing tells them apart but time: whoever has a place keeps it for ten seconds.
#[test]
fn boards_behind_the_address_of_handshakes_without_an_end_get_their_places() {
    let bench = Bench::new();
    let toml = bench.batch().join("bench.toml");
    let few = std::fs::read_to_string(&toml).unwrap();
    let few = few.replacen("[network]\n", "[network]\nmost_connections = 16\n", 1);
    std::fs::write(&toml, few).unwrap();
    let open = Open::new(bench, 10, |_| {});
    let words = crowd::client_hello(&open.host);
    let crowd = crowd::saying(Ipv4Addr::LOCALHOST, open.bench.door, 50, &words);
    open.collect(&open.boards(10));
    let ended = open.end(0, 10);
    ended.names("tls 127.0.0.1", "seen", "began a handshake");
    drop(crowd);
}
