//! Damage to every golden frame: each single-bit flip, lost byte, inserted byte and repeated byte is refused by the reading
//! code of both sides; and a stream full of noise loses none of the good frames.
//!
//! A frame is what stands from `RS` to `LF`. A byte added before its `RS` or behind its `LF` is not in the frame but beside
//! it, and another `RS` before `RS` is a half frame of one byte (RFC 7464 section 2.1 reads several `RS` as one): there the
//! intact frame must be found, exactly once and exactly as sent.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{replies, requests};
use nameplate_wire::{Event, Reader, Reply, Request, frame, limits};
use proptest::prelude::*;

/// What both sides make of a stream: the messages that a board or a host would act on.
fn accepted(stream: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = Reader::new();
    let mut messages = Vec::new();
    for &byte in stream {
        if let Some(Event::Frame(bytes)) = reader.push(byte)
            && let Ok(message) = frame::open(bytes)
            && (Request::read(message).is_ok() || Reply::read(message).is_ok())
        {
            messages.push(bytes.to_vec());
        }
    }
    messages
}

fn golden_frames() -> Vec<(String, Vec<u8>)> {
    let mut frames = Vec::new();
    let mut out = [0; limits::FRAME];
    for (name, id, request) in requests() {
        frames.push((
            name.to_owned(),
            request.write(id, &mut out).unwrap().to_vec(),
        ));
    }
    for (name, re, reply) in replies() {
        frames.push((name.to_owned(), reply.write(re, &mut out).unwrap().to_vec()));
    }
    frames
}

/// Behind the damaged frame stands a good one, so that a frame left open is closed.
fn refused(name: &str, what: &str, damaged: &[u8], next: &[u8]) {
    let mut stream = damaged.to_vec();
    stream.extend_from_slice(next);
    assert_eq!(accepted(&stream), [next.to_vec()], "{name}: {what}");
}

#[test]
fn every_single_bit_flip_is_refused() {
    let frames = golden_frames();
    let next = &frames[0].1;
    for (name, frame) in &frames {
        for bit in 0..frame.len() * 8 {
            let mut damaged = frame.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            refused(name, &format!("bit {bit}"), &damaged, next);
        }
    }
}

#[test]
fn every_lost_byte_is_refused() {
    let frames = golden_frames();
    let next = &frames[0].1;
    for (name, frame) in &frames {
        for place in 0..frame.len() {
            let mut damaged = frame.clone();
            damaged.remove(place);
            refused(name, &format!("byte {place} lost"), &damaged, next);
        }
    }
}

#[test]
fn every_inserted_byte_is_refused() {
    let frames = golden_frames();
    let next = &frames[0].1;
    for (name, frame) in &frames {
        for place in 1..frame.len() {
            for byte in 0..=255 {
                // The same bytes as another RS before the frame, or another LF behind it.
                let beside = (place == 1 && byte == frame::RS)
                    || (place == frame.len() - 1 && byte == frame::LF);
                if beside {
                    continue; // see `bytes_beside_a_frame_leave_it_whole`
                }
                let mut damaged = frame.clone();
                damaged.insert(place, byte);
                refused(
                    name,
                    &format!("{byte:#04x} inserted at {place}"),
                    &damaged,
                    next,
                );
            }
        }
    }
}

#[test]
fn every_repeated_byte_is_refused() {
    let frames = golden_frames();
    let next = &frames[0].1;
    for (name, frame) in &frames {
        for place in 1..frame.len() - 1 {
            let mut damaged = frame.clone();
            damaged.insert(place, frame[place]);
            refused(name, &format!("byte {place} repeated"), &damaged, next);
        }
    }
}

#[test]
fn bytes_beside_a_frame_leave_it_whole() {
    for (name, frame) in golden_frames() {
        for byte in 0..=255 {
            let mut before = frame.clone();
            before.insert(0, byte);
            assert_eq!(
                accepted(&before),
                std::slice::from_ref(&frame),
                "{name}: {byte:#04x} before"
            );
            let mut behind = frame.clone();
            behind.push(byte);
            assert_eq!(
                accepted(&behind),
                std::slice::from_ref(&frame),
                "{name}: {byte:#04x} behind"
            );
        }
    }
}

#[test]
fn half_frames_at_every_cut_cost_no_good_frame() {
    let frames = golden_frames();
    for (name, frame) in &frames {
        for cut in 0..frame.len() {
            let mut stream = frame[..cut].to_vec();
            stream.extend_from_slice(frame);
            stream.extend_from_slice(&frame[..cut]);
            stream.extend_from_slice(&frames[0].1);
            assert_eq!(
                accepted(&stream),
                [frame.clone(), frames[0].1.clone()],
                "{name} cut at {cut}"
            );
        }
    }
}

proptest! {
    #[test]
    fn noise_between_frames_costs_no_good_frame(
        picks in proptest::collection::vec((0usize..20, noise()), 1..12),
    ) {
        let frames = golden_frames();
        let mut stream = Vec::new();
        let mut sent = Vec::new();
        for (pick, noise) in picks {
            stream.extend_from_slice(&noise);
            let frame = &frames[pick % frames.len()].1;
            stream.extend_from_slice(frame);
            sent.push(frame.clone());
        }
        prop_assert_eq!(accepted(&stream), sent);
    }

    #[test]
    fn any_bytes_are_borne(stream in proptest::collection::vec(any::<u8>(), 0..6000)) {
        accepted(&stream);
    }

    #[test]
    fn any_message_is_borne(text in "\\{[\\PC]{0,200}\\}") {
        let _ = Request::read(text.as_bytes());
        let _ = Reply::read(text.as_bytes());
    }

    #[test]
    fn any_fields_are_borne(
        kind in "hello|csr|install|recorded|error|prove|erase",
        field in "versions|nonce|subject|san|ca|piece|mac|name|code|key_usage|purposes|length",
        value in "\\PC{0,40}|\\[*|[0-9]{0,40}|\\[\"\\PC{0,8}\",\"\\PC{0,8}\"\\]|\"\\\\[a-z]{0,6}\"|null",
    ) {
        let request = format!(r#"{{"v":1,"id":1,"kind":"{kind}","{field}":{value}}}"#);
        let _ = Request::read(request.as_bytes());
        let reply = format!(r#"{{"v":1,"re":1,"kind":"{kind}","{field}":{value}}}"#);
        let _ = Reply::read(reply.as_bytes());
    }
}

/// Boot logs, line noise, half frames and endless frames.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[ -~\r\n]{0,200}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..300),
        proptest::collection::vec(any::<u8>(), 2100..2300),
        (0usize..20, 0usize..400).prop_map(|(pick, cut)| {
            let frames = golden_frames();
            let frame = &frames[pick % frames.len()].1;
            frame[..cut.min(frame.len() - 1)].to_vec()
        }),
    ]
}
