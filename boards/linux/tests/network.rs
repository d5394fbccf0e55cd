//! The real program on the network: pinned, refused, dropped, silent to all but its bench.

#[cfg(test)]
mod common;

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;

use common::board::{Board, MAC, NAME, Place};
use common::host::Host;
use common::tls::{Bench, goodbye};

const TOKEN: &str = "let-me-in-4711";
const CLIENT_HELLO: u8 = 22;
const ALERT: u8 = 21;

fn start(place: &Place, bench: &Bench, host_key: &str, more: &[&str]) -> Board {
    let host_key = place.write("host.pem", host_key);
    let token = place.write("token", &format!("{TOKEN}\n"));
    let address = bench.address();
    let mut args = vec!["--connect", &address, "--host-key", &host_key];
    args.extend(["--join-token-file", &token]);
    args.extend(more);
    place.start(&args)
}

#[test]
fn a_board_is_collected_and_shows_its_token_only_inside_the_session() {
    let place = Place::new();
    let bench = Bench::new();
    for pin in [&bench.certificate_pem, &bench.public_key_pem] {
        let mut board = start(&place, &bench, pin, &["--once", "--log", "trace"]);
        let mut host = Host::new(bench.accept());
        let (hello, _) = host.collect();
        assert_eq!((hello.mac.to_string(), &*hello.name), (MAC.into(), NAME));
        assert_eq!(hello.token.unwrap(), TOKEN);
        let link = goodbye(host.stream);
        assert_eq!(board.end().code(), Some(0), "{}", board.log());
        for secret in [TOKEN, MAC, NAME] {
            assert!(!link.has_seen(secret), "{secret} went out in the clear");
        }
        assert!(!board.log().contains(TOKEN));
    }
}

#[test]
fn the_next_host_key_is_taken_as_well() {
    let place = Place::new();
    let (bench, old) = (Bench::new(), Bench::new());
    let next = place.write("next.pem", &bench.public_key_pem);
    let more = ["--once", "--next-host-key", &next];
    let mut board = start(&place, &bench, &old.certificate_pem, &more);
    let mut host = Host::new(bench.accept());
    host.collect();
    goodbye(host.stream);
    assert_eq!(board.end().code(), Some(0), "{}", board.log());
}

#[test]
fn a_host_with_another_key_learns_nothing_and_is_named() {
    let place = Place::new();
    let (bench, other) = (Bench::new(), Bench::new());
    let mut board = start(&place, &bench, &other.certificate_pem, &["--once"]);
    let mut stream = bench.accept();
    let mut byte = [0];
    stream.read_exact(&mut byte).unwrap_err();
    assert_eq!(board.end().code(), Some(1));
    assert_eq!(stream.sock.record_types(), [CLIENT_HELLO, ALERT]);
    for secret in [TOKEN, MAC, NAME] {
        assert!(!stream.sock.has_seen(secret));
    }
    let log = board.log();
    assert!(
        log.contains("the host's key is not the pinned one"),
        "{log}"
    );
    assert!(log.contains("next: "), "{log}");
    assert_eq!(place.names(), ["lock"], "no key was made for it");
}

#[test]
fn without_once_a_refused_host_is_tried_again() {
    let place = Place::new();
    let (bench, other) = (Bench::new(), Bench::new());
    let mut board = start(&place, &bench, &other.certificate_pem, &[]);
    for _ in 0..3 {
        let mut stream = bench.accept();
        stream.read_exact(&mut [0]).unwrap_err();
    }
    board.kill();
    let log = board.log();
    assert!(
        log.contains("the host's key is not the pinned one"),
        "{log}"
    );
}

#[test]
fn a_bench_that_drops_the_board_is_dialled_again() {
    let place = Place::new();
    let bench = Bench::new();
    let mut board = start(&place, &bench, &bench.certificate_pem, &["--once"]);
    drop(bench.accept());
    let mut host = Host::new(bench.accept());
    let first = host.csr();
    drop(host);
    let mut host = Host::new(bench.accept());
    let (_, second) = host.collect();
    assert_eq!(first, second);
    // Recorded, and then the bench is killed: that is an end as well.
    drop(host);
    assert_eq!(board.end().code(), Some(0), "{}", board.log());
}

#[test]
fn noise_inside_the_session_is_answered_by_errors_and_survived() {
    let place = Place::new();
    let bench = Bench::new();
    let mut board = start(&place, &bench, &bench.certificate_pem, &["--once"]);
    let mut host = Host::new(bench.accept());
    host.send(b"GET / HTTP/1.1\r\n\r\n\x1e[\"00000000\",{}]\n");
    host.frame();
    host.collect();
    goodbye(host.stream);
    assert_eq!(board.end().code(), Some(0), "{}", board.log());
}

#[test]
fn files_that_are_wrong_start_nothing() {
    let place = Place::new();
    let bench = Bench::new();
    let mut board = start(&place, &bench, "no key", &[]);
    assert_eq!(board.end().code(), Some(2));
    assert!(board.log().contains("host.pem"), "{}", board.log());

    let open = place.write("open-token", TOKEN);
    fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).unwrap();
    let pin = place.write("pin.pem", &bench.public_key_pem);
    let address = bench.address();
    let args = ["--connect", &address, "--host-key", &pin];
    let mut board = place.start(&[&args[..], &["--join-token-file", &open]].concat());
    assert_eq!(board.end().code(), Some(2));
    assert!(board.log().contains("chmod 600"), "{}", board.log());
    assert!(!board.log().contains(TOKEN));
    assert!(!place.state().exists());
}
