//! Whether what a connection sent first is a whole `ClientHello`, without taking it from the socket.
//!
//! What is looked at stays with the system, which bounds it: a connection that has not come so far costs no buffer here.

use std::os::fd::AsFd;

use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};

/// Greatest first record of a board, header counted. Boards send under 400 bytes, browsers under 2,000.
pub(super) const MOST: usize = 4096;

/// The header of a TLS record (RFC 8446 section 5.1), and what the handshake message in it begins with (section 4).
const HEADER: usize = 5;
const MESSAGE_HEADER: usize = 4;

/// What there is of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// All of it.
    Whole,
    /// It may become one; some bytes came, or none.
    Part {
        /// Whether anything came.
        begun: bool,
    },
    /// It is something else.
    Other,
    /// The other side has ended the connection.
    Gone {
        /// Whether anything came before.
        begun: bool,
    },
}

/// Looks at what came on a socket so far.
pub(super) fn look(socket: impl AsFd, begun: bool) -> First {
    let mut bytes = [0; MOST];
    match recv(
        socket,
        &mut bytes[..],
        RecvFlags::PEEK | RecvFlags::DONTWAIT,
    ) {
        Ok((_, 0)) => First::Gone { begun },
        Ok((_, count)) => judge(bytes.get(..count).unwrap_or_default()),
        Err(Errno::AGAIN | Errno::INTR) => First::Part { begun },
        Err(_) => First::Gone { begun },
    }
}

/// Byte by byte, so that a wrong beginning is seen at once and not waited on.
fn judge(bytes: &[u8]) -> First {
    const HANDSHAKE: u8 = 22;
    const CLIENT_HELLO: u8 = 1;
    let at = |place: usize| bytes.get(place).copied();
    let part = First::Part {
        begun: !bytes.is_empty(),
    };
    // Any minor version: the record's version means nothing any more (RFC 8446 section 5.1).
    let begins = [(0, HANDSHAKE), (1, 3), (5, CLIENT_HELLO)];
    if begins
        .iter()
        .any(|(place, byte)| at(*place).is_some_and(|there| there != *byte))
    {
        return First::Other;
    }
    let (Some(high), Some(low)) = (at(3), at(4)) else {
        return part;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if !(MESSAGE_HEADER..=MOST - HEADER).contains(&length) {
        return First::Other;
    }
    let (Some(a), Some(b), Some(c)) = (at(6), at(7), at(8)) else {
        return part;
    };
    // One that goes on in a second record is none of a board's.
    let message = u32::from_be_bytes([0, a, b, c]) as usize;
    if message + MESSAGE_HEADER > length {
        return First::Other;
    }
    if bytes.len() < HEADER + length {
        return part;
    }
    First::Whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};

    fn record(length: usize) -> Vec<u8> {
        let mut record = vec![22, 3, 1];
        record.extend(u16::try_from(length).unwrap().to_be_bytes());
        record.push(1);
        record.extend(&u32::try_from(length - 4).unwrap().to_be_bytes()[1..]);
        record.resize(HEADER + length, 7);
        record
    }

    #[test]
    fn every_beginning_may_become_one_and_only_the_whole_is_one() {
        let whole = record(300);
        assert_eq!(judge(&[]), First::Part { begun: false });
        for end in 1..whole.len() {
            assert_eq!(judge(&whole[..end]), First::Part { begun: true }, "{end}");
        }
        assert_eq!(judge(&whole), First::Whole);
        assert_eq!(judge(&[whole, vec![0; 9]].concat()), First::Whole);
    }

    #[test]
    fn what_can_not_become_one_is_seen_at_once() {
        for other in [
            &b"GET / HTTP/1.1"[..],
            b"\x16\x02",
            b"\x15\x03\x03",
            &[22, 3, 1, 0x40, 0],
            &[22, 3, 1, 0, 3],
            &[22, 3, 1, 1, 0, 2],
            &[22, 3, 1, 0, 8, 1, 0, 0, 5],
        ] {
            assert_eq!(judge(other), First::Other, "{other:?}");
        }
        assert_eq!(judge(&record(MOST - HEADER)), First::Whole);
    }

    #[test]
    fn it_is_looked_at_and_left_where_it_is() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        assert_eq!(look(&server, false), First::Part { begun: false });
        client.write_all(&record(40)).unwrap();
        let seen = || loop {
            let first = look(&server, false);
            if first != (First::Part { begun: false }) {
                return first;
            }
        };
        assert_eq!(seen(), First::Whole);
        assert_eq!(look(&server, false), First::Whole, "it is still there");
    }
}
