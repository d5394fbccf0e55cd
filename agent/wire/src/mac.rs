//! A board's MAC address and its one form on the wire.

use core::fmt;

use crate::ascii;

/// A 48-bit MAC address. Shown and sent as six lower-case pairs with colons: `02:00:00:12:34:5a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(4))]
pub struct Mac(pub [u8; 6]);

/// The text is not a MAC address in a form that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacSyntax;

impl fmt::Display for MacSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a MAC address is six pairs of hex digits with ':' or '-' between them")
    }
}

impl core::error::Error for MacSyntax {}

impl Mac {
    /// Reads six pairs of hex digits with one kind of separator, `:` or `-`, between all of them. Nothing else is taken.
    ///
    /// # Errors
    /// [`MacSyntax`] for anything else.
    pub fn parse(text: &str) -> Result<Self, MacSyntax> {
        let bytes: &[u8; 17] = text.as_bytes().try_into().map_err(|_| MacSyntax)?;
        let separator = bytes[2];
        if separator != b':' && separator != b'-' {
            return Err(MacSyntax);
        }
        let mut octets = [0; 6];
        for (octet, group) in octets.iter_mut().zip(bytes.chunks(3)) {
            let (digits, end) = group.split_at_checked(2).ok_or(MacSyntax)?;
            if end.first().is_some_and(|&found| found != separator) {
                return Err(MacSyntax);
            }
            ascii::unhex(digits, core::slice::from_mut(octet)).ok_or(MacSyntax)?;
        }
        Ok(Self(octets))
    }

    /// All zeros: what a board has that was never given one.
    pub fn is_zero(self) -> bool {
        self.0 == [0; 6]
    }

    /// All ones.
    pub fn is_broadcast(self) -> bool {
        self.0 == [0xFF; 6]
    }

    /// The group bit of the first octet is set (IEEE 802): not one station's address. Broadcast is one of these.
    pub fn is_multicast(self) -> bool {
        self.0[0] & 1 == 1
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, octet) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { ":" };
            write!(f, "{separator}{octet:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Mac;
    use std::string::ToString;

    #[test]
    fn both_separators_and_cases_are_read() {
        for text in ["02:00:00:12:34:5a", "02-00-00-12-34-5A"] {
            assert_eq!(Mac::parse(text).unwrap().to_string(), "02:00:00:12:34:5a");
        }
    }

    #[test]
    fn nothing_else_is() {
        for text in [
            "",
            "1:2:3:4:5:6",
            "02:00:00:12:34",
            "02:00:00:12:34:5a:00",
            "02:00-00:12:34:5a",
            "+2:00:00:12:34:5a",
            "02:00:00:12:34:5g",
            "0200.0012.345a..",
            " 2:00:00:12:34:5a",
            "1:2:3:4:5:6:78901",
            "é2:00:00:12:34:5",
        ] {
            assert!(Mac::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn kinds_are_told_apart() {
        assert!(Mac([0; 6]).is_zero());
        assert!(Mac([0xFF; 6]).is_broadcast());
        assert!(Mac([1, 0, 0x5E, 0, 0, 1]).is_multicast());
        assert!(!Mac([2, 0, 0, 0, 0, 1]).is_multicast());
    }
}
