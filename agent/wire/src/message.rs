//! What every message has: version, request id and kind, before the fields of its kind.
//!
//! A request is `{"v":1,"id":7,"kind":"csr",…}`, its reply `{"v":1,"re":7,"kind":"csr",…}`. That replies say `re` and
//! requests `id` lets a host notice that a line only echoes what it sends. The head is read first and alone, so that a kind
//! or a version that is not known can still be answered.

use crate::items::{Malformed, members};
use crate::value::{needed, number, number_if_given, raw};
use crate::words::words;
use crate::{ErrorNumber, limits, version};

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

words! {
    /// What a message is about.
    #[expect(missing_docs, reason = "`Request` and `Reply` tell")]
    pub enum Kind {
        Hello = "hello",
        Identify = "identify",
        Csr = "csr",
        Recorded = "recorded",
        Install = "install",
        Prove = "prove",
        Lock = "lock",
        Erase = "erase",
        Error = "error",
    }
}

/// The head of a message: of its fields `id` and `re` a message has one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    v: u8,
    pub(crate) id: Option<u32>,
    pub(crate) re: Option<u32>,
    /// `None` where it is one that is not known.
    pub(crate) kind: Option<Kind>,
}

impl Head {
    /// Reads the head, and with it finds out whether the whole is a message: what follows can rely on it.
    pub(crate) fn read(message: &[u8]) -> Result<Self, MessageError> {
        let printable =
            core::str::from_utf8(message).is_ok() && !message.iter().any(u8::is_ascii_control);
        if message.len() > limits::MESSAGE || !printable {
            return Err(MessageError::NotAMessage);
        }
        Self::fields(message).map_err(|Malformed| MessageError::NotAMessage)
    }

    fn fields(message: &[u8]) -> Result<Self, Malformed> {
        let [v, id, re, kind] = members(message, "v id re kind")?;
        Ok(Self {
            v: number(needed(v)?)?,
            id: number_if_given(id)?,
            re: number_if_given(re)?,
            kind: Kind::from_word(raw(needed(kind)?)?),
        })
    }

    /// Whether this side speaks the message's version.
    pub(crate) fn is_known(&self) -> bool {
        (version::MIN..=version::CURRENT).contains(&self.v)
    }
}
