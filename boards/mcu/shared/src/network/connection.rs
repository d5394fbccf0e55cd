//! The stack's one TCP connection. It must not know what it carries.

use core::net::SocketAddrV4;

use embedded_io::ErrorKind;
use smoltcp::socket::tcp::{RecvError, State};

use super::Network;
use super::stack::Stack;

/// How long the bench may take to answer the first packet, in milliseconds.
const CONNECT: u64 = 10_000;
/// How long the bench may take to end its side once this board has ended its own, in milliseconds.
const LINGER: u64 = 5_000;

impl<N: Network> Stack<'_, N> {
    /// Connects from a local port; `None` where nobody answers in time.
    #[inline(never)]
    pub(super) fn connect(&mut self, bench: SocketAddrV4, port: u16) -> Option<()> {
        let (tcp, context) = self.tcp_and_context()?;
        tcp.connect(context, bench, port).ok()?;
        let until = self.now().saturating_add(CONNECT);
        self.wait(until, |stack| match stack.tcp()?.state() {
            State::SynSent | State::SynReceived => None,
            State::Established => Some(Some(())),
            _ => Some(None),
        })?
    }

    /// Takes bytes that have come; none at all where the bench has ended its side. `None` where there is nothing yet.
    pub(super) fn receive(&mut self, bytes: &mut [u8]) -> Option<Result<usize, ErrorKind>> {
        match self.tcp()?.recv_slice(bytes) {
            Ok(0) => None,
            Ok(count) => Some(Ok(count)),
            Err(RecvError::Finished) => Some(Ok(0)),
            Err(RecvError::InvalidState) => Some(Err(ErrorKind::ConnectionReset)),
        }
    }

    /// Puts as many bytes as there is room for on their way; `None` where there is none yet.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Option<Result<usize, ErrorKind>> {
        match self.tcp()?.send_slice(bytes) {
            Ok(0) => None,
            Ok(count) => Some(Ok(count)),
            Err(_) => Some(Err(ErrorKind::BrokenPipe)),
        }
    }

    /// Ends the connection so that what was sent last arrives: this side first, then what comes is read to the end.
    #[inline(never)]
    pub(super) fn hang_up(&mut self) {
        if let Some(tcp) = self.tcp() {
            tcp.close();
        }
        let until = self.now().saturating_add(LINGER);
        let ended = self.wait(until, |stack| {
            let tcp = stack.tcp()?;
            while tcp.can_recv() && tcp.recv(|bytes| (bytes.len(), ())).is_ok() {}
            (!tcp.is_open()).then_some(())
        });
        if ended.is_none() {
            if let Some(tcp) = self.tcp() {
                tcp.abort();
            }
            // The reset goes out.
            self.poll();
        }
    }
}
