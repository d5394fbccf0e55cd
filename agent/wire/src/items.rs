//! Walks over JSON without a heap: what an object or an array holds, item by item, each as the text it stands in.
//!
//! One walk for every message and every list, so that a small board carries it once; what an item means is read from its
//! text afterwards (`value`). The walk descends into values that nobody asked for. A hostile message could use that to run
//! a board out of stack, so depth is bounded.

use crate::{ErrorNumber, limits, words};

/// The text is no JSON, or not the JSON that belongs there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl From<Malformed> for ErrorNumber {
    fn from(_: Malformed) -> Self {
        Self::BadField
    }
}

/// An object or an array, item by item.
pub(crate) struct Items<'a> {
    /// The name of the item that was found last, as it stands there, without the quotes; empty in an array.
    pub(crate) name: &'a [u8],
    /// The text of its value, without spaces around it.
    pub(crate) value: &'a [u8],
    rest: &'a [u8],
    /// The bracket at the end.
    end: u8,
    /// An item was found, so that a comma comes before the next.
    begun: bool,
    /// How much deeper the values may go.
    room: usize,
}

impl<'a> Items<'a> {
    /// What stands in an array.
    pub(crate) fn array(text: &'a [u8]) -> Result<Self, Malformed> {
        match text {
            [b'[', rest @ ..] => Ok(Self::new(rest, b']', limits::DEPTH)),
            _ => Err(Malformed),
        }
    }

    /// What stands in an object.
    fn object(text: &'a [u8]) -> Result<Self, Malformed> {
        match text {
            [b'{', rest @ ..] => Ok(Self::new(rest, b'}', limits::DEPTH)),
            _ => Err(Malformed),
        }
    }

    fn new(rest: &'a [u8], end: u8, depth: usize) -> Self {
        Self {
            name: &[],
            value: &[],
            rest,
            end,
            begun: false,
            room: depth.saturating_sub(1),
        }
    }

    /// Finds the next item; `false` at the end.
    pub(crate) fn next(&mut self) -> Result<bool, Malformed> {
        let first = self.peek()?;
        if first == self.end {
            self.eat();
            return Ok(false);
        }
        if self.begun {
            self.expect(b',')?;
        }
        self.begun = true;
        if self.end == b'}' {
            self.expect(b'"')?;
            self.name = self.string()?;
            self.expect(b':')?;
        }
        self.value = self.value()?;
        Ok(true)
    }

    /// The text of the value that comes next.
    fn value(&mut self) -> Result<&'a [u8], Malformed> {
        let first = self.peek()?;
        let text = self.rest;
        match first {
            b'"' => {
                self.eat();
                self.string()?;
            }
            b'[' | b'{' => {
                self.eat();
                let end = if first == b'[' { b']' } else { b'}' };
                if self.room == 0 {
                    return Err(Malformed);
                }
                let mut inner = Self::new(self.rest, end, self.room);
                while inner.next()? {}
                self.rest = inner.rest;
            }
            // A number or a word; which, is for its reader to say.
            _ => {
                let ends = |byte: &u8| matches!(byte, b' ' | b',' | b']' | b'}');
                let length = text.iter().position(ends).ok_or(Malformed)?;
                self.rest = text.get(length..).ok_or(Malformed)?;
            }
        }
        let length = text.len().saturating_sub(self.rest.len());
        let value = text.get(..length).filter(|value| !value.is_empty());
        value.ok_or(Malformed)
    }

    /// What stands in a string whose first quote is eaten, escapes as they are.
    fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let text = self.rest;
        let mut escaped = false;
        loop {
            let length = text.len().saturating_sub(self.rest.len());
            match self.next_byte()? {
                b'"' if !escaped => return text.get(..length).ok_or(Malformed),
                byte => escaped = byte == b'\\' && !escaped,
            }
        }
    }

    /// The next byte that is no space. There is no other white space in a message.
    fn peek(&mut self) -> Result<u8, Malformed> {
        while let [b' ', rest @ ..] = self.rest {
            self.rest = rest;
        }
        self.rest.first().copied().ok_or(Malformed)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.peek()? != byte {
            return Err(Malformed);
        }
        self.eat();
        Ok(())
    }

    fn eat(&mut self) {
        let _ = self.next_byte();
    }

    fn next_byte(&mut self) -> Result<u8, Malformed> {
        let (byte, rest) = self.rest.split_first().ok_or(Malformed)?;
        self.rest = rest;
        Ok(*byte)
    }
}

/// The texts of an object's values with these names, in their order; the others are skipped. `names` are `N`, parted by spaces.
///
/// # Errors
/// [`Malformed`] where the whole is not one object, a name holds an escape, or one of these names stands twice.
pub(crate) fn members<'a, const N: usize>(
    object: &'a [u8],
    names: &str,
) -> Result<[Option<&'a [u8]>; N], Malformed> {
    let mut values = [None; N];
    find(object, names, &mut values)?;
    Ok(values)
}

#[inline(never)]
fn find<'a>(
    object: &'a [u8],
    names: &str,
    values: &mut [Option<&'a [u8]>],
) -> Result<(), Malformed> {
    let mut items = Items::object(object)?;
    while items.next()? {
        // A name with escapes is nobody's: taken for another, a field would be lost without a word.
        #[expect(
            clippy::manual_contains,
            reason = "that searches by words, which is more code"
        )]
        let escaped = items.name.iter().any(|byte| *byte == b'\\');
        if escaped {
            return Err(Malformed);
        }
        let Some(place) = words::place(names, items.name) else {
            continue;
        };
        let value = values.get_mut(place).ok_or(Malformed)?;
        if value.replace(items.value).is_some() {
            return Err(Malformed);
        }
    }
    if items.rest.is_empty() {
        Ok(())
    } else {
        Err(Malformed)
    }
}
