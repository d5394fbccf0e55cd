//! The key file's one line: `nameplate-key-1 <64 hex digits> <8 hex digits>` and a line feed.
//!
//! A text, so that a person sees what the file is and no tool takes it for something else; of one exact length and with a
//! checksum, so that a file that was cut short, zeroed or damaged is never taken for a key: any 32 bytes would be
//! one. The checksum is CRC-32/ISO-HDLC over everything before the space in front of it.

use nameplate_agent::PRIVATE_KEY_BYTES;
use nameplate_wire::frame::checksum;
use zeroize::Zeroizing;

const HEAD: &[u8] = b"nameplate-key-1 ";
const KEY_DIGITS: usize = 2 * PRIVATE_KEY_BYTES;
const SUM_DIGITS: usize = 8;
const SUMMED: usize = HEAD.len() + KEY_DIGITS;

/// Length of a key file, in bytes.
pub const LINE: usize = SUMMED + 1 + SUM_DIGITS + 1;

/// Why a file is no key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Not [`LINE`] bytes.
    #[error("its length is not that of a key file: it was cut short or added to")]
    Length,
    /// Not the line described above.
    #[error("it is not a key file of a kind that this version knows")]
    Form,
    /// The checksum is not the key's.
    #[error("it is damaged: its checksum does not match")]
    Checksum,
}

/// The line for a key.
pub(crate) fn write(key: &[u8; PRIVATE_KEY_BYTES]) -> Zeroizing<[u8; LINE]> {
    let mut line = Zeroizing::new([b' '; LINE]);
    let (summed, sum) = line.split_at_mut(SUMMED);
    let (head, digits) = summed.split_at_mut(HEAD.len());
    head.copy_from_slice(HEAD);
    write_hex(key, digits);
    let crc = checksum(summed).to_be_bytes();
    write_hex(&crc, sum.get_mut(1..).unwrap_or_default());
    if let Some(end) = sum.last_mut() {
        *end = b'\n';
    }
    line
}

/// The key in a line.
pub(crate) fn read(line: &[u8]) -> Result<Zeroizing<[u8; PRIVATE_KEY_BYTES]>, LineFault> {
    if line.len() != LINE {
        return Err(LineFault::Length);
    }
    let (summed, rest) = line.split_at_checked(SUMMED).ok_or(LineFault::Length)?;
    let digits = summed.strip_prefix(HEAD).ok_or(LineFault::Form)?;
    let sum = rest
        .strip_prefix(b" ")
        .and_then(|rest| rest.strip_suffix(b"\n"));
    let mut key = Zeroizing::new([0; PRIVATE_KEY_BYTES]);
    let mut crc = [0; SUM_DIGITS / 2];
    read_hex(digits, &mut key[..]).ok_or(LineFault::Form)?;
    read_hex(sum.ok_or(LineFault::Form)?, &mut crc).ok_or(LineFault::Form)?;
    if u32::from_be_bytes(crc) != checksum(summed) {
        return Err(LineFault::Checksum);
    }
    Ok(key)
}

pub(super) fn write_hex(bytes: &[u8], out: &mut [u8]) {
    let digit = |value: u8| b"0123456789abcdef".get(usize::from(value)).copied();
    for (byte, place) in bytes.iter().zip(out.chunks_exact_mut(2)) {
        let digits = [byte >> 4, byte & 0xF].map(|value| digit(value).unwrap_or(b'0'));
        place.copy_from_slice(&digits);
    }
}

/// Lower case only, so that one key has one line.
pub(super) fn read_hex(digits: &[u8], out: &mut [u8]) -> Option<()> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    for (pair, byte) in digits.chunks_exact(2).zip(out) {
        let &[high, low] = pair else { return None };
        *byte = (value(high)? << 4) | value(low)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; PRIVATE_KEY_BYTES] = [0xA5; PRIVATE_KEY_BYTES];

    #[test]
    fn the_line_is_the_documented_one() {
        let text = format!("nameplate-key-1 {}", "a5".repeat(PRIVATE_KEY_BYTES));
        let expected = format!("{text} {:08x}\n", checksum(text.as_bytes()));
        assert_eq!(&write(&KEY)[..], expected.as_bytes());
    }

    #[test]
    fn every_truncation_and_every_bit_flip_is_found() {
        let line = write(&KEY);
        for length in 0..LINE {
            assert_eq!(read(&line[..length]), Err(LineFault::Length));
        }
        for bit in 0..LINE * 8 {
            let mut damaged = line.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&damaged[..]).is_err(), "bit {bit}");
        }
        assert_eq!(read(&[0; LINE]), Err(LineFault::Form));
        let mut longer = line.to_vec();
        longer.push(b'\n');
        assert_eq!(read(&longer), Err(LineFault::Length));
    }

    #[test]
    fn one_changed_digit_is_a_checksum_fault() {
        let mut line = write(&KEY);
        line[HEAD.len()] = b'0';
        assert_eq!(read(&line[..]), Err(LineFault::Checksum));
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_what_is_read(key: [u8; PRIVATE_KEY_BYTES]) {
            assert_eq!(*read(&write(&key)[..]).unwrap(), key);
        }

        #[test]
        fn anything_else_is_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            assert!(read(&bytes).is_err());
        }
    }
}
