//! What the text of one JSON value means: what was sent is read as the type that belongs there, or refused.

use serde::Deserialize;

use crate::items::{Items, Malformed, members};
use crate::{Bytes, Fixed, Mac, Text, base64};

/// A value as it stands in a message.
pub(crate) type Value<'a> = &'a [u8];

/// A field that must be there.
pub(crate) fn needed(value: Option<Value<'_>>) -> Result<Value<'_>, Malformed> {
    value.ok_or(Malformed)
}

/// The field of a message that has one beside its head.
pub(crate) fn only<'a>(message: &'a [u8], name: &str) -> Result<Value<'a>, Malformed> {
    let [value] = members(message, name)?;
    needed(value)
}

/// A field that may be left out. `null` is the same; nobody sends it, but it was always taken.
pub(crate) fn given(value: Option<Value<'_>>) -> Option<Value<'_>> {
    value.filter(|value| *value != b"null")
}

/// A number that may be left out.
pub(crate) fn number_if_given(value: Option<Value<'_>>) -> Result<Option<u32>, Malformed> {
    given(value).map(number).transpose()
}

/// A number in plain decimal, of the type's size.
pub(crate) fn number<T: TryFrom<u32>>(value: Value<'_>) -> Result<T, Malformed> {
    T::try_from(parsed::<u32>(value)?).map_err(|_| Malformed)
}

/// `true` or `false`.
pub(crate) fn flag(value: Value<'_>) -> Result<bool, Malformed> {
    parsed(value)
}

fn parsed<'a, T: Deserialize<'a>>(value: Value<'a>) -> Result<T, Malformed> {
    let parsed = serde_json_core::from_slice(value);
    parsed.map(|(value, _)| value).map_err(|_| Malformed)
}

/// A string as it stands there: without its quotes, with its escapes.
pub(crate) fn raw(value: Value<'_>) -> Result<&str, Malformed> {
    let [b'"', inside @ .., b'"'] = value else {
        return Err(Malformed);
    };
    core::str::from_utf8(inside).map_err(|_| Malformed)
}

/// A string that may hold escapes.
pub(crate) fn text(value: Value<'_>) -> Result<Text<'_>, Malformed> {
    Ok(Text::as_sent(raw(value)?))
}

/// A string that is sent without escapes.
pub(crate) fn plain(value: Value<'_>) -> Result<&str, Malformed> {
    match text(value)? {
        Text::Plain(text) => Ok(text),
        Text::Escaped(_) => Err(Malformed),
    }
}

/// A string that the reader keeps, its escapes resolved.
pub(crate) fn kept<const N: usize>(value: Value<'_>) -> Result<heapless::String<N>, Malformed> {
    let mut place = [0; N];
    let kept = text(value)?
        .resolve(&mut &mut place[..])
        .map(TryInto::try_into);
    kept.map_err(|_| Malformed)?.map_err(|_| Malformed)
}

/// Base64 of any length.
pub(crate) fn bytes(value: Value<'_>) -> Result<Bytes<'_>, Malformed> {
    plain(value).map(Bytes::Encoded)
}

/// Base64 of exactly `N` bytes.
#[inline]
pub(crate) fn fixed<const N: usize>(value: Value<'_>) -> Result<Fixed<N>, Malformed> {
    let mut bytes = [0; N];
    exactly(value, &mut bytes)?;
    Ok(Fixed(bytes))
}

fn exactly(value: Value<'_>, bytes: &mut [u8]) -> Result<(), Malformed> {
    let text = raw(value)?;
    if base64::decode(text.as_bytes(), bytes) == Some(bytes.len()) {
        Ok(())
    } else {
        Err(Malformed)
    }
}

/// A MAC.
pub(crate) fn mac(value: Value<'_>) -> Result<Mac, Malformed> {
    let text: heapless::String<17> = kept(value)?;
    Mac::parse(&text).map_err(|_| Malformed)
}

/// An array of two.
#[inline(never)]
fn two(value: Value<'_>) -> Result<[Value<'_>; 2], Malformed> {
    let mut items = Items::array(value)?;
    let mut two: [Value<'_>; 2] = [&[]; 2];
    for place in &mut two {
        if !items.next()? {
            return Err(Malformed);
        }
        *place = items.value;
    }
    if items.next()? {
        return Err(Malformed);
    }
    Ok(two)
}

/// What kind of string it is, in a word, and the string.
pub(crate) fn pair(value: Value<'_>) -> Result<(&str, Text<'_>), Malformed> {
    let [kind, value] = two(value)?;
    Ok((raw(kind)?, text(value)?))
}

/// Oldest and newest version.
pub(crate) fn versions(value: Value<'_>) -> Result<[u8; 2], Malformed> {
    let [oldest, newest] = two(value)?;
    Ok([number(oldest)?, number(newest)?])
}

/// What stands in an array, item by item; nothing where the field is left out.
#[inline(never)]
pub(crate) fn each<'a>(
    value: Option<Value<'a>>,
    take: &mut dyn FnMut(Value<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let Some(value) = value else { return Ok(()) };
    let mut items = Items::array(value)?;
    while items.next()? {
        take(items.value)?;
    }
    Ok(())
}
