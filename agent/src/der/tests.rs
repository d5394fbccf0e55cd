//! The reader against what X.690 allows and what it does not.

use super::*;
use crate::StoreFault;
use proptest::prelude::*;

/// A store with these bytes staged.
pub(crate) struct Staged<'a>(pub &'a [u8]);

impl CertificateStore for Staged<'_> {
    fn read(&mut self, place: ChainPlace, offset: u16, bytes: &mut [u8]) -> Result<(), StoreFault> {
        assert_eq!(place, ChainPlace::Staged);
        let from = self.0.get(offset.into()..).ok_or(StoreFault)?;
        bytes.copy_from_slice(from.get(..bytes.len()).ok_or(StoreFault)?);
        Ok(())
    }
}

fn all(bytes: &[u8]) -> Span {
    Span::first(bytes.len().try_into().unwrap())
}

/// Tag and length of the only element that the bytes are.
fn element(bytes: &[u8]) -> Result<(u8, u16), ErrorNumber> {
    let mut rest = all(bytes);
    let (tag, content) = Der(&mut Staged(bytes)).element(&mut rest)?;
    assert!(rest.is_empty());
    assert_eq!(usize::from(content.end), bytes.len());
    Ok((tag, content.length()))
}

fn with_content(header: &[u8], content: usize) -> std::vec::Vec<u8> {
    let mut bytes = header.to_vec();
    bytes.resize(header.len() + content, 0xA5);
    bytes
}

#[test]
fn every_form_of_a_length_has_its_range() {
    for (header, length) in [
        (&[0x30, 0][..], 0),
        (&[0x04, 1], 1),
        (&[0x04, 0x7F], 0x7F),
        (&[0x30, 0x81, 0x80], 0x80),
        (&[0x30, 0x81, 0xFF], 0xFF),
        (&[0x30, 0x82, 1, 0], 0x100),
        (&[0x30, 0x82, 0x0F, 0xFC], 0xFFC),
    ] {
        let bytes = with_content(header, length);
        let found = element(&bytes);
        assert_eq!(found, Ok((header[0], length.try_into().unwrap())));
        for shorter in 0..bytes.len() {
            let cut = element(&bytes[..shorter]);
            assert_eq!(cut, Err(ErrorNumber::ChainUnreadable), "{shorter}");
        }
    }
}

#[test]
fn what_der_forbids_is_refused() {
    for header in [
        &[0x30, 0x80][..],         // indefinite
        &[0x30, 0x81, 0x7F],       // in more bytes than needed
        &[0x30, 0x82, 0, 0xFF],    // the same
        &[0x30, 0x83, 0, 0, 1],    // the same
        &[0x30, 0x83, 1, 0, 0],    // longer than any chain
        &[0x30, 0x84, 0, 0, 0, 1], // the same
        &[0x30, 0xFF],             // reserved
        &[0x30, 0x82, 0xFF, 0xFF], // longer than what is there
        &[0x1F, 1],                // a tag of more than one byte
        &[0xBF, 0x1F, 1],          // the same
    ] {
        let bytes = with_content(header, 0x120);
        let mut rest = all(&bytes);
        let found = Der(&mut Staged(&bytes)).element(&mut rest);
        assert_eq!(
            found.err(),
            Some(ErrorNumber::ChainUnreadable),
            "{header:x?}"
        );
    }
}

#[test]
fn a_store_that_fails_is_told_from_bytes_that_are_wrong() {
    let found = Der(&mut Staged(&[])).element(&mut Span::first(4));
    assert_eq!(found.err(), Some(ErrorNumber::CertificateRead));
}

proptest! {
    #[test]
    fn reading_elements_ends_whatever_they_are(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut store = Staged(&bytes);
        let mut rest = all(&bytes);
        let mut elements = 0;
        while !rest.is_empty() && Der(&mut store).element(&mut rest).is_ok() {
            elements += 1;
        }
        prop_assert!(elements <= bytes.len() / 2);
    }

    #[test]
    fn spans_are_the_same_where_their_bytes_are(
        one in proptest::collection::vec(any::<u8>(), 0..100),
        place in 0usize..100,
        flip in 0u8..4,
    ) {
        let mut other = one.clone();
        if let Some(byte) = other.get_mut(place) {
            *byte ^= flip;
        }
        let both = [&one[..], &other].concat();
        let mut behind = all(&both);
        let first = behind.take(one.len());
        let found = Der(&mut Staged(&both)).same(first, behind);
        prop_assert_eq!(found, Ok(one == other));
    }
}
