//! Golden frames with something changed inside: neither side takes one for a message.
//!
//! A frame is what stands from its `RS` to its `LF`. What stands beside it is not in it: a byte before its `RS`, another `RS` there,
//! a byte behind its `LF`. Where that is all that was changed, the frame must be found exactly as it was sent.
//!
//! What lines do to a frame (a flipped bit, a byte lost, inserted or repeated, a burst of up to 32 bits) CRC-32 finds for certain: there
//! nothing at all may come out. Three greater changes may make another frame with a right checksum of it, since a fuzzer may write one
//! there; then what comes out must have that, and the good frame behind must still be found.

use nameplate_wire::{Event, Reader, Reply, Request, frame};

use crate::input::Input;
use crate::oracle;
use crate::seeds::golden;

/// Which frame, and the changes.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let golden = golden();
    let original = input.one_of(&golden).clone();
    let next = golden[0].clone();
    let single = input.flag();
    let damaged = if single {
        damage(&mut input, &original)
    } else {
        input.edited(&original, 3)
    };
    // Behind the damaged frame stands a good one, so that a frame left open is closed.
    let stream = [&damaged[..], &next].concat();
    let accepted = accepted(&stream);
    let (last, before) = accepted.split_last().expect("the good frame is found");
    assert_eq!(*last, next, "a damaged frame costs the next one");
    let is_whole = oracle::part(&damaged).frames.contains(&original);
    if is_whole {
        assert!(before.contains(&original));
        assert!(!single || before.len() == 1);
        return;
    }
    assert!(!single || before.is_empty(), "a damaged frame is taken");
    for frame in before {
        assert!(oracle::message(frame).is_some());
    }
}

/// One change of the kinds that lines make: a flipped bit, bytes lost, inserted, repeated.
fn damage(input: &mut Input<'_>, original: &[u8]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    let kind = input.below(5);
    let at = input.below(bytes.len());
    match kind {
        0 => bytes[at] ^= 1 << (input.byte() & 7),
        1 => {
            bytes.remove(at);
        }
        2 => bytes.insert(at, input.byte()),
        3 => bytes.insert(at, original[at]),
        // A burst of up to 32 bits: CRC-32 finds each.
        _ => {
            let mask = [input.byte(), input.byte(), input.byte(), input.byte()];
            for (byte, mask) in bytes.iter_mut().skip(at).zip(mask) {
                *byte ^= mask;
            }
        }
    }
    bytes
}

/// What both sides make of a stream: the frames that a board or a host would act on.
fn accepted(stream: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = Reader::new();
    let mut found = Vec::new();
    for &byte in stream {
        if let Some(Event::Frame(bytes)) = reader.push(byte)
            && let Ok(message) = frame::open(bytes)
            && (Request::read(message).is_ok() || Reply::read(message).is_ok())
        {
            found.push(bytes.to_vec());
        }
    }
    found
}
