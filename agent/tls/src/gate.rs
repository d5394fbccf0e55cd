//! The gate between the link and `embedded-tls`: it lets in and out only the TLS records (RFC 8446 §5)
//! that have a place at this point of a session.
//!
//! Inwards it keeps from `embedded-tls` what that would trust or stumble over (the crate's
//! documentation lists it). Outwards it lets nothing but the ClientHello pass until the host's signature
//! has been checked, whatever `embedded-tls` may want to send. It must not know keys or contents.

use embedded_io::{Error as _, ErrorKind, ErrorType, Read, Write};

use crate::Error;
use crate::server_hello;
use crate::verdict::Verdict;

/// What a protected record holds beside its plaintext, in bytes: content type and AEAD tag.
pub(crate) const PROTECTION: usize = 1 + 16;
const HEADER: usize = 5;
const VERSION: [u8; 2] = [3, 3];

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
const FATAL: u8 = 2;

/// What may come in next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The ServerHello, or an alert instead of it.
    ServerHello,
    /// One ChangeCipherSpec (RFC 8446 appendix D.4), or the first protected record.
    FirstProtected,
    /// Protected records.
    Protected,
}

pub(crate) struct Gate<'a, S> {
    link: S,
    verdict: &'a Verdict,
    /// Largest protected record that fits the read buffer, in bytes without its header.
    capacity: usize,
    phase: Phase,
    /// Bytes that were checked and wait for `embedded-tls`: a header, or the whole ServerHello.
    checked: [u8; HEADER + server_hello::SIZE],
    checked_from: usize,
    checked_to: usize,
    /// Bytes of a protected record that still pass straight through.
    body_left: usize,
    /// Bytes of the ClientHello still to go out; `None` before its first byte.
    hello_left: Option<usize>,
}

impl<'a, S: Read + Write> Gate<'a, S> {
    pub(crate) fn new(link: S, verdict: &'a Verdict, capacity: usize) -> Self {
        Self {
            link,
            verdict,
            capacity,
            phase: Phase::ServerHello,
            checked: [0; HEADER + server_hello::SIZE],
            checked_from: 0,
            checked_to: 0,
            body_left: 0,
            hello_left: None,
        }
    }

    pub(crate) fn into_link(self) -> S {
        self.link
    }

    /// Tells the host why it was refused, unencrypted; a host takes that as long as it has decrypted
    /// nothing from us. A failure is of no interest: the link is given up next.
    pub(crate) fn send_alert(&mut self, code: u8) {
        if self.hello_left == Some(0) {
            let record = [ALERT, VERSION[0], VERSION[1], 0, 2, FATAL, code];
            let mut rest = &record[..];
            while let Ok(count @ 1..) = write_some(&mut self.link, rest) {
                rest = rest.get(count..).unwrap_or_default();
            }
            let _ = self.link.flush();
        }
    }

    fn refuse<T>(&self, reason: Error) -> Result<T, ErrorKind> {
        self.verdict.refuse(reason);
        Err(ErrorKind::InvalidData)
    }

    /// Reads the next record's header, and more where more has to be checked. `false` when the link
    /// has ended.
    fn next_record(&mut self) -> Result<bool, ErrorKind> {
        let mut header = [0; HEADER];
        if !fill(&mut self.link, &mut header)? {
            return Ok(false);
        }
        let [kind, major, minor, high, low] = header;
        let size = usize::from(u16::from_be_bytes([high, low]));
        if [major, minor] != VERSION && kind != ALERT {
            return self.refuse(Error::UnexpectedRecord);
        }
        match (self.phase, kind, size) {
            (Phase::ServerHello, HANDSHAKE, server_hello::SIZE) => self.take_server_hello(header),
            (Phase::ServerHello, HANDSHAKE, _) => self.refuse(Error::ServerHelloRefused),
            (Phase::ServerHello, ALERT, 2) => self.take_alert(),
            (Phase::FirstProtected, CHANGE_CIPHER_SPEC, 1) => self.take_change_cipher_spec(),
            (Phase::FirstProtected | Phase::Protected, APPLICATION_DATA, PROTECTION..) => {
                if size > self.capacity {
                    return self.refuse(Error::RecordTooLarge);
                }
                self.phase = Phase::Protected;
                self.body_left = size;
                self.hand_over(&header);
                Ok(true)
            }
            _ => self.refuse(Error::UnexpectedRecord),
        }
    }

    fn take_server_hello(&mut self, header: [u8; HEADER]) -> Result<bool, ErrorKind> {
        let mut message = [0; server_hello::SIZE];
        if !fill(&mut self.link, &mut message)? {
            return Ok(false);
        }
        if !server_hello::is_acceptable(&message) {
            return self.refuse(Error::ServerHelloRefused);
        }
        self.hand_over(&header);
        self.append(&message);
        self.phase = Phase::FirstProtected;
        Ok(true)
    }

    fn take_alert(&mut self) -> Result<bool, ErrorKind> {
        let mut alert = [0; 2];
        if !fill(&mut self.link, &mut alert)? {
            return Ok(false);
        }
        self.refuse(Error::HostAlert(Some(alert[1])))
    }

    /// It says nothing (RFC 8446 §5): checked and thrown away. A second one is refused.
    fn take_change_cipher_spec(&mut self) -> Result<bool, ErrorKind> {
        let mut body = [0; 1];
        if !fill(&mut self.link, &mut body)? {
            return Ok(false);
        }
        if body != [1] {
            return self.refuse(Error::UnexpectedRecord);
        }
        self.phase = Phase::Protected;
        Ok(true)
    }

    fn hand_over(&mut self, bytes: &[u8]) {
        self.checked_from = 0;
        self.checked_to = 0;
        self.append(bytes);
    }

    fn append(&mut self, bytes: &[u8]) {
        let free = self.checked.iter_mut().skip(self.checked_to);
        for (to, from) in free.zip(bytes) {
            *to = *from;
            self.checked_to += 1;
        }
    }

    fn deliver(&mut self, buf: &mut [u8]) -> usize {
        let waiting = self.checked.get(self.checked_from..self.checked_to);
        let mut count = 0;
        for (to, from) in buf.iter_mut().zip(waiting.unwrap_or_default()) {
            *to = *from;
            count += 1;
        }
        self.checked_from += count;
        count
    }

    /// The part of a write that may go out while the host is unknown: the ClientHello.
    fn hello_part<'b>(&mut self, buf: &'b [u8]) -> Option<&'b [u8]> {
        match self.hello_left {
            None if buf.first() == Some(&HANDSHAKE) => {
                self.hello_left = Some(buf.len());
                Some(buf)
            }
            Some(left @ 1..) => buf.get(..left.min(buf.len())),
            _ => None,
        }
    }
}

impl<S> ErrorType for Gate<'_, S> {
    type Error = ErrorKind;
}

impl<S: Read + Write> Read for Gate<'_, S> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            let delivered = self.deliver(buf);
            if delivered > 0 {
                return Ok(delivered);
            }
            if self.body_left > 0 {
                let wanted = self.body_left.min(buf.len());
                let count = read_some(&mut self.link, buf.get_mut(..wanted).unwrap_or_default())?;
                self.body_left = self.body_left.saturating_sub(count);
                return Ok(count);
            }
            if !self.next_record()? {
                return Ok(0);
            }
        }
    }
}

impl<S: Read + Write> Write for Gate<'_, S> {
    /// Takes whole records at first: `embedded-tls` makes one call of `write_all` per record.
    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        if self.verdict.host_is_checked() {
            return write_some(&mut self.link, buf);
        }
        if let Some(part) = self.hello_part(buf) {
            let count = write_some(&mut self.link, part)?;
            self.hello_left = self.hello_left.map(|left| left.saturating_sub(count));
            return Ok(count);
        }
        // `embedded-tls` sends its unencrypted alerts under this type; the session sends its own.
        if buf.first() == Some(&CHANGE_CIPHER_SPEC) {
            return Ok(buf.len());
        }
        self.refuse(Error::HostNotAuthenticated)
    }

    /// As the provided one, but an error where nothing is taken: that one panics.
    fn write_all(&mut self, mut buf: &[u8]) -> Result<(), ErrorKind> {
        while !buf.is_empty() {
            buf = match self.write(buf)? {
                0 => return Err(ErrorKind::WriteZero),
                count => buf.get(count..).unwrap_or_default(),
            };
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.link.flush().map_err(|error| error.kind())
    }
}

/// Fills the buffer; `false` when the link ended before.
fn fill<S: Read>(link: &mut S, mut buf: &mut [u8]) -> Result<bool, ErrorKind> {
    while !buf.is_empty() {
        let count = read_some(link, buf)?;
        if count == 0 {
            return Ok(false);
        }
        buf = buf.get_mut(count..).unwrap_or_default();
    }
    Ok(true)
}

fn read_some<S: Read>(link: &mut S, buf: &mut [u8]) -> Result<usize, ErrorKind> {
    loop {
        match link.read(buf).map_err(|error| error.kind()) {
            Err(ErrorKind::Interrupted) => {}
            // A link that counts more than there was room for is broken, and must not make us panic.
            Ok(count) if count > buf.len() => return Err(ErrorKind::InvalidData),
            other => return other,
        }
    }
}

fn write_some<S: Write>(link: &mut S, buf: &[u8]) -> Result<usize, ErrorKind> {
    loop {
        match link.write(buf).map_err(|error| error.kind()) {
            Err(ErrorKind::Interrupted) => {}
            Ok(0) if !buf.is_empty() => return Err(ErrorKind::WriteZero),
            Ok(count) if count > buf.len() => return Err(ErrorKind::InvalidData),
            other => return other,
        }
    }
}
