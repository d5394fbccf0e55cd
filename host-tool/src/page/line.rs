//! A browser's connection, bounded: how many there are, and for how long one may keep quiet or not read.
//!
//! Below TLS and HTTP, so that whoever stops in the middle of either is dropped too.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// Connections at once.
const MOST: usize = 64;

/// Connections at once from one address beyond this machine: one guest leaves room for others.
const MOST_OF_ONE: usize = 24;

/// A request must be whole, and its answer begun, within this time of its first byte.
const REQUEST: Duration = Duration::from_secs(30);

/// How long a connection may stay open with nothing to do.
const IDLE: Duration = Duration::from_mins(1);

/// How long nothing is read of what was written.
const STALLED: Duration = Duration::from_secs(20);

/// Lets connections in, as many as there may be.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One that was let in.
struct Place {
    lines: Lines,
    from: IpAddr,
}

impl Lines {
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, from: IpAddr) -> Option<Place> {
        let mut all = self.lock();
        let most = if from.is_loopback() {
            MOST
        } else {
            MOST_OF_ONE
        };
        let of_one = all.get(&from).copied().unwrap_or(0);
        if all.values().sum::<usize>() >= MOST || of_one >= most {
            return None;
        }
        all.insert(from, of_one + 1);
        Some(Place {
            lines: self.clone(),
            from,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.lines.lock();
        if let Some(count) = all.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.from);
            }
        }
    }
}

impl<S> Accept<TcpStream, S> for Lines {
    type Stream = Line;
    type Service = S;
    type Future = Ready<io::Result<(Line, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let line = || {
            let from = stream.peer_addr()?.ip();
            let place = self
                .enter(from)
                .ok_or_else(|| io::Error::other("too many connections"))?;
            stream.set_nodelay(true)?;
            Ok(Line::new(stream, place))
        };
        ready(line().map(|line| (line, service)))
    }
}

/// A connection that ends by itself where the other side does nothing.
pub(super) struct Line {
    stream: TcpStream,
    /// When it is dropped; set by the first byte of a request and by each answer.
    late: Pin<Box<Sleep>>,
    is_asking: bool,
    stalled: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl Line {
    fn new(stream: TcpStream, place: Place) -> Self {
        Self {
            stream,
            late: Box::pin(sleep(REQUEST)),
            is_asking: true,
            stalled: None,
            _place: place,
        }
    }

    /// After a write: it went through, or has been waiting for too long.
    fn written<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            self.is_asking = false;
            self.late.as_mut().reset(Instant::now() + IDLE);
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(STALLED)));
        if stalled.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            if !self.is_asking {
                self.is_asking = true;
                self.late.as_mut().reset(Instant::now() + REQUEST);
            }
            return Poll::Ready(read);
        }
        if self.late.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_too_many_and_one_leaves_room_for_others() {
        let lines = Lines::default();
        let (one, here) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([127, 0, 0, 1]));
        let mut inside: Vec<_> = std::iter::from_fn(|| lines.enter(one)).collect();
        assert_eq!(inside.len(), MOST_OF_ONE);
        inside.extend(std::iter::from_fn(|| lines.enter(here)));
        assert_eq!(inside.len(), MOST);
        inside.pop();
        assert!(lines.enter(here).is_some());
        drop(inside);
        assert!(lines.lock().is_empty());
    }
}
