//! Characters that may not stand in a message as they are.
#![allow(missing_docs, clippy::unwrap_used)]

use nameplate_wire::{ErrorNumber, Reply, frame, limits, reply};

/// Found while the fuzzer `replies` was written: DEL was sent as it is, which the other side refuses (PROTOCOL.md, "JSON rules").
#[test]
fn every_control_character_is_read_as_it_was_sent() {
    for control in (0..0x20).chain([0x7F]) {
        let text = format!("a{}b", char::from(control));
        let sent = Reply::Error(reply::Error {
            text: text.as_str().try_into().unwrap(),
            ..ErrorNumber::NotSupported.into()
        });
        let mut out = [0; limits::FRAME];
        let message = frame::open(sent.write(1, &mut out).unwrap()).unwrap();
        assert_eq!(Reply::read(message), Ok((1, sent)), "{control:#04x}");
    }
}
