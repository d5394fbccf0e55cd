//! The real program on a pty: asked, disturbed, restarted, its key damaged.

#[cfg(test)]
mod common;

use std::fs;

use common::board::{MAC, NAME, Place};
use common::ca::Ca;
use common::host::{Host, code, csr_request, erase, judge, lock, piece, sha256};
use common::pty::Pty;
use nameplate_wire::{ErrorNumber, limits};

#[test]
fn a_board_is_collected_and_keeps_its_key_over_a_restart() {
    let place = Place::new();
    let (mut board, mut host) = place.start_on_pty();
    let hello = host.hello();
    assert_eq!((hello.mac.to_string(), &*hello.name), (MAC.into(), NAME));
    assert_eq!((hello.key, hello.token), (false, None));
    assert!(hello.firmware.starts_with("nameplate-board "));
    let (_, first) = host.collect();
    host.identify();
    board.kill();
    assert!(board.log().contains("the host has recorded this board"));
    assert!(board.log().contains(&format!("THIS IS {NAME}")));

    let (_board, mut host) = place.start_on_pty();
    let (hello, second) = host.collect();
    assert!(hello.key);
    assert_eq!(first, second);
    assert_eq!(place.names(), ["key", "lock"]);
    assert_eq!(place.output(), b"");
}

#[test]
fn a_board_takes_its_certificate_proves_its_key_and_is_locked() {
    let place = Place::new();
    let (mut board, mut host) = place.start_on_pty();
    let (_, judged) = host.collect();
    assert_eq!(
        code(&host.ask(&lock())),
        ErrorNumber::NoCertificate.number()
    );
    let ca = Ca::new();
    let chain = ca.chain_of(&judged.csr, limits::CHAIN);
    // Another board's first: it is refused, and changes nothing.
    let other = Place::new();
    let (_other_board, mut other_host) = other.start_on_pty();
    let others = ca.chain(&other_host.csr().csr);
    host.ask(&piece(&others, 0, 1000));
    let refused = host.ask(&piece(&others, 1000, others.len()));
    assert_eq!(code(&refused), ErrorNumber::OtherKey.number());
    assert_eq!(host.hello().chain, None);
    assert!(host.deliver(&chain, &judged.key));
    for asked in [&csr_request(), &erase(), &piece(&chain, 0, 1)] {
        assert_eq!(code(&host.ask(asked)), ErrorNumber::Locked.number());
    }
    board.kill();
    let (_board, mut host) = place.start_on_pty();
    let hello = host.hello();
    assert_eq!((hello.chain, hello.locked), (Some(sha256(&chain)), true));
    assert_eq!(place.names(), ["chain", "key", "lock", "locked"]);
    let kept = fs::read(place.state().join("chain")).unwrap();
    assert!(kept.ends_with(&chain));
}

#[test]
fn noise_and_half_frames_lose_no_good_frame() {
    let place = Place::new();
    let (_board, mut host) = place.start_on_pty();
    let mut room = [0; limits::FRAME];
    let good = csr_request().write(7, &mut room).unwrap().to_vec();
    let expected = {
        host.send(&good);
        host.frame()
    };
    judge(&expected);
    for noise in [
        &b"boot 1.0\r\nlogin: "[..],
        b"\x00\xff\x11\x13\x03\x04\x1a",
        b"\n\n\n",
    ] {
        host.send(noise);
        host.send(&good);
        assert_eq!(host.frame(), expected, "{noise:?}");
    }
    // Half a frame and a damaged one are answered by an error each, and then the good one by itself.
    host.send(&good[..good.len() / 2]);
    host.send(&good);
    assert_eq!(host.error(), ErrorNumber::DamagedFrame.number());
    assert_eq!(host.frame(), expected);
    let mut damaged = good.clone();
    damaged[40] ^= 1;
    host.send(&damaged);
    assert_eq!(host.error(), ErrorNumber::DamagedFrame.number());
    let mut endless = vec![b'x'; 3 * limits::FRAME];
    endless[0] = 0x1E;
    host.send(&endless);
    assert_eq!(host.error(), ErrorNumber::FrameTooLong.number());
    host.send(&good);
    assert_eq!(host.frame(), expected);
}

#[test]
fn half_a_frame_is_forgotten_when_the_line_falls_silent() {
    let place = Place::new();
    let pty = Pty::new();
    let board = place.start(&["--serial", pty.path(), "--log", "debug"]);
    let mut host = Host::new(pty);
    host.hello();
    host.send(b"\x1e[\"0000");
    board.wait_for("gave up half a frame");
    // No error about it comes before this answer.
    host.hello();
}

#[test]
fn a_damaged_key_is_reported_and_not_replaced() {
    let place = Place::new();
    let (mut board, mut host) = place.start_on_pty();
    let first = host.csr();
    board.kill();

    let file = place.state().join("key");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let (mut board, mut host) = place.start_on_pty();
    assert_eq!(host.csr_error(), ErrorNumber::StoreRead.number());
    assert_eq!(host.csr_error(), ErrorNumber::StoreRead.number());
    assert_eq!(fs::read(&file).unwrap(), whole[..whole.len() / 2]);
    let log = board.log();
    assert!(log.contains(file.to_str().unwrap()), "{log}");
    assert!(log.contains("put a good copy back"), "{log}");
    board.kill();

    fs::write(&file, &whole).unwrap();
    let (board, mut host) = place.start_on_pty();
    assert_eq!(host.csr(), first);
    let digits = String::from_utf8(whole[16..80].to_vec()).unwrap();
    assert!(!board.log().contains(&digits));
}

#[test]
fn two_processes_on_one_state_are_refused() {
    let place = Place::new();
    let (_board, mut host) = place.start_on_pty();
    host.hello();
    let (mut other, _line) = place.start_on_pty();
    assert_eq!(other.end().code(), Some(1));
    let log = other.log();
    assert!(log.contains("another nameplate-board is using it"), "{log}");
    assert!(log.contains("next: "), "{log}");
    host.hello();
}

#[test]
fn once_ends_when_the_port_goes_away() {
    let place = Place::new();
    let pty = Pty::new();
    let mut board = place.start(&["--serial", pty.path(), "--once"]);
    let mut host = Host::new(pty);
    host.collect();
    drop(host);
    assert_eq!(board.end().code(), Some(0), "{}", board.log());

    let pty = Pty::new();
    let mut board = place.start(&["--serial", pty.path(), "--once"]);
    let mut host = Host::new(pty);
    host.hello();
    drop(host);
    assert_eq!(board.end().code(), Some(1), "{}", board.log());
}

#[test]
fn a_port_that_comes_back_is_answered_again() {
    let place = Place::new();
    // What the board opens is a name that leads to one pty and then to another, as a USB port's does.
    let port = place.file("port");
    let lead_to = |pty: &Pty| {
        let _ = fs::remove_file(&port);
        std::os::unix::fs::symlink(pty.path(), &port).unwrap();
    };
    let pty = Pty::new();
    lead_to(&pty);
    let _board = place.start(&["--serial", port.to_str().unwrap()]);
    let mut host = Host::new(pty);
    let first = host.csr();
    let next = Pty::new();
    lead_to(&next);
    drop(host);
    assert_eq!(Host::new(next).csr(), first);
}

#[test]
fn what_is_wrong_is_said_with_the_next_step() {
    let place = Place::new();
    let mut board = place.start(&["--serial", "/dev/none-such"]);
    assert_eq!(board.end().code(), Some(1));
    assert!(board.log().contains("/dev/none-such"), "{}", board.log());
    assert!(board.log().contains("next: "), "{}", board.log());
    let mut board = place.start(&[]);
    assert_eq!(board.end().code(), Some(2));
}
