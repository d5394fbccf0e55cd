//! A TCP connection as the blocking link that TLS runs over, with one deadline for all that is read and written.

use std::cell::Cell;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use embedded_io::{ErrorKind, ErrorType, Read, Write};

/// The moment at which waiting ends. A deadline and not a time-out for each read: a host that sends a byte now and then
/// must not hold the board for ever.
#[derive(Debug)]
pub(super) struct Deadline(Cell<Instant>);

impl Deadline {
    pub(super) fn after(wait: Duration) -> Self {
        let deadline = Self(Cell::new(Instant::now()));
        deadline.extend(wait);
        deadline
    }

    /// Sets the deadline anew, from now.
    pub(super) fn extend(&self, wait: Duration) {
        self.0.set(Instant::now() + wait);
    }

    /// What is left; nothing where it has passed.
    fn left(&self) -> Result<Duration, ErrorKind> {
        let left = self.0.get().saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left).ok_or(ErrorKind::TimedOut)
    }
}

pub(super) struct TcpLink<'a> {
    stream: TcpStream,
    deadline: &'a Deadline,
}

impl<'a> TcpLink<'a> {
    pub(super) fn new(stream: TcpStream, deadline: &'a Deadline) -> Self {
        Self { stream, deadline }
    }
}

impl ErrorType for TcpLink<'_> {
    type Error = ErrorKind;
}

impl Read for TcpLink<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        let left = self.deadline.left()?;
        self.stream.set_read_timeout(Some(left)).map_err(kind)?;
        self.stream.read(buf).map_err(kind)
    }
}

impl Write for TcpLink<'_> {
    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        let left = self.deadline.left()?;
        self.stream.set_write_timeout(Some(left)).map_err(kind)?;
        self.stream.write(buf).map_err(kind)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// By value, so that it fits `map_err`. `embedded-io` could do it with its `std` feature, which Cargo would then turn on
/// for the no_std crates of this workspace as well.
#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn kind(error: io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::ConnectionReset => ErrorKind::ConnectionReset,
        io::ErrorKind::ConnectionAborted => ErrorKind::ConnectionAborted,
        io::ErrorKind::NotConnected => ErrorKind::NotConnected,
        io::ErrorKind::BrokenPipe => ErrorKind::BrokenPipe,
        io::ErrorKind::Interrupted => ErrorKind::Interrupted,
        // A socket's time-out shows as the former.
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ErrorKind::TimedOut,
        _ => ErrorKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_silent_host_does_not_hold_the_board() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let deadline = Deadline::after(Duration::from_millis(10));
        let mut link = TcpLink::new(stream, &deadline);
        assert_eq!(link.read(&mut [0]), Err(ErrorKind::TimedOut));
        // The deadline has passed for everything, until it is extended.
        assert_eq!(link.write(b"x"), Err(ErrorKind::TimedOut));
        deadline.extend(Duration::from_mins(1));
        assert_eq!(link.write(b"x"), Ok(1));
    }

    #[test]
    fn a_host_that_takes_nothing_does_not_hold_the_board() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let deadline = Deadline::after(Duration::from_millis(10));
        let mut link = TcpLink::new(stream, &deadline);
        let failure = std::iter::repeat_with(|| link.write(&[0; 4096])).find_map(Result::err);
        assert_eq!(failure, Some(ErrorKind::TimedOut));
    }
}
