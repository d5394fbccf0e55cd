//! One way to turn a list of fields into bytes, so that a hash over them means exactly those fields.
//!
//! Knows nothing of what the fields mean.

use aws_lc_rs::digest::{Context, SHA256, digest};

/// Bytes of a SHA-256 value.
pub const HASH_BYTES: usize = 32;

/// A SHA-256 value.
pub type Hash = [u8; HASH_BYTES];

/// Gives the parts of a list one by one: the number of fields, then each field's length and bytes; numbers are 8 bytes, big endian.
///
/// Two different lists never give the same bytes: the lengths say where each field ends.
fn parts(fields: &[&[u8]], mut take: impl FnMut(&[u8])) {
    take(&length(fields.len()));
    for field in fields {
        take(&length(field.len()));
        take(field);
    }
}

/// SHA-256 over the parts of a list.
pub fn hash(fields: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    parts(fields, |part| context.update(part));
    let mut hash = [0; HASH_BYTES];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// SHA-256 over bytes as they stand.
pub fn sha256(bytes: &[u8]) -> Hash {
    let mut hash = [0; HASH_BYTES];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

/// A SHA-256 value in lower-case hexadecimal, without memory of its own.
pub fn hex_of(hash: &Hash) -> [u8; 2 * HASH_BYTES] {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let mut text = [0; 2 * HASH_BYTES];
    for (pair, byte) in text.chunks_exact_mut(2).zip(hash) {
        pair.copy_from_slice(&[
            DIGITS[usize::from(byte >> 4)],
            DIGITS[usize::from(byte & 15)],
        ]);
    }
    text
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
    text
}

fn length(value: usize) -> [u8; 8] {
    // Lossless: no supported machine has addresses of more than 64 bits.
    (value as u64).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_ways_to_hexadecimal_agree() {
        let hash = sha256(b"a");
        assert_eq!(hex_of(&hash), hex(&hash).as_bytes());
    }

    /// Undoes [`parts`]; that it exists at all is what makes the encoding injective.
    fn decode(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
        fn number(bytes: &mut &[u8]) -> Option<usize> {
            let (head, rest) = bytes.split_first_chunk::<8>()?;
            *bytes = rest;
            usize::try_from(u64::from_be_bytes(*head)).ok()
        }
        let count = number(&mut bytes)?;
        let mut fields = Vec::new();
        for _ in 0..count {
            let size = number(&mut bytes)?;
            let (field, rest) = bytes.split_at_checked(size)?;
            fields.push(field.to_vec());
            bytes = rest;
        }
        bytes.is_empty().then_some(fields)
    }

    fn encode_owned(fields: &[Vec<u8>]) -> Vec<u8> {
        let fields: Vec<_> = fields.iter().map(Vec::as_slice).collect();
        let mut bytes = Vec::new();
        parts(&fields, |part| bytes.extend_from_slice(part));
        bytes
    }

    /// Bytes that look like lengths, so that a field can imitate what stands around it.
    fn fields() -> impl Strategy<Value = Vec<Vec<u8>>> {
        proptest::collection::vec(proptest::collection::vec(0_u8..3, 0..20), 0..6)
    }

    proptest! {
        #[test]
        fn what_was_encoded_can_be_told_again(fields in fields()) {
            prop_assert_eq!(decode(&encode_owned(&fields)), Some(fields));
        }

        #[test]
        fn different_lists_differ(a in fields(), b in fields()) {
            prop_assert_eq!(a == b, encode_owned(&a) == encode_owned(&b));
        }

        #[test]
        fn a_byte_moved_over_a_border_is_seen(
            mut fields in proptest::collection::vec(proptest::collection::vec(0_u8..3, 1..9), 2..6),
        ) {
            let before = encode_owned(&fields);
            let byte = fields[0].pop().unwrap();
            fields[1].insert(0, byte);
            prop_assert_ne!(before, encode_owned(&fields));
        }
    }

    #[test]
    fn hash_is_sha_256() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(&sha256(b"abc")), abc);
    }
}
