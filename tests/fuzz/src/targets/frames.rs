//! The readers of frames, of a board and of a host, over any stream cut at any places.
//!
//! - What a reader finds is what PROTOCOL.md says, as [`oracle`] reads it: frames, log, and what is refused.
//! - A frame that is opened has the right checksum over its bytes, computed by another implementation, and its exact form.
//! - A host hears the same, and shows the same log, however the stream is cut.

use nameplate_wire::frame::{self, FrameError};
use nameplate_wire::{Event, Reader, Request, limits, request};

use crate::input::Input;
use crate::line::{Line, ask, holds_answer};
use crate::oracle::{self, Parted};

/// The id that the host asks with.
pub(crate) const ID: u32 = 1;

/// Two lengths of pieces, then the stream.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let pieces = vec![usize::from(input.byte()), usize::from(input.byte())];
    let stream = input.rest();
    let expected = oracle::part(stream);
    let found = read(stream);
    assert_eq!(found, expected);
    for bytes in &found.frames {
        opened(bytes);
    }
    heard(stream, &expected, pieces);
}

fn read(stream: &[u8]) -> Parted {
    let mut reader = Reader::new();
    let mut found = Parted::default();
    for &byte in stream {
        match reader.push(byte) {
            Some(Event::Frame(frame)) => {
                assert!(frame.len() <= limits::FRAME);
                found.frames.push(frame.to_vec());
            }
            Some(Event::Refused(FrameError::TooLong)) => found.too_long += 1,
            Some(Event::Refused(error)) => {
                assert_eq!(error, FrameError::CutShort);
                found.cut_short += 1;
            }
            Some(Event::Outside(byte)) => found.outside.push(byte),
            None => {}
        }
    }
    found
}

fn opened(bytes: &[u8]) {
    let expected = oracle::message(bytes);
    match frame::open(bytes) {
        Ok(message) => {
            assert_eq!(Some(message), expected);
            assert_eq!(frame::checksum(message), oracle::crc(message));
            assert!(message.len() <= limits::MESSAGE);
            let mut out = [0; limits::FRAME];
            let again = frame::seal(&mut out, |place| {
                place.get_mut(..message.len())?.copy_from_slice(message);
                Some(message.len())
            });
            assert_eq!(again, Ok(bytes));
        }
        Err(error) => assert_eq!(expected, None, "{error}"),
    }
}

/// The host's reader in one piece after another, and byte by byte.
fn heard(stream: &[u8], expected: &Parted, pieces: Vec<usize>) {
    let damaged = expected
        .frames
        .iter()
        .filter(|frame| oracle::message(frame).is_none())
        .count();
    let request = Request::Hello(request::Hello { versions: [1, 1] });
    let mut cut = Line::new(stream, pieces);
    let (answer, log) = ask(&mut cut, ID, &request);
    if answer.is_ok() {
        let known = ["hello", "error"];
        assert!(
            known
                .iter()
                .any(|kind| holds_answer(&expected.frames, ID, kind))
        );
    }
    assert!(log.iter().all(|line| !line.chars().any(char::is_control)));
    // After too much damage a host gives up, and how much it meets depends on the pieces: several faults in one are one.
    // An error with "re":0 says that the board met damage, and counts as well.
    let board_says = |frame: &&Vec<u8>| oracle::holds(frame, b"error");
    let says = expected.frames.iter().filter(board_says).count();
    if damaged + says + expected.too_long + expected.cut_short < 16 {
        let mut whole = Line::new(stream, vec![1]);
        let (byte_by_byte, its_log) = ask(&mut whole, ID, &request);
        assert_eq!(format!("{answer:?}"), format!("{byte_by_byte:?}"));
        assert_eq!(log, its_log);
    }
}
