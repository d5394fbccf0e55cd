//! What every message has: version, request id and kind, before the fields of its kind.
//!
//! A request is `{"v":1,"id":7,"kind":"csr",…}`, its reply `{"v":1,"re":7,"kind":"csr",…}`. That replies say `re` and
//! requests `id` lets a host notice that a line only echoes what it sends. The head is read first and alone, so that a kind
//! or a version that is not known can still be answered.

use serde::{Deserialize, Serialize};

use crate::{ErrorNumber, limits, shape, version};

/// A message that is none, or not one for this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// Not a JSON object with `v`, `kind` and one of `id` and `re`.
    NotAMessage,
    /// A request where a reply was expected: the line echoes.
    Echo,
    /// A reply where a request was expected.
    NotARequest,
    /// A kind that this version does not know; the id, for the answer.
    UnknownKind(u32),
    /// A protocol version that this side does not speak; the id, for the answer.
    UnknownVersion(u32),
    /// A field of the kind is missing, malformed or over its limit; the id, for the answer.
    BadField(u32),
    /// It does not fit into one frame.
    TooLong,
}

impl MessageError {
    /// The id to answer to, 0 where none could be read, and the number to answer with.
    pub const fn answer(self) -> (u32, ErrorNumber) {
        match self {
            Self::NotAMessage | Self::Echo | Self::NotARequest => (0, ErrorNumber::NotAMessage),
            Self::UnknownKind(id) => (id, ErrorNumber::UnknownKind),
            Self::UnknownVersion(id) => (id, ErrorNumber::NoCommonVersion),
            Self::BadField(id) => (id, ErrorNumber::BadField),
            Self::TooLong => (0, ErrorNumber::AnswerTooLong),
        }
    }
}

impl core::fmt::Display for MessageError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NotAMessage => "not a Nameplate message",
            Self::Echo => "the line echoes what is sent into it",
            Self::NotARequest => "a reply where a request belongs",
            Self::UnknownKind(_) => "a kind of message that is not known here",
            Self::UnknownVersion(_) => "a protocol version that is not spoken here",
            Self::BadField(_) => "a field is missing, malformed or over its limit",
            Self::TooLong => "too long for one frame",
        })
    }
}

impl core::error::Error for MessageError {}

/// The head of a message: of its fields `id` and `re` a message has one.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Head<'a> {
    pub(crate) v: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) re: Option<u32>,
    pub(crate) kind: &'a str,
}

impl<'a> Head<'a> {
    /// The head of a request, in version [`version::CURRENT`].
    pub(crate) const fn request(id: u32, kind: &'a str) -> Self {
        Self {
            v: version::CURRENT,
            id: Some(id),
            re: None,
            kind,
        }
    }

    /// The head of a reply to the request `re`, in version [`version::CURRENT`].
    pub(crate) const fn reply(re: u32, kind: &'a str) -> Self {
        Self {
            v: version::CURRENT,
            id: None,
            re: Some(re),
            kind,
        }
    }

    pub(crate) fn read(message: &'a [u8]) -> Result<Self, MessageError> {
        if message.len() > limits::MESSAGE || !shape::is_acceptable(message) {
            return Err(MessageError::NotAMessage);
        }
        serde_json_core::from_slice::<Self>(message)
            .ok()
            .filter(|(_, used)| *used == message.len())
            .map(|(head, _)| head)
            .ok_or(MessageError::NotAMessage)
    }
}

/// The fields of a message's kind, read from the whole message; those of the head are skipped.
pub(crate) fn read_fields<'a, T: Deserialize<'a>>(
    message: &'a [u8],
    id: u32,
) -> Result<T, MessageError> {
    let mut scratch = [0; limits::ESCAPED_TEXT];
    serde_json_core::from_slice_escaped::<T>(message, &mut scratch)
        .map(|(fields, _)| fields)
        .map_err(|_| MessageError::BadField(id))
}

/// Writes head and fields as one object and returns its length; `None` where it does not fit. The fields are written over the
/// head's closing brace, so that two objects become one.
pub(crate) fn write(out: &mut [u8], head: Head<'_>, fields: &impl Serialize) -> Option<usize> {
    let head = serde_json_core::to_slice(&head, out).ok()?;
    let seam = head.checked_sub(1)?;
    let length = serde_json_core::to_slice(fields, out.get_mut(seam..)?).ok()?;
    let join = if length == 2 { b'}' } else { b',' };
    *out.get_mut(seam)? = join;
    if length == 2 {
        return Some(head);
    }
    seam.checked_add(length)
}
