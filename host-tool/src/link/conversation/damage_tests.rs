//! Damage to golden replies, as a host meets it: no single flipped bit, lost, inserted or repeated byte ever makes an answer.
//!
//! A byte beside the frame (another `RS` before it, another `LF` behind it) is not in it: there the answer must be the one
//! that was sent.

use super::*;
use nameplate_wire::Fixed;
use nameplate_wire::request::{self, List};

/// A line on which these bytes come, and then nothing ever again.
struct Once(Vec<u8>);

impl Read for Once {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len();
        out[..count].copy_from_slice(&self.0);
        self.0.clear();
        Ok(count)
    }
}

impl Write for Once {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Once {
    fn set_read_timeout(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

const GOLDEN: [(u32, &[u8]); 3] = [
    (
        1,
        include_bytes!("../../../../agent/wire/tests/golden/v1/reply-hello.frame"),
    ),
    (
        3,
        include_bytes!("../../../../agent/wire/tests/golden/v1/reply-csr.frame"),
    ),
    (
        4,
        include_bytes!("../../../../agent/wire/tests/golden/v1/reply-recorded.frame"),
    ),
];

/// What the host takes for the answer to the request with this id.
fn answer(id: u32, incoming: Vec<u8>) -> Option<Answer> {
    let request = match id {
        1 => Request::Hello(request::Hello { versions: [1, 1] }),
        3 => Request::Csr(request::Csr {
            nonce: Fixed([0; 32]),
            subject: List::new(),
            san: List::new(),
            key_usage: List::new(),
            purposes: List::new(),
            ca: None,
        }),
        _ => Request::Recorded(request::Recorded {
            csr_sha256: Fixed([0; 32]),
        }),
    };
    let patience = Patience {
        wait: Duration::from_mins(1),
        tries: 1,
    };
    let mut line = Once(incoming);
    let interrupt = AtomicBool::new(false);
    Conversation::new(&mut line, id, &|_| {}, &interrupt)
        .ask(&request, patience)
        .ok()
}

#[test]
fn the_golden_replies_are_answers() {
    for (id, frame) in GOLDEN {
        let sent = answer(id, frame.to_vec());
        assert!(sent.is_some(), "{id}");
        for beside in [
            [&[frame::RS], frame].concat(),
            [frame, &[frame::LF]].concat(),
        ] {
            assert_eq!(answer(id, beside), sent, "{id}");
        }
    }
}

#[test]
fn no_flipped_bit_makes_an_answer() {
    for (id, frame) in GOLDEN {
        for bit in 0..frame.len() * 8 {
            let mut damaged = frame.to_vec();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(answer(id, damaged), None, "{id}: bit {bit}");
        }
    }
}

#[test]
fn no_lost_inserted_or_repeated_byte_makes_an_answer() {
    for (id, frame) in GOLDEN {
        let last = frame.len() - 1;
        for place in 0..frame.len() {
            let mut lost = frame.to_vec();
            lost.remove(place);
            assert_eq!(answer(id, lost), None, "{id}: byte {place} lost");
        }
        for place in 1..frame.len() {
            for byte in 0..=255 {
                let beside =
                    (place == 1 && byte == frame::RS) || (place == last && byte == frame::LF);
                if beside {
                    continue;
                }
                // What is repeated is inserted behind itself: these are among them.
                let mut inserted = frame.to_vec();
                inserted.insert(place, byte);
                assert_eq!(answer(id, inserted), None, "{id}: {byte:#04x} at {place}");
            }
        }
    }
}
