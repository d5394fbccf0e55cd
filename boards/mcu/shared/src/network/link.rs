//! The TCP connection as the blocking link that TLS runs over, with one deadline for all that is read and written.

use core::cell::Cell;

use embedded_io::{ErrorKind, ErrorType, Read, Write};

use super::Network;
use super::stack::Stack;

/// The moment at which waiting ends. A deadline and not a time-out for each read: a host that sends a byte now and then
/// must not hold the board for ever.
pub(super) struct Deadline(Cell<Wait>);

#[derive(Clone, Copy)]
enum Wait {
    /// So many milliseconds from the next look at the clock on.
    For(u64),
    /// To this moment of the clock.
    Until(u64),
}

impl Deadline {
    pub(super) fn after(wait: u64) -> Self {
        Self(Cell::new(Wait::For(wait)))
    }

    /// Sets the deadline anew, in milliseconds from when the link is next used.
    pub(super) fn extend(&self, wait: u64) {
        self.0.set(Wait::For(wait));
    }

    fn end(&self, now: u64) -> u64 {
        let end = match self.0.get() {
            Wait::For(wait) => now.saturating_add(wait),
            Wait::Until(end) => end,
        };
        self.0.set(Wait::Until(end));
        end
    }
}

pub(super) struct TcpLink<'s, 'a, N> {
    stack: &'s mut Stack<'a, N>,
    deadline: &'s Deadline,
}

impl<'s, 'a, N: Network> TcpLink<'s, 'a, N> {
    pub(super) fn new(stack: &'s mut Stack<'a, N>, deadline: &'s Deadline) -> Self {
        Self { stack, deadline }
    }

    fn wait(
        &mut self,
        ready: impl FnMut(&mut Stack<'a, N>) -> Option<Result<usize, ErrorKind>>,
    ) -> Result<usize, ErrorKind> {
        let until = self.deadline.end(self.stack.now());
        self.stack
            .wait(until, ready)
            .unwrap_or(Err(ErrorKind::TimedOut))
    }
}

impl<N> ErrorType for TcpLink<'_, '_, N> {
    type Error = ErrorKind;
}

impl<N: Network> Read for TcpLink<'_, '_, N> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, ErrorKind> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.wait(|stack| stack.receive(bytes))
    }
}

impl<N: Network> Write for TcpLink<'_, '_, N> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.wait(|stack| stack.send(bytes))
    }

    /// As the provided one, but an error where nothing is taken: that one panics.
    fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), ErrorKind> {
        while !bytes.is_empty() {
            bytes = match self.write(bytes)? {
                0 => return Err(ErrorKind::WriteZero),
                count => bytes.get(count..).unwrap_or_default(),
            };
        }
        Ok(())
    }

    /// What the bench has no room for yet goes out while the board waits for the next bytes, or hangs up.
    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.stack.poll();
        Ok(())
    }
}
