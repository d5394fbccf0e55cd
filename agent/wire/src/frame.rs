//! One frame: `RS ["<crc32>",<message>] LF` (RFC 7464, with a checksum around the message).
//!
//! The form is exact: no white space, lower-case hex digits. What is between `RS` and `LF` either is what was sent or is
//! refused; where frames begin and end in a stream is [`crate::Reader`]'s business.

use crate::{ascii, limits};

/// Record separator: begins every frame and stands nowhere else.
pub const RS: u8 = 0x1E;
/// Line feed: ends every frame and stands nowhere else inside one.
pub const LF: u8 = 0x0A;

/// A table makes it fast on a host. A small board has no room for 1 KB, and time: its line is slower than the loop.
#[cfg(not(target_os = "none"))]
type Method = crc::Table<1>;
#[cfg(target_os = "none")]
type Method = crc::NoTable;

/// CRC-32/ISO-HDLC: the one of Ethernet, zlib and PNG.
const CRC: crc::Crc<u32, Method> = crc::Crc::<u32, Method>::new(&crc::CRC_32_ISO_HDLC);

/// What stands before a message.
pub(crate) const HEAD: usize = 13;
/// What stands behind it.
const END: [u8; 2] = *b"]\n";
const DIGITS: usize = 8;

/// Why a frame was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// It is not `RS ["`, eight lower-case hex digits, `",`, …, `] LF`.
    Form,
    /// The checksum is not the message's.
    Checksum,
    /// It is longer than [`limits::FRAME`], or than the buffer that was to take it.
    TooLong,
    /// Another frame began before this one ended.
    CutShort,
}

impl core::fmt::Display for FrameError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Form => "not a frame",
            Self::Checksum => "its checksum does not match",
            Self::TooLong => "longer than a frame may be",
            Self::CutShort => "another frame began before this one ended",
        })
    }
}

impl core::error::Error for FrameError {}

/// The checksum of a message: CRC-32/ISO-HDLC over its bytes as sent.
pub fn checksum(message: &[u8]) -> u32 {
    CRC.checksum(message)
}

/// Puts a frame into `out` around the message that `write` writes, and returns the frame.
///
/// `write` gets the place for the message and returns how many bytes of it it used, or `None` where it did not fit.
///
/// # Errors
/// [`FrameError::TooLong`] where the frame does not fit into `out` or is over [`limits::FRAME`].
pub fn seal(
    out: &mut [u8],
    write: impl FnOnce(&mut [u8]) -> Option<usize>,
) -> Result<&[u8], FrameError> {
    let room = out.len().min(limits::FRAME).saturating_sub(END.len());
    let place = out.get_mut(HEAD..room).ok_or(FrameError::TooLong)?;
    let length = write(place).ok_or(FrameError::TooLong)?;
    close(out, HEAD.saturating_add(length)).ok_or(FrameError::TooLong)
}

/// Puts head and end around a message that stands in `out` behind the head's place and ends at `end`; `None` where they do not
/// fit.
pub(crate) fn close(out: &mut [u8], end: usize) -> Option<&[u8]> {
    let whole = end.saturating_add(END.len());
    let frame = out.get_mut(..whole).filter(|_| whole <= limits::FRAME)?;
    let (head, message) = frame.split_first_chunk_mut::<HEAD>()?;
    let (message, end) = message.split_last_chunk_mut()?;
    *end = END;
    *head = *b"\x1E[\"00000000\",";
    let mut sum = checksum(message);
    for place in head.iter_mut().skip(3).take(DIGITS) {
        sum = sum.rotate_left(4);
        let [.., low] = sum.to_be_bytes();
        *place = ascii::hex(low & 0xF);
    }
    Some(frame)
}

/// The message inside a whole frame, given from `RS` to `LF`.
///
/// # Errors
/// [`FrameError::Form`], [`FrameError::Checksum`] or [`FrameError::TooLong`].
pub fn open(frame: &[u8]) -> Result<&[u8], FrameError> {
    if frame.len() > limits::FRAME {
        return Err(FrameError::TooLong);
    }
    let [RS, b'[', b'"', inner @ .., b']', LF] = frame else {
        return Err(FrameError::Form);
    };
    let Some((digits, [b'"', b',', message @ ..])) = inner.split_first_chunk::<DIGITS>() else {
        return Err(FrameError::Form);
    };
    if message.iter().any(|byte| matches!(*byte, RS | LF)) {
        return Err(FrameError::Form);
    }
    let mut sum = 0;
    for digit in digits {
        // Small letters alone: a frame has one form.
        let value = ascii::digit(*digit).filter(|_| !digit.is_ascii_uppercase());
        sum = (sum << 4) | u32::from(value.ok_or(FrameError::Form)?);
    }
    if sum != checksum(message) {
        return Err(FrameError::Checksum);
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(message: &[u8]) -> std::vec::Vec<u8> {
        let mut out = [0; limits::FRAME];
        seal(&mut out, |place| {
            place.get_mut(..message.len())?.copy_from_slice(message);
            Some(message.len())
        })
        .unwrap()
        .to_vec()
    }

    #[test]
    fn the_form_is_the_documented_one() {
        // 0xcbf43926 is the published check value of CRC-32/ISO-HDLC over these nine bytes.
        assert_eq!(sealed(b"123456789"), b"\x1e[\"cbf43926\",123456789]\n");
        assert_eq!(
            open(b"\x1e[\"cbf43926\",123456789]\n"),
            Ok(&b"123456789"[..])
        );
    }

    #[test]
    fn boards_and_hosts_have_the_same_checksum() {
        const BOARD: crc::Crc<u32, crc::NoTable> =
            crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISO_HDLC);
        let bytes: std::vec::Vec<u8> = (0..=255).collect();
        for end in 0..=bytes.len() {
            assert_eq!(BOARD.checksum(&bytes[..end]), checksum(&bytes[..end]));
        }
    }

    #[test]
    fn only_the_exact_form_is_taken() {
        for bad in [
            &b""[..],
            b"\x1e",
            b"\x1e[\"cbf43926\",123456789]",
            b"[\"cbf43926\",123456789]\n",
            b"\x1e[\"CBF43926\",123456789]\n",
            b"\x1e[ \"cbf43926\",123456789]\n",
            b"\x1e[\"cbf43926\", 123456789]\n",
            b"\x1e[\"cbf43926\",123456789] \n",
            b"\x1e[\"cbf43926\",123456789]\r\n",
            b"\x1e[\"cbf43926\"]\n",
            b"\x1e[\"cbf4392\",123456789]\n",
        ] {
            assert!(open(bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            open(b"\x1e[\"cbf43927\",123456789]\n"),
            Err(FrameError::Checksum)
        );
    }

    #[test]
    fn sizes_are_held() {
        let greatest = [b'x'; limits::MESSAGE];
        let frame = sealed(&greatest);
        assert_eq!(frame.len(), limits::FRAME);
        assert_eq!(open(&frame), Ok(&greatest[..]));
        for room in 0..20 {
            let mut small = std::vec![0; room];
            let result = seal(&mut small, |place| (place.len() >= 9).then_some(9));
            assert_eq!(result.is_ok(), room >= 9 + limits::FRAME_OVERHEAD, "{room}");
        }
    }
}
