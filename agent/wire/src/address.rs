//! IP addresses in text, as people and configurations write them.
//!
//! What is read is what `core::net` reads; but that parser costs a small board three times the code.

use core::net::{IpAddr, SocketAddrV4};

use crate::ascii::{self, piece};

/// IPv4 in dotted decimal without leading zeros, or IPv6 (RFC 4291 section 2.2) without a zone.
pub fn ip(text: &str) -> Option<IpAddr> {
    let mut octets = [0; 4];
    if v4(text.as_bytes(), &mut octets).is_some() {
        return Some(IpAddr::V4(octets.into()));
    }
    v6(text.as_bytes()).map(|octets| IpAddr::V6(octets.into()))
}

/// An IPv4 address, a colon and a port.
pub fn socket_v4(text: &str) -> Option<SocketAddrV4> {
    let mut rest = Some(text.as_bytes());
    let mut octets = [0; 4];
    v4(piece(&mut rest, b':')?, &mut octets)?;
    Some(SocketAddrV4::new(octets.into(), number(rest?, 10)?))
}

/// Reads an IPv4 address to the beginning of `octets`.
fn v4(text: &[u8], octets: &mut [u8]) -> Option<()> {
    let mut rest = Some(text);
    for octet in octets.first_chunk_mut::<4>()? {
        let digits = piece(&mut rest, b'.')?;
        // 0 is a number, 01 is none.
        if let [b'0', _, ..] = digits {
            return None;
        }
        *octet = u8::try_from(number(digits, 10)?).ok()?;
    }
    rest.is_none().then_some(())
}

fn v6(text: &[u8]) -> Option<[u8; 16]> {
    let mut octets = [0; 16];
    let mut count: usize = 0;
    // How many octets stand before `::`.
    let mut gap = None;
    let mut rest = Some(text);
    if let [b':', b':', behind @ ..] = text {
        gap = Some(0);
        rest = not_empty(behind);
    }
    while let Some(group) = piece(&mut rest, b':') {
        let place = octets.get_mut(count..)?;
        let length = if group.is_empty() {
            // Between two colons; where they are the last, nothing stands behind them.
            if count == 0 || gap.replace(count).is_some() {
                return None;
            }
            rest = not_empty(rest?);
            0
        } else if rest.is_none() && v4(group, place).is_some() {
            // In place of the last two groups.
            4
        } else {
            let number = number(group, 16).filter(|_| group.len() <= 4)?;
            *place.first_chunk_mut()? = number.to_be_bytes();
            2
        };
        count = count.saturating_add(length);
    }
    // `::` stands for the zeros that are missing, at least one group.
    let missing = octets.len().saturating_sub(count);
    if gap.is_some() == (missing == 0) {
        return None;
    }
    for place in (gap.unwrap_or(count)..count).rev() {
        let octet = core::mem::take(octets.get_mut(place)?);
        *octets.get_mut(place.saturating_add(missing))? = octet;
    }
    Some(octets)
}

fn not_empty(text: &[u8]) -> Option<&[u8]> {
    Some(text).filter(|text| !text.is_empty())
}

/// At least one digit, and a number of 16 bits.
fn number(digits: &[u8], radix: u32) -> Option<u16> {
    let mut number: u32 = 0;
    for digit in digits {
        let value = ascii::digit(*digit).map(u32::from)?;
        number = number.saturating_mul(radix).saturating_add(value);
        if value >= radix || number > u32::from(u16::MAX) {
            return None;
        }
    }
    u16::try_from(number).ok().filter(|_| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::{Ipv4Addr, Ipv6Addr};
    use proptest::prelude::*;

    fn same_verdict(text: &str) {
        assert_eq!(ip(text), text.parse().ok(), "{text}");
        assert_eq!(socket_v4(text), text.parse().ok(), "{text}");
    }

    #[test]
    fn the_standard_parser_judges_the_same() {
        for text in [
            "",
            ":",
            "::",
            ":::",
            "1",
            "1::",
            "::1",
            ":1",
            "1:",
            "1::2",
            "1::2::3",
            "1:::2",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8",
            "1:2:3:4::5:6:7:8",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:1.2.3.4",
            "1:2:3:4:5:1.2.3.4",
            "1:2:3:4:5:6:7:1.2.3.4",
            "::1.2.3.4",
            "1:2:3:4:5::1.2.3.4",
            "1:2:3:4:5:6::1.2.3.4",
            "1.2.3.4::",
            "::1.2.3.4:5",
            "::1.2.3",
            "1.2.3.4",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.4.",
            ".1.2.3.4",
            "01.2.3.4",
            "0.0.0.0",
            "00.0.0.0",
            "256.1.1.1",
            "255.255.255.255",
            "1.2.3.+4",
            "1.2.3.a",
            "a.b.c.d",
            "10000::",
            "00001::",
            "0000::",
            "ffff::FFFF",
            "g::",
            "fe80::1%eth0",
            "[::1]",
            " ::1",
            "1.2.3.4:80",
            "1.2.3.4:",
            "1.2.3.4:65535",
            "1.2.3.4:65536",
            "1.2.3.4:0000080",
            "1.2.3.4:8f",
            "1.2.3.4:80:",
            ":80",
            "1.2.3.4 :80",
            "::ffff:192.0.2.1",
        ] {
            same_verdict(text);
        }
    }

    proptest! {
        #[test]
        fn addresses_are_read(octets: [u8; 4], groups: [u16; 8], port: u16, shift in 0u32..17) {
            same_verdict(&std::format!("{}", Ipv4Addr::from(octets)));
            same_verdict(&std::format!("{}:{port}", Ipv4Addr::from(octets)));
            same_verdict(&std::format!("{}", Ipv6Addr::from(groups)));
            let sparse = groups.map(|group| group.checked_shr(shift ^ u32::from(group & 15)).unwrap_or(0));
            same_verdict(&std::format!("{}", Ipv6Addr::from(sparse)));
        }

        #[test]
        fn whatever_looks_like_one_is_judged_the_same(
            text in "([0-9a-f]{0,2}:{0,2}){0,9}(1\\.2\\.3\\.4|::|:)?|[0-9.]{0,16}(:[0-9]{0,6})?|[0-9a-fA-F:.]{0,24}",
        ) {
            same_verdict(&text);
        }
    }
}
