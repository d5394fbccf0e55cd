//! The wire is frozen here. The files under `golden/v1` are NEVER edited, only added to: boards that speak these bytes
//! are in the field. To write the file of a new message, run this test once with `NAMEPLATE_NEW_GOLDEN=1`; it writes
//! files that are missing and never touches one that is there.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;

use common::{replies, requests};
use nameplate_wire::{Bytes, Reply, Request, frame, limits};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1")
}

fn golden(name: &str, now: &[u8]) -> Vec<u8> {
    let path = folder().join(format!("{name}.frame"));
    if !path.exists() && std::env::var_os("NAMEPLATE_NEW_GOLDEN").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn requests_are_written_and_read_as_ever() {
    for (name, id, request) in requests() {
        let mut out = [0; limits::FRAME];
        let frame = request.write(id, &mut out).unwrap();
        let golden = golden(name, frame);
        assert_eq!(
            String::from_utf8_lossy(frame),
            String::from_utf8_lossy(&golden),
            "{name}"
        );
        let (read_id, read) = Request::read(frame::open(&golden).unwrap()).unwrap();
        assert_eq!(read_id, id, "{name}");
        let mut again = [0; limits::FRAME];
        assert_eq!(read.write(id, &mut again).unwrap(), golden, "{name}");
    }
}

#[test]
fn replies_are_written_and_read_as_ever() {
    for (name, re, reply) in replies() {
        let mut out = [0; limits::FRAME];
        let frame = reply.write(re, &mut out).unwrap();
        let golden = golden(name, frame);
        assert_eq!(
            String::from_utf8_lossy(frame),
            String::from_utf8_lossy(&golden),
            "{name}"
        );
        let (read_re, read) = Reply::read(frame::open(&golden).unwrap()).unwrap();
        assert_eq!(read_re, re, "{name}");
        let mut again = [0; limits::FRAME];
        assert_eq!(read.write(re, &mut again).unwrap(), golden, "{name}");
    }
}

#[test]
fn every_golden_file_belongs_to_a_message() {
    let known: BTreeSet<String> = requests()
        .iter()
        .map(|(name, ..)| *name)
        .chain(replies().iter().map(|(name, ..)| *name))
        .map(|name| format!("{name}.frame"))
        .collect();
    let found: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, known);
}

#[test]
fn fields_that_are_not_known_yet_are_skipped() {
    let message = br#"{"v":1,"later":{"a":[1,{"b":"]"}]},"id":6,"kind":"hello","versions":[1,9],"x":null,"y":-1.5}"#;
    let (id, request) = Request::read(message).unwrap();
    assert_eq!((id, request.kind()), (6, "hello"));
}

#[test]
fn what_is_received_is_what_was_meant() {
    let frame = golden("reply-csr", &[]);
    let Ok((3, Reply::Csr(reply))) = Reply::read(frame::open(&frame).unwrap()) else {
        panic!("not the reply");
    };
    assert!(
        matches!(reply.csr, Bytes::Encoded(_)),
        "borrowed, not copied"
    );
    assert_eq!(reply.csr.decode(&mut [0; limits::CSR]), Ok(common::CSR));
    let frame = golden("request-csr-least", &[]);
    let Ok((_, Request::Csr(request))) = Request::read(frame::open(&frame).unwrap()) else {
        panic!("not the request");
    };
    assert!(request.subject[0].1.is("“Ünïcode” \"quoted\" \\ back"));
}
