//! The few pieces that the request is put together from, as `der` encoders.
//!
//! `der`'s own `SequenceOf` and `SetOf` hold copies and have a fixed capacity; these borrow, have no limit, and know
//! their length before they are written. They know DER's framing and nothing of certificates.

use der::{Encode, EncodeValue, Length, Result, Tag, TagNumber, Tagged, Writer};

/// Bytes written as they are, without a header.
pub(crate) struct Bytes<B>(pub(crate) B);

impl<B: AsRef<[u8]>> Encode for Bytes<B> {
    fn encoded_len(&self) -> Result<Length> {
        self.0.as_ref().len().try_into()
    }

    fn encode(&self, writer: &mut impl Writer) -> Result<()> {
        writer.write(self.0.as_ref())
    }
}

/// One thing after another.
pub(crate) struct Pair<A, B>(A, B);

impl<A: Encode, B: Encode> Encode for Pair<A, B> {
    fn encoded_len(&self) -> Result<Length> {
        self.0.encoded_len()? + self.1.encoded_len()?
    }

    fn encode(&self, writer: &mut impl Writer) -> Result<()> {
        self.0.encode(writer)?;
        self.1.encode(writer)
    }
}

/// Chains encoders: `a.followed_by(b).followed_by(c)`.
pub(crate) trait Chain: Encode + Sized {
    fn followed_by<B: Encode>(self, next: B) -> Pair<Self, B> {
        Pair(self, next)
    }
}

impl<A: Encode> Chain for A {}

/// A value whose making could fail; the failure comes out when it is measured or written.
pub(crate) struct Made<T>(pub(crate) Result<T>);

impl<T: Encode> Encode for Made<T> {
    fn encoded_len(&self) -> Result<Length> {
        self.0.as_ref().map_err(|error| *error)?.encoded_len()
    }

    fn encode(&self, writer: &mut impl Writer) -> Result<()> {
        self.0.as_ref().map_err(|error| *error)?.encode(writer)
    }
}

/// Every item of a slice, each turned into an encoder by a function.
pub(crate) struct Each<'a, T, F>(pub(crate) &'a [T], pub(crate) F);

impl<'a, T, P: Encode, F: Fn(&'a T) -> P> Encode for Each<'a, T, F> {
    fn encoded_len(&self) -> Result<Length> {
        self.0.iter().try_fold(Length::ZERO, |sum, item| {
            sum + (self.1)(item).encoded_len()?
        })
    }

    fn encode(&self, writer: &mut impl Writer) -> Result<()> {
        self.0
            .iter()
            .try_for_each(|item| (self.1)(item).encode(writer))
    }
}

/// A header around a body.
pub(crate) struct Wrap<B> {
    tag: Tag,
    body: B,
}

impl<B> Tagged for Wrap<B> {
    fn tag(&self) -> Tag {
        self.tag
    }
}

impl<B: Encode> EncodeValue for Wrap<B> {
    fn value_len(&self) -> Result<Length> {
        self.body.encoded_len()
    }

    fn encode_value(&self, writer: &mut impl Writer) -> Result<()> {
        self.body.encode(writer)
    }
}

pub(crate) fn sequence<B: Encode>(body: B) -> Wrap<B> {
    wrap(Tag::Sequence, body)
}

/// A SET OF. DER sorts the elements of a set; every set of a request has exactly one.
pub(crate) fn set_of_one<B: Encode>(body: B) -> Wrap<B> {
    wrap(Tag::Set, body)
}

/// An OCTET STRING that holds the encoding of something else.
pub(crate) fn octet_string<B: Encode>(body: B) -> Wrap<B> {
    wrap(Tag::OctetString, body)
}

/// A BIT STRING whose last octet has `unused` bits too many.
pub(crate) fn bit_string<B: Encode>(unused: u8, body: B) -> Wrap<Pair<Bytes<[u8; 1]>, B>> {
    wrap(Tag::BitString, Bytes([unused]).followed_by(body))
}

/// A string or other primitive value under its own tag.
pub(crate) fn primitive<B: AsRef<[u8]>>(tag: Tag, value: B) -> Wrap<Bytes<B>> {
    wrap(tag, Bytes(value))
}

/// `[number] IMPLICIT` of a string or other primitive value.
pub(crate) fn implicit<B: AsRef<[u8]>>(number: u32, value: B) -> Wrap<Bytes<B>> {
    wrap(context(number, false), Bytes(value))
}

/// `[number]` around other encodings: EXPLICIT, or IMPLICIT of a SEQUENCE or SET.
pub(crate) fn tagged<B: Encode>(number: u32, body: B) -> Wrap<B> {
    wrap(context(number, true), body)
}

fn context(number: u32, constructed: bool) -> Tag {
    Tag::ContextSpecific {
        constructed,
        number: TagNumber(number),
    }
}

fn wrap<B: Encode>(tag: Tag, body: B) -> Wrap<B> {
    Wrap { tag, body }
}
