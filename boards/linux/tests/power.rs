//! Power cuts while a board makes its first key, and while its certificate is delivered: SIGKILL at moments that chance picks.

#[cfg(test)]
mod common;

use std::collections::HashSet;
use std::time::Duration;

use common::board::Place;
use common::ca::Ca;
use common::host::{csr_request, judge, sha256};
use nameplate_agent::Randomness as _;
use nameplate_board::SystemRandomness;
use nameplate_wire::limits;

/// Longest time from the request to the kill: a little more than what the answer takes.
const LATEST_MICROSECONDS: u32 = 1_000;

/// How many times the power is cut.
const CUTS: u32 = 40;

/// Longest time from the first piece of a chain to the kill: a little more than a delivery takes.
const LATEST_OF_DELIVERY_MICROSECONDS: u32 = 12_000;

fn moment() -> Duration {
    moment_before(LATEST_MICROSECONDS)
}

fn moment_before(latest_microseconds: u32) -> Duration {
    let mut bytes = [0; 4];
    // Without randomness there would be no key either, and the test would fail there.
    let _ = SystemRandomness.fill(&mut bytes);
    Duration::from_micros((u32::from_le_bytes(bytes) % latest_microseconds).into())
}

#[test]
fn a_board_killed_at_any_moment_has_one_key_or_none() {
    let mut request = [0; limits::FRAME];
    let request = csr_request().write(1, &mut request).unwrap();
    let (mut before, mut after) = (0, 0);
    for _ in 0..CUTS {
        let place = Place::new();
        let (mut board, mut host) = place.start_on_pty();
        host.hello();
        host.send(request);
        std::thread::sleep(moment());
        board.kill();
        let had_key = place.names().contains(&"key".into());
        *(if had_key { &mut after } else { &mut before }) += 1;

        let (mut board, mut host) = place.start_on_pty();
        assert_eq!(host.hello().key, had_key);
        let first = host.csr();
        board.kill();
        let (_board, mut host) = place.start_on_pty();
        assert_eq!(host.csr(), first);
        assert_eq!(place.names(), ["key", "lock"]);
    }
    println!("killed {before} times before there was a key, {after} times after");
}

#[test]
fn a_key_that_was_ever_answered_with_is_the_key_for_ever() {
    let mut request = [0; limits::FRAME];
    let request = csr_request().write(1, &mut request).unwrap();
    let place = Place::new();
    let mut keys = HashSet::new();
    for _ in 0..CUTS {
        let (mut board, mut host) = place.start_on_pty();
        host.hello();
        host.send(request);
        std::thread::sleep(moment());
        board.kill();
        // What it still managed to say stands in the line; with the board gone, the line ends there.
        if let Some(frame) = host.try_frame() {
            keys.insert(judge(&frame).key);
        }
    }
    let (_board, mut host) = place.start_on_pty();
    keys.insert(host.csr().key);
    assert_eq!(keys.len(), 1);
}

#[test]
fn a_board_killed_while_its_certificate_is_delivered_has_the_old_one_or_the_new() {
    let ca = Ca::new();
    let (mut without, mut with_chain, mut locked) = (0, 0, 0);
    for _ in 0..CUTS {
        let place = Place::new();
        let (mut board, mut host) = place.start_on_pty();
        let (_, judged) = host.collect();
        let chain = ca.chain_of(&judged.csr, limits::CHAIN);
        let wait = moment_before(LATEST_OF_DELIVERY_MICROSECONDS);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(wait);
                board.kill();
            });
            host.deliver(&chain, &judged.key);
        });
        let (mut board, mut host) = place.start_on_pty();
        let hello = host.hello();
        assert!(hello.key);
        assert!(hello.chain.is_none() || hello.chain == Some(sha256(&chain)));
        assert!(!hello.locked || hello.chain.is_some());
        match (&hello.chain, hello.locked) {
            (None, _) => without += 1,
            (Some(_), false) => with_chain += 1,
            (Some(_), true) => locked += 1,
        }
        if !hello.locked {
            assert_eq!(host.csr(), judged);
            assert!(host.deliver(&chain, &judged.key));
        }
        board.kill();
        let (_board, mut host) = place.start_on_pty();
        let hello = host.hello();
        assert_eq!((hello.chain, hello.locked), (Some(sha256(&chain)), true));
        assert_eq!(place.names(), ["chain", "key", "lock", "locked"]);
    }
    println!("found {without} without a chain, {with_chain} with it, {locked} locked");
}
