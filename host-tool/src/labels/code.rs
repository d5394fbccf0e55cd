//! What a label's QR code says, and how a line from a scanner is read: MAC address, a space, name.
//!
//! Many scanners type what they read as a keyboard would. The MAC has no colons, since those are elsewhere on other keyboards;
//! what else a name holds is the name's.

use nameplate_wire::Mac;

/// Digits of a MAC address.
const DIGITS: usize = 12;
/// The greatest line that is looked at, in bytes: a name of the greatest size four times over.
pub const MAX_LINE: usize = 320;

/// What a board's QR code says.
pub fn text(mac: Mac, name: &str) -> String {
    let digits: String = mac.to_string().split(':').collect();
    format!("{} {name}", digits.to_ascii_uppercase())
}

/// What a line can be: a label of ours, or what somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read<'a> {
    /// Both, as on a label.
    Both {
        /// The address.
        mac: Mac,
        /// The name.
        name: &'a str,
    },
    /// A MAC address alone; or a name that looks like one.
    Mac(Mac),
    /// A name alone.
    Name(&'a str),
}

/// Reads a line without its ending; `None` where it says nothing.
pub fn read(line: &str) -> Option<Read<'_>> {
    let line = line.trim();
    if line.is_empty() {
        return None;
    }
    if let Some(mac) = mac(line) {
        return Some(Read::Mac(mac));
    }
    if let Some((first, name)) = line.split_once(' ')
        && let Some(mac) = mac(first)
    {
        return Some(Read::Both { mac, name });
    }
    Some(Read::Name(line))
}

/// A MAC address with colons, hyphens or nothing between its pairs, in either case.
fn mac(text: &str) -> Option<Mac> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ':' | '-'))
        .take(DIGITS + 1)
        .collect();
    let is_plain = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let separators = text.len().checked_sub(DIGITS)?;
    if !is_plain || !matches!(separators, 0 | 5) {
        return None;
    }
    let mut octets = [0_u8; 6];
    for (octet, at) in octets.iter_mut().zip((0..DIGITS).step_by(2)) {
        *octet = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
    }
    let mac = Mac(octets);
    let written = mac.to_string();
    let is_as_written = separators == 0
        || text.eq_ignore_ascii_case(&written)
        || text.eq_ignore_ascii_case(&written.replace(':', "-"));
    is_as_written.then_some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MAC: Mac = Mac([0x02, 0x4e, 0x50, 0, 0, 0xfa]);

    #[test]
    fn a_label_says_both() {
        assert_eq!(text(MAC, "demo-0001"), "024E500000FA demo-0001");
        let both = Read::Both {
            mac: MAC,
            name: "demo-0001",
        };
        for line in [
            "024E500000FA demo-0001",
            "024e500000fa demo-0001\r",
            " 02:4e:50:00:00:fa demo-0001 ",
        ] {
            assert_eq!(read(line), Some(both.clone()), "{line:?}");
        }
    }

    #[test]
    fn one_alone_is_taken_too() {
        for line in ["02-4E-50-00-00-FA", "02:4e:50:00:00:fa", "024E500000FA"] {
            assert_eq!(read(line), Some(Read::Mac(MAC)), "{line:?}");
        }
        for line in [
            "demo-0001",
            "a b",
            "02:4e50:0000fa",
            "02:4e-50:00-00:fa",
            "024E500000F",
            "024E500000FAB",
            "02:4e:50:00:00:f\u{e4}",
            "::::: 02",
        ] {
            assert_eq!(read(line), Some(Read::Name(line)), "{line:?}");
        }
        assert_eq!((read(""), read(" \t\r")), (None, None));
    }

    proptest! {
        #[test]
        fn every_label_is_read_back(octets: [u8; 6], name in "\\PC{1,64}") {
            let name = name.trim();
            prop_assume!(!name.is_empty());
            let line = text(Mac(octets), name);
            prop_assert_eq!(read(&line), Some(Read::Both { mac: Mac(octets), name }));
        }

        #[test]
        fn nothing_that_is_typed_is_a_panic(line in ".{0,80}") {
            let _ = read(&line);
        }
    }
}
