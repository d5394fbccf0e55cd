//! The network door: a thread a connection, and no more of them than allowed.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, Scope};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::board::{self, Guest};
use super::error::BenchError;
use super::work::Context;
use crate::link::network::{Door, Session};
use crate::link::{Conversation, Patience};
use crate::verify::Refusal;

/// Stack of a thread that speaks to one board: a handshake needs less than half of it.
const STACK: usize = 256 * 1024;

/// A board that has joined answers at once.
const HELLO: Patience = Patience {
    wait: Duration::from_secs(5),
    tries: 2,
};

/// How long one look for new connections lasts.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

/// Lets boards in until the work ends. After the line was stopped, those that have dialled already.
pub(super) fn serve<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    context: &'scope Context<'env>,
    door: &'scope Door,
    listener: &TcpListener,
    most: usize,
    inside: &'scope AtomicUsize,
) {
    while !context.tally.is_ending() {
        if inside.load(Ordering::Relaxed) >= most {
            // Boards beyond the limit wait in the system's queue.
            std::thread::sleep(Duration::from_millis(5));
            continue;
        }
        match listener.accept() {
            Ok((socket, peer)) => {
                inside.fetch_add(1, Ordering::Relaxed);
                let thread = Builder::new().name("board".to_owned()).stack_size(STACK);
                let spawned = thread.spawn_scoped(scope, move || {
                    speak(context, door, socket, peer);
                    inside.fetch_sub(1, Ordering::Relaxed);
                });
                if let Err(error) = spawned {
                    inside.fetch_sub(1, Ordering::Relaxed);
                    tracing::warn!(%peer, %error, "no thread for a connection: it is closed");
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if context.tally.is_line_stopped() {
                    return;
                }
                wait(listener);
            }
            Err(error) if is_passing(&error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => {
                context.tally.fail(BenchError::Listen(error));
                return;
            }
        }
    }
}

fn wait(listener: &TcpListener) {
    let fd = listener.as_fd();
    // A fault here shows at the next accept.
    let _ = poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&LOOK));
}

/// Faults of one connection, or of too many at once, not of the listener.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    ) || matches!(error.raw_os_error(), Some(23 | 24)) // ENFILE, EMFILE
}

fn speak(context: &Context<'_>, door: &Door, socket: TcpStream, peer: SocketAddr) {
    let link = format!("tls {}", peer.ip());
    match door.accept(socket, context.tally.ending()) {
        Ok(mut session) => {
            let guest = Guest {
                door,
                address: peer.ip(),
                certificate: session.client(),
            };
            converse(context, &link, &guest, &mut session);
            session.close();
        }
        Err(error) if error.is_refusal() => {
            board::report(context, &link, None, Refusal::HostKey.into());
        }
        // Whoever it was has not shown that it is a board at all.
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::info!(%peer, %error, cause, "no session");
        }
    }
}

fn converse(context: &Context<'_>, link: &str, guest: &Guest<'_>, session: &mut Session) {
    let on_log = |line: String| tracing::debug!(link, line, "outside of frames");
    let mut line = Conversation::new(session, board::fresh_id(), &on_log, context.tally.ending());
    match board::hello(&mut line, HELLO) {
        Ok(hello) => board::work_on(context, link, &mut line, &hello, Some(guest)),
        Err(trouble) => board::report(context, link, None, trouble),
    };
}
