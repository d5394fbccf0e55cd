//! Finds frames in a stream of bytes that may hold boot logs, noise and half frames as well.

use crate::frame::{FrameError, LF, RS};
use crate::limits;

/// What a byte completed.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A frame from `RS` to `LF`; [`crate::frame::open`] tells whether it is whole.
    Frame(&'a [u8]),
    /// A frame that can't be one: too long, or cut short by the next.
    Refused(FrameError),
    /// A byte that stands outside of any frame: the board's own log, or noise.
    Outside(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Outside,
    Inside,
    Overlong,
}

/// Takes a stream byte by byte and gives out its frames. Holds [`limits::FRAME`] bytes and no more, whatever comes.
///
/// Every `RS` begins a frame anew, so that what was lost or added before it costs nothing after it. Several `RS` in a
/// row begin one frame (RFC 7464 section 2.1).
#[derive(Debug)]
pub struct Reader {
    bytes: [u8; limits::FRAME],
    length: usize,
    state: State,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// A reader that waits for the first frame.
    pub const fn new() -> Self {
        Self {
            bytes: [0; limits::FRAME],
            length: 0,
            state: State::Outside,
        }
    }

    /// Takes the next byte.
    pub fn push(&mut self, byte: u8) -> Option<Event<'_>> {
        if byte == RS {
            let cut_short = self.state == State::Inside && self.length > 1;
            self.begin();
            return cut_short.then_some(Event::Refused(FrameError::CutShort));
        }
        match self.state {
            State::Outside => Some(Event::Outside(byte)),
            State::Overlong => {
                if byte == LF {
                    self.state = State::Outside;
                }
                None
            }
            State::Inside => self.inside(byte),
        }
    }

    /// Whether a frame has begun and not ended.
    pub fn is_inside(&self) -> bool {
        self.state != State::Outside
    }

    /// Forgets a frame that has begun: the line was silent for too long, or another board is on it now.
    pub fn reset(&mut self) {
        self.state = State::Outside;
        self.length = 0;
    }

    fn begin(&mut self) {
        self.state = State::Inside;
        self.bytes[0] = RS;
        self.length = 1;
    }

    fn inside(&mut self, byte: u8) -> Option<Event<'_>> {
        let Some(place) = self.bytes.get_mut(self.length) else {
            self.state = if byte == LF {
                State::Outside
            } else {
                State::Overlong
            };
            return Some(Event::Refused(FrameError::TooLong));
        };
        *place = byte;
        self.length = self.length.saturating_add(1);
        if byte != LF {
            return None;
        }
        self.state = State::Outside;
        self.bytes.get(..self.length).map(Event::Frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn frames(stream: &[u8]) -> (Vec<Vec<u8>>, Vec<FrameError>, Vec<u8>) {
        let mut reader = Reader::new();
        let (mut frames, mut refused, mut outside) = (Vec::new(), Vec::new(), Vec::new());
        for &byte in stream {
            match reader.push(byte) {
                Some(Event::Frame(frame)) => frames.push(frame.to_vec()),
                Some(Event::Refused(error)) => refused.push(error),
                Some(Event::Outside(byte)) => outside.push(byte),
                None => {}
            }
        }
        (frames, refused, outside)
    }

    #[test]
    fn logs_between_frames_are_given_out_as_such() {
        let (found, refused, outside) = frames(b"boot 1.0\r\n\x1eone\nlog\x1etwo\n!");
        assert_eq!(found, [b"\x1eone\n".to_vec(), b"\x1etwo\n".to_vec()]);
        assert_eq!(refused, []);
        assert_eq!(outside, b"boot 1.0\r\nlog!");
    }

    #[test]
    fn a_half_frame_costs_only_itself() {
        let (found, refused, _) = frames(b"\x1ehal\x1ewhole\n");
        assert_eq!(found, [b"\x1ewhole\n".to_vec()]);
        assert_eq!(refused, [FrameError::CutShort]);
    }

    #[test]
    fn several_rs_begin_one_frame() {
        let (found, refused, _) = frames(b"\x1e\x1e\x1ewhole\n");
        assert_eq!(
            (found, refused),
            (std::vec![b"\x1ewhole\n".to_vec()], std::vec![])
        );
    }

    #[test]
    fn endless_frames_are_refused_once_and_the_next_is_found() {
        let mut stream = std::vec![b'x'; limits::FRAME * 3];
        stream[0] = RS;
        stream.extend_from_slice(b"\nlog\x1ewhole\n");
        let (found, refused, outside) = frames(&stream);
        assert_eq!(found, [b"\x1ewhole\n".to_vec()]);
        assert_eq!(refused, [FrameError::TooLong]);
        assert_eq!(outside, b"log");
    }

    #[test]
    fn the_greatest_frame_fits_exactly() {
        let mut stream = std::vec![b'x'; limits::FRAME];
        stream[0] = RS;
        stream[limits::FRAME - 1] = LF;
        assert_eq!(frames(&stream).0, [stream.clone()]);
        stream.insert(1, b'x');
        assert_eq!(frames(&stream).1, [FrameError::TooLong]);
    }
}
