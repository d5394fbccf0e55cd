//! One frame: `RS ["<crc32>",<message>] LF` (RFC 7464, with a checksum around the message).
//!
//! The form is exact: no white space, lower-case hex digits. What is between `RS` and `LF` either is what was sent or is
//! refused; where frames begin and end in a stream is [`crate::Reader`]'s business.

use crate::limits;

/// Record separator: begins every frame and stands nowhere else.
pub const RS: u8 = 0x1E;
/// Line feed: ends every frame and stands nowhere else inside one.
pub const LF: u8 = 0x0A;

/// CRC-32/ISO-HDLC: the one of Ethernet, zlib and PNG.
const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

const HEAD: usize = 13;
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
    let room = out.len().min(limits::FRAME);
    let out = out.get_mut(..room).ok_or(FrameError::TooLong)?;
    let (head, rest) = out.split_at_mut_checked(HEAD).ok_or(FrameError::TooLong)?;
    let room = rest.len().checked_sub(2).ok_or(FrameError::TooLong)?;
    let place = rest.get_mut(..room).ok_or(FrameError::TooLong)?;
    let length = write(place).ok_or(FrameError::TooLong)?;
    let crc = checksum(place.get(..length).ok_or(FrameError::TooLong)?);
    head.copy_from_slice(b"\x1E[\"00000000\",");
    hex_digits(crc, head.get_mut(3..3 + DIGITS).ok_or(FrameError::TooLong)?);
    let end = length.saturating_add(2);
    rest.get_mut(length..end)
        .ok_or(FrameError::TooLong)?
        .copy_from_slice(b"]\n");
    out.get(..HEAD.saturating_add(end))
        .ok_or(FrameError::TooLong)
}

/// The message inside a whole frame, given from `RS` to `LF`.
///
/// # Errors
/// [`FrameError::Form`], [`FrameError::Checksum`] or [`FrameError::TooLong`].
pub fn open(frame: &[u8]) -> Result<&[u8], FrameError> {
    if frame.len() > limits::FRAME {
        return Err(FrameError::TooLong);
    }
    let inner = frame
        .strip_prefix(b"\x1E[\"")
        .and_then(|rest| rest.strip_suffix(b"]\n"))
        .ok_or(FrameError::Form)?;
    let (digits, rest) = inner
        .split_first_chunk::<DIGITS>()
        .ok_or(FrameError::Form)?;
    let message = rest.strip_prefix(b"\",").ok_or(FrameError::Form)?;
    if message.contains(&RS) || message.contains(&LF) {
        return Err(FrameError::Form);
    }
    let mut expected = [0; DIGITS];
    hex_digits(checksum(message), &mut expected);
    if digits
        .iter()
        .any(|digit| !matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    {
        return Err(FrameError::Form);
    }
    if *digits != expected {
        return Err(FrameError::Checksum);
    }
    Ok(message)
}

/// Writes a number as lower-case hex digits, most significant first.
fn hex_digits(number: u32, out: &mut [u8]) {
    let digits = (0..DIGITS).rev();
    for (place, nibble) in out.iter_mut().zip(digits) {
        let value = (number >> (nibble.saturating_mul(4))) & 0xF;
        *place = *b"0123456789abcdef".get(value as usize).unwrap_or(&b'0');
    }
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
