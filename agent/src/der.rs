//! Reads DER (X.690) where it lies in the certificate store: a few bytes at a time, since a small board has no room for a chain.
//!
//! Readers of the crate `der` want a whole structure in memory. Here a structure is a [`Span`] of the store, and only headers
//! and what is compared are ever read. Every element is longer than nothing and ends within what it stands in, so whatever the
//! bytes are, reading them ends. Knows nothing of certificates.

use nameplate_wire::ErrorNumber;

use crate::{CertificateStore, ChainPlace};

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
/// `[0]` around another encoding.
pub(crate) const TAGGED_0: u8 = 0xA0;

/// Bytes compared at once.
const CHUNK: usize = 32;

/// A part of what is staged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    at: u16,
    end: u16,
}

impl Span {
    /// The first `length` bytes.
    pub(crate) fn first(length: u16) -> Self {
        Self { at: 0, end: length }
    }

    pub(crate) fn length(self) -> u16 {
        self.end.saturating_sub(self.at)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.length() == 0
    }

    /// Takes away its beginning, or all of it where it is shorter; what was taken.
    fn take(&mut self, length: usize) -> Self {
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        let middle = self.at.saturating_add(length).min(self.end);
        let taken = Self {
            at: self.at,
            end: middle,
        };
        self.at = middle;
        taken
    }
}

/// A reader of what is staged.
pub(crate) struct Der<'s, S>(pub(crate) &'s mut S);

impl<S: CertificateStore> Der<'_, S> {
    /// The bytes of a span, as many of them as there is room for; how many those are.
    #[inline(never)]
    pub(crate) fn read<'b>(
        &mut self,
        span: Span,
        room: &'b mut [u8],
    ) -> Result<&'b mut [u8], ErrorNumber> {
        let length = room.len().min(span.length().into());
        let bytes = room.get_mut(..length).unwrap_or_default();
        let read = self.0.read(ChainPlace::Staged, span.at, bytes);
        read.map_err(|_| ErrorNumber::CertificateRead)?;
        Ok(bytes)
    }

    /// Takes the next element off `rest`: its tag and its content.
    #[inline(never)]
    pub(crate) fn element(&mut self, rest: &mut Span) -> Result<(u8, Span), ErrorNumber> {
        // What is not there reads as zeros; then the content would begin behind the end.
        let mut head = [0; 4];
        self.read(*rest, &mut head)?;
        let [tag, form, high, low] = head;
        // Definite lengths in as few bytes as they need (section 10.1), up to what a chain can have.
        let (header, length) = match form {
            0..=0x7F => (2, u16::from(form)),
            0x81 if high >= 0x80 => (3, high.into()),
            0x82 if high > 0 => (4, u16::from_be_bytes([high, low])),
            _ => return Err(ErrorNumber::ChainUnreadable),
        };
        // Numbers over 30 take more bytes; no certificate has such tags.
        let is_short = tag & 0x1F != 0x1F;
        let mut content = *rest;
        content.take(header);
        let after = content.length().checked_sub(length);
        let is_there = usize::from(rest.length()) >= header;
        if !is_short || !is_there || after.is_none() {
            return Err(ErrorNumber::ChainUnreadable);
        }
        let element = content.take(length.into());
        *rest = content;
        Ok((tag, element))
    }

    /// Takes the next element off `rest`, which must have this tag.
    #[inline(never)]
    pub(crate) fn expect(&mut self, tag: u8, rest: &mut Span) -> Result<Span, ErrorNumber> {
        let (found, content) = self.element(rest)?;
        if found != tag {
            return Err(ErrorNumber::ChainUnreadable);
        }
        Ok(content)
    }

    /// Whether two spans hold the same bytes.
    #[inline(never)]
    pub(crate) fn same(&mut self, mut one: Span, mut other: Span) -> Result<bool, ErrorNumber> {
        let mut same = one.length() == other.length();
        while same && !one.is_empty() {
            let (mut left, mut right) = ([0; CHUNK], [0; CHUNK]);
            self.read(one.take(CHUNK), &mut left)?;
            self.read(other.take(CHUNK), &mut right)?;
            same = left == right;
        }
        Ok(same)
    }
}

#[cfg(test)]
pub(crate) mod tests;
