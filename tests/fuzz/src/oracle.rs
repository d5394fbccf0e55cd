//! A second opinion on frames: PROTOCOL.md section 2, written down once more and in another way, with nothing of the product.

use serde_json::{Map, Value};

/// Greatest frame, from `RS` to `LF`, both counted.
pub const FRAME: usize = 2048;
const RS: u8 = 0x1E;
const LF: u8 = 0x0A;

/// What a stream holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parted {
    /// What stands from `RS` to `LF`, whether it is a frame or not.
    pub frames: Vec<Vec<u8>>,
    /// What stands outside.
    pub outside: Vec<u8>,
    /// How often something was too long to be a frame.
    pub too_long: usize,
    /// How often a frame was cut short by the next.
    pub cut_short: usize,
}

/// Parts a whole stream at its `RS`, and what is between at its first `LF`.
pub fn part(stream: &[u8]) -> Parted {
    let mut parted = Parted::default();
    let mut pieces = stream.split(|byte| *byte == RS);
    parted
        .outside
        .extend_from_slice(pieces.next().unwrap_or_default());
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let end = piece.iter().position(|byte| *byte == LF);
        let inside = &piece[..end.unwrap_or(piece.len())];
        let whole = inside.len() + 2;
        match end {
            Some(end) => {
                if whole > FRAME {
                    parted.too_long += 1;
                } else {
                    parted.frames.push([&[RS], inside, &[LF]].concat());
                }
                parted.outside.extend_from_slice(&piece[end + 1..]);
            }
            None if whole > FRAME + 1 => parted.too_long += 1,
            None if pieces.peek().is_some() && !inside.is_empty() => parted.cut_short += 1,
            None => {}
        }
    }
    parted
}

/// CRC-32/ISO-HDLC bit by bit, as the C function in PROTOCOL.md.
pub fn crc(message: &[u8]) -> u32 {
    !message.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

/// A message as a frame.
pub fn frame(message: &[u8]) -> Vec<u8> {
    let mut frame = format!("\x1e[\"{:08x}\",", crc(message)).into_bytes();
    frame.extend_from_slice(message);
    frame.extend_from_slice(b"]\n");
    frame
}

/// The message in a frame, where its form and its checksum are right.
pub fn message(frame: &[u8]) -> Option<&[u8]> {
    let message = frame.get(13..frame.len().checked_sub(2)?)?;
    let whole = frame.len() <= FRAME && !message.iter().any(|byte| matches!(*byte, RS | LF));
    (whole && self::frame(message) == frame).then_some(message)
}

/// The message in a frame as JSON, read by another library.
pub fn json(frame: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(message(frame)?) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

/// Whether the bytes stand anywhere in others.
pub fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty()
        && haystack
            .windows(needle.len())
            .any(|window| window == needle)
}

/// The names of all fields in a JSON text without escapes, whatever their values.
fn names(text: &[u8]) -> Vec<&[u8]> {
    let mut pieces = text.split(|byte| *byte == b'"');
    let mut names = Vec::new();
    // Every second piece stands within quotes.
    pieces.next();
    while let (Some(inside), Some(behind)) = (pieces.next(), pieces.next()) {
        if behind.trim_ascii_start().starts_with(b":") {
            names.push(inside);
        }
    }
    names
}

/// A message that was read, as another library reads it. It may find fault with fields that nobody asked for, and with escapes, which
/// are read later: with none of these in it, it must read it too.
pub fn same_json(message: &[u8], known: &str) -> Option<Map<String, Value>> {
    match serde_json::from_slice(message) {
        Ok(Value::Object(fields)) => Some(fields),
        Ok(other) => panic!("no object: {other}"),
        Err(error) => {
            let is_known = |name: &&[u8]| known.split(' ').any(|it| it.as_bytes() == *name);
            let excused = message.contains(&b'\\') || !names(message).iter().all(is_known);
            assert!(excused, "{error}: {}", String::from_utf8_lossy(message));
            None
        }
    }
}
