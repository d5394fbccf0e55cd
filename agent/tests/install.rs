//! Certificates: taken in pieces, refused for each reason by its number, shown, locked.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::cell::RefCell;

use common::ca::Ca;
use common::{
    MAC, NAME, TestAgent, ask, asked_hello, board, csr_of, csr_request, erase, error_of, install,
    key_of, lock, piece, read, sha256,
};
use nameplate_agent::double::Memory;
use nameplate_wire::{Bytes, ErrorNumber, Fixed, Reply, Request, limits, proof, reply, request};
use p256::ecdsa::Signature;
use p256::ecdsa::signature::Verifier;
use proptest::prelude::*;
use rcgen::date_time_ymd;

/// The board's certificate request; makes its key.
fn csr(agent: &mut TestAgent<'_>) -> Vec<u8> {
    csr_of(&ask(agent, &csr_request(1, NAME))).0
}

fn have(agent: &mut TestAgent<'_>, request: &Request<'_>) -> (usize, bool) {
    match read(&ask(agent, request)) {
        Reply::Install(reply) => (reply.have.into(), reply.current),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_chain_is_installed_shown_and_kept_over_a_restart() {
    let (memory, ca) = (RefCell::default(), Ca::new());
    let mut agent = board(&memory);
    let csr = csr(&mut agent);
    let chain = ca.chain_of(&csr, limits::CHAIN);
    assert_eq!(asked_hello(&mut agent).chain, None);
    install(&mut agent, &chain, limits::INSTALL_PIECE).unwrap();
    for agent in [&mut agent, &mut board(&memory)] {
        let hello = asked_hello(agent);
        assert_eq!((hello.chain, hello.locked), (Some(sha256(&chain)), false));
        // Asked again, with any piece of it: it is there.
        assert_eq!(have(agent, &piece(&chain, 9, 100)), (chain.len(), true));
    }
    let (_, bytes) = memory.borrow().current.clone().unwrap();
    assert_eq!(bytes.as_slice(), chain);
}

#[test]
fn pieces_of_any_size_make_the_same_chain() {
    let ca = Ca::new();
    for size in [1, 7, 255, 1000, 1024] {
        let memory = RefCell::default();
        let mut agent = board(&memory);
        let chain = ca.chain(&csr(&mut agent));
        install(&mut agent, &chain, size).unwrap();
        assert_eq!(asked_hello(&mut agent).chain, Some(sha256(&chain)));
    }
}

#[test]
fn pieces_that_are_there_change_nothing_and_gaps_are_refused() {
    let (memory, ca) = (RefCell::default(), Ca::new());
    let mut agent = board(&memory);
    let chain = ca.chain(&csr(&mut agent));
    let gap = ask(&mut agent, &piece(&chain, 1, 100));
    assert_eq!(error_of(&gap), ErrorNumber::PieceGap);
    assert_eq!(have(&mut agent, &piece(&chain, 0, 0)), (0, false));
    assert_eq!(have(&mut agent, &piece(&chain, 0, 100)), (100, false));
    assert_eq!(have(&mut agent, &piece(&chain, 0, 100)), (100, false));
    assert_eq!(have(&mut agent, &piece(&chain, 20, 80)), (100, false));
    assert_eq!(have(&mut agent, &piece(&chain, 50, 150)), (150, false));
    let gap = ask(&mut agent, &piece(&chain, 151, 200));
    assert_eq!(error_of(&gap), ErrorNumber::PieceGap);
    // A restart forgets what was gathered.
    let mut restarted = board(&memory);
    let gap = ask(&mut restarted, &piece(&chain, 150, 200));
    assert_eq!(error_of(&gap), ErrorNumber::PieceGap);
    install(&mut restarted, &chain, 333).unwrap();
    // The first agent, as if it were another session, finds it current as well.
    assert_eq!(have(&mut agent, &piece(&chain, 0, 0)), (chain.len(), true));
}

#[test]
fn another_chain_begins_anew_at_its_beginning() {
    let (memory, ca) = (RefCell::default(), Ca::new());
    let mut agent = board(&memory);
    let csr = csr(&mut agent);
    let (old, new) = (ca.chain(&csr), ca.chain(&csr));
    assert_ne!(old, new);
    install(&mut agent, &old, 1024).unwrap();
    assert_eq!(have(&mut agent, &piece(&new, 0, 100)), (100, false));
    assert_eq!(asked_hello(&mut agent).chain, Some(sha256(&old)));
    let other = ca.leaf(&csr);
    let in_between = ask(&mut agent, &piece(&other, 100, 200));
    assert_eq!(error_of(&in_between), ErrorNumber::PieceGap);
    assert_eq!(have(&mut agent, &piece(&new, 100, 200)), (200, false));
    assert_eq!(have(&mut agent, &piece(&other, 0, 50)), (50, false));
    let gone = ask(&mut agent, &piece(&new, 200, 300));
    assert_eq!(error_of(&gone), ErrorNumber::PieceGap);
    install(&mut agent, &new, 1024).unwrap();
    assert_eq!(asked_hello(&mut agent).chain, Some(sha256(&new)));
}

#[test]
fn a_wrong_chain_is_refused_by_its_number_and_the_old_one_stays() {
    let (memory, ca) = (RefCell::default(), Ca::new());
    let mut agent = board(&memory);
    let csr = csr(&mut agent);
    let good = ca.chain(&csr);
    install(&mut agent, &good, 1024).unwrap();
    let stranger = RefCell::new(Memory {
        key: Some([7; 32]),
        ..Memory::default()
    });
    let others = self::csr(&mut board(&stranger));
    let leaf = ca.leaf(&csr);
    let backwards = ca.leaf_with(&csr, |params| {
        params.not_before = date_time_ymd(2030, 1, 1);
        params.not_after = date_time_ymd(2029, 1, 1);
    });
    for (chain, number) in [
        (
            good[..good.len() - 1].to_vec(),
            ErrorNumber::ChainUnreadable,
        ),
        ([&good[..], b"\0"].concat(), ErrorNumber::ChainUnreadable),
        (
            b"-----BEGIN CERTIFICATE-----".to_vec(),
            ErrorNumber::ChainUnreadable,
        ),
        (ca.chain(&others), ErrorNumber::OtherKey),
        ([&leaf, ca.root()].concat(), ErrorNumber::ChainOrder),
        (backwards, ErrorNumber::BadValidity),
    ] {
        assert_eq!(install(&mut agent, &chain, 1024), Err(number));
        // Asked again: the same answer, though every piece is there.
        let again = ask(&mut agent, &piece(&chain, 0, 0));
        assert_eq!(error_of(&again), number);
        assert_eq!(asked_hello(&mut agent).chain, Some(sha256(&good)));
    }
}

#[test]
fn a_chain_that_is_not_the_announced_one_is_forgotten() {
    let (memory, ca) = (RefCell::default(), Ca::new());
    let mut agent = board(&memory);
    let chain = ca.chain(&csr(&mut agent));
    let announced = |offset: usize, end: usize, flip: u8| {
        let mut bytes = chain[offset..end].to_vec();
        bytes[0] ^= flip;
        let offset = offset.try_into().unwrap();
        let asked = request::Install {
            chain_sha256: sha256(&chain),
            length: chain.len().try_into().unwrap(),
            offset,
            piece: Bytes::Raw(&bytes),
        };
        ask(&mut agent, &Request::Install(asked))
    };
    let mut announced = announced;
    announced(0, 800, 1);
    let refused = announced(800, chain.len(), 0);
    assert_eq!(error_of(&refused), ErrorNumber::WrongChain);
    let again = announced(800, chain.len(), 0);
    assert_eq!(error_of(&again), ErrorNumber::PieceGap);
    install(&mut agent, &chain, 800).unwrap();
}

#[test]
fn what_can_t_be_a_piece_is_refused() {
    let memory = RefCell::default();
    let mut agent = board(&memory);
    let asked = |length: usize, offset: u16, piece| {
        Request::Install(request::Install {
            chain_sha256: Fixed([1; 32]),
            length: length.try_into().unwrap(),
            offset,
            piece,
        })
    };
    let few = Bytes::Raw(&[0; 10]);
    let no_key = ask(&mut agent, &asked(100, 0, few));
    assert_eq!(error_of(&no_key), ErrorNumber::NoKey);
    csr(&mut agent);
    for (request, number) in [
        (asked(0, 0, few), ErrorNumber::ChainLength),
        (asked(limits::CHAIN + 1, 0, few), ErrorNumber::ChainLength),
        (asked(0xFFFF, 0, few), ErrorNumber::ChainLength),
        (asked(9, 0, few), ErrorNumber::BadField),
        (asked(100, 91, few), ErrorNumber::BadField),
        (asked(100, 0xFFFF, few), ErrorNumber::BadField),
        (
            asked(4000, 0, Bytes::Raw(&[0; 1025])),
            ErrorNumber::BadField,
        ),
        (asked(100, 0, Bytes::Encoded("QQ=")), ErrorNumber::BadField),
        (asked(100, 1, few), ErrorNumber::PieceGap),
    ] {
        assert_eq!(error_of(&ask(&mut agent, &request)), number, "{request:?}");
    }
    assert!(memory.borrow().staged.is_empty());
}

#[test]
fn a_locked_board_keeps_what_it_has() {
    let (memory, ca) = (RefCell::default(), Ca::new());
    let mut agent = board(&memory);
    let wrong_name = ask(&mut agent, &lock("board-8"));
    assert_eq!(error_of(&wrong_name), ErrorNumber::WrongName);
    let too_early = ask(&mut agent, &lock(NAME));
    assert_eq!(error_of(&too_early), ErrorNumber::NoCertificate);
    let csr = csr(&mut agent);
    let chain = ca.chain(&csr);
    install(&mut agent, &chain, 1024).unwrap();
    let before = memory.borrow().clone();
    for _ in 0..2 {
        let answer = ask(&mut agent, &lock(NAME));
        assert_eq!(read(&answer), Reply::Lock(reply::Done {}));
    }
    for agent in [&mut agent, &mut board(&memory)] {
        let other = ca.chain(&csr);
        for request in [
            csr_request(1, NAME),
            erase(NAME),
            piece(&chain, 0, 100),
            piece(&other, 0, 100),
        ] {
            let answer = ask(agent, &request);
            assert_eq!(error_of(&answer), ErrorNumber::Locked, "{request:?}");
        }
        let hello = asked_hello(agent);
        assert_eq!((hello.key, hello.locked), (true, true));
        assert_eq!(hello.chain, Some(sha256(&chain)));
        let nonce = Fixed([3; 32]);
        let answer = ask(agent, &Request::Prove(request::Prove { nonce }));
        let Reply::Prove(reply) = read(&answer) else {
            panic!("no proof")
        };
        let signed = proof::possession(&nonce.0, nameplate_wire::Mac(MAC), NAME).unwrap();
        let signature = Signature::from_slice(&reply.proof.0).unwrap();
        key_of(&csr).verify(&signed, &signature).unwrap();
    }
    assert_eq!(memory.borrow().key, before.key);
    assert_eq!(memory.borrow().current, before.current);
}

#[test]
fn erase_forgets_the_chain_and_a_new_key_begins_without_one() {
    let (memory, ca) = (RefCell::default(), Ca::new());
    let mut agent = board(&memory);
    let chain = ca.chain(&csr(&mut agent));
    install(&mut agent, &chain, 1024).unwrap();
    assert_eq!(
        read(&ask(&mut agent, &erase(NAME))),
        Reply::Erase(reply::Done {})
    );
    let hello = asked_hello(&mut agent);
    assert_eq!((hello.key, hello.chain), (false, None));
    let chain = ca.chain(&csr(&mut agent));
    install(&mut agent, &chain, 1024).unwrap();
    // Somebody takes the key away: the next one does not get that key's certificate.
    memory.borrow_mut().key = None;
    csr(&mut agent);
    assert_eq!(asked_hello(&mut agent).chain, None);
}

#[test]
fn a_damaged_chain_is_none_and_can_be_installed_again() {
    let (memory, ca) = (RefCell::default(), Ca::new());
    let mut agent = board(&memory);
    let chain = ca.chain(&csr(&mut agent));
    install(&mut agent, &chain, 1024).unwrap();
    if let Some((_, bytes)) = &mut memory.borrow_mut().current {
        bytes[100] ^= 1;
    }
    assert_eq!(asked_hello(&mut agent).chain, None);
    let too_early = ask(&mut agent, &lock(NAME));
    assert_eq!(error_of(&too_early), ErrorNumber::NoCertificate);
    install(&mut agent, &chain, 1024).unwrap();
    assert_eq!(asked_hello(&mut agent).chain, Some(sha256(&chain)));
}

#[test]
fn a_store_that_fails_or_forgets_is_found_out() {
    let (memory, ca) = (RefCell::default(), Ca::new());
    let mut agent = board(&memory);
    let chain = ca.chain(&csr(&mut agent));
    memory.borrow_mut().write_fault = true;
    let refused = install(&mut agent, &chain, 1024);
    assert_eq!(refused, Err(ErrorNumber::CertificateWrite));
    memory.borrow_mut().write_fault = false;
    memory.borrow_mut().forgets = true;
    let refused = install(&mut agent, &chain, 1024);
    assert_eq!(refused, Err(ErrorNumber::CertificateWrite));
    memory.borrow_mut().forgets = false;
    install(&mut agent, &chain, 1024).unwrap();
    memory.borrow_mut().chain_read_fault = true;
    for request in [
        common::hello(),
        csr_request(1, NAME),
        lock(NAME),
        erase(NAME),
        piece(&chain, 0, 9),
    ] {
        let refused = ask(&mut agent, &request);
        assert_eq!(
            error_of(&refused),
            ErrorNumber::CertificateRead,
            "{request:?}"
        );
    }
    memory.borrow_mut().chain_read_fault = false;
    memory.borrow_mut().forgets = true;
    let refused = ask(&mut agent, &lock(NAME));
    assert_eq!(error_of(&refused), ErrorNumber::CertificateWrite);
    memory.borrow_mut().write_fault = true;
    for request in [lock(NAME), erase(NAME)] {
        let refused = ask(&mut agent, &request);
        assert_eq!(error_of(&refused), ErrorNumber::CertificateWrite);
    }
    assert!(memory.borrow().key.is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_chain_in_any_pieces_gets_an_answer(
        chain in proptest::collection::vec(any::<u8>(), 1..3000),
        pieces in proptest::collection::vec((0usize..3000, 0usize..1024), 0..20),
    ) {
        let memory = RefCell::new(Memory { key: Some([7; 32]), ..Memory::default() });
        let mut agent = board(&memory);
        for (offset, length) in pieces {
            let offset = offset.min(chain.len());
            let end = (offset + length).min(chain.len());
            let answer = ask(&mut agent, &piece(&chain, offset, end));
            prop_assert!(matches!(read(&answer), Reply::Install(_) | Reply::Error(_)));
        }
        prop_assert!(install(&mut agent, &chain, 1024).is_err());
        prop_assert_eq!(&memory.borrow().current, &None);
    }
}
