//! The network door: one thread looks after all who have not yet spoken, and a thread of its own speaks to each who has.
//!
//! Ten thousand silent connections cost ten thousand file descriptors and nothing else. Who has to make room for whom is for
//! [`super::room`] to say, and what is told of those who were no boards for [`super::strangers`].

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, Scope};
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use super::error::BenchError;
use super::first_record::{self, First};
use super::lobby::Lobby;
use super::room::{Limits, SPEAK};
use super::strangers::Kind;
use super::work::Context;
use crate::link::network::Door;

/// Stack of a thread that speaks to one board: a handshake needs less than half of it.
const STACK: usize = 256 * 1024;

/// How long one look lasts.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

/// Connections that are taken before the others are looked at again.
const AT_ONCE: usize = 64;

/// What is listened for besides callers, whose numbers begin at 1.
const LISTENER: u64 = 0;

/// After the line was stopped, those that have dialled already have this long to begin.
const LAST_CALL: Duration = Duration::from_secs(2);

/// Lets boards in until the work ends. After the line was stopped, those that have dialled already.
pub(super) fn serve<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    context: &'scope Context<'env>,
    door: &'scope Door,
    listener: &TcpListener,
    most: usize,
    inside: &'scope AtomicUsize,
) {
    let limits = Limits::new(most, super::limits::raise_open_files());
    tracing::debug!(?limits, "the network door");
    let lobby = Arc::new(Lobby::new(context, door, limits));
    let mut porter = match Porter::new(&lobby, listener) {
        Ok(porter) => porter,
        Err(error) => return context.tally.fail(BenchError::Listen(error)),
    };
    if let Err(error) = porter.work(scope, inside) {
        context.tally.fail(BenchError::Listen(error));
    }
    drop(porter);
    lobby.put_out(Instant::now(), LAST_CALL);
    while inside.load(Ordering::Relaxed) > 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    lobby.strangers.end(context);
}

/// The one thread that looks after all who have not yet spoken.
struct Porter<'l, 's, 'env> {
    lobby: &'l Arc<Lobby<'s, 'env>>,
    listener: &'l TcpListener,
    epoll: std::os::fd::OwnedFd,
    /// The listener has nobody any more.
    is_empty: bool,
    /// It was said that connections can't be taken.
    said: bool,
}

impl<'l, 'scope, 'env> Porter<'l, 'scope, 'env> {
    fn new(lobby: &'l Arc<Lobby<'scope, 'env>>, listener: &'l TcpListener) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let what = epoll::EventData::new_u64(LISTENER);
        epoll::add(&epoll, listener, what, epoll::EventFlags::IN)?;
        Ok(Self {
            lobby,
            listener,
            epoll,
            is_empty: false,
            said: false,
        })
    }

    fn work(
        &mut self,
        scope: &'scope Scope<'scope, 'env>,
        inside: &'scope AtomicUsize,
    ) -> io::Result<()> {
        let tally = self.lobby.context.tally;
        let mut stopped = None;
        let mut events = Vec::with_capacity(AT_ONCE);
        while !tally.is_ending() {
            match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&LOOK)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in events.drain(..) {
                let number = event.data.u64();
                if number == LISTENER {
                    self.accept()?;
                } else {
                    self.look(number);
                }
            }
            self.clear();
            self.admit(scope, inside);
            if tally.is_line_stopped() {
                let since = *stopped.get_or_insert_with(Instant::now);
                self.accept()?;
                let (waiting, ready) = self.lobby.room().callers();
                let none = ready == 0 && (waiting == 0 || since.elapsed() >= LAST_CALL);
                if self.is_empty && none {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Takes those who have dialled.
    fn accept(&mut self) -> io::Result<()> {
        self.is_empty = false;
        for _ in 0..AT_ONCE {
            match self.listener.accept() {
                Ok((socket, peer)) => {
                    self.said = false;
                    self.enter(socket, peer);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.is_empty = true;
                    return Ok(());
                }
                Err(error) if is_passing(&error) => {
                    if !std::mem::replace(&mut self.said, true) {
                        tracing::warn!(%error, "connections can't be accepted for now");
                    }
                    std::thread::sleep(Duration::from_millis(20));
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn enter(&self, socket: TcpStream, peer: SocketAddr) {
        // Woken once for whatever comes, and not again and again for what is left where it is.
        let flags = epoll::EventFlags::IN | epoll::EventFlags::RDHUP | epoll::EventFlags::ET;
        let mut room = self.lobby.room();
        let (number, put_out) = room.enter(socket, peer.ip(), Instant::now());
        let added = room.waiting(number).map(|caller| {
            let what = epoll::EventData::new_u64(number);
            epoll::add(&self.epoll, &caller.socket, what, flags)
        });
        if !matches!(added, Some(Ok(()))) {
            tracing::debug!(%peer, ?added, "a connection can't be looked after: it is closed");
            room.leave(number);
        }
        drop(room);
        if let Some(caller) = put_out {
            self.lobby.count(&caller);
        }
    }

    /// Something came from one who waits.
    fn look(&self, number: u64) {
        let mut room = self.lobby.room();
        let Some(caller) = room.waiting(number) else {
            return;
        };
        let first = first_record::look(&caller.socket, caller.begun);
        match first {
            First::Part { begun } => caller.begun = begun,
            First::Whole => {
                // A fault here means a wake-up too many, for a number that nobody has.
                let _ = epoll::delete(&self.epoll, &caller.socket);
                room.is_ready(number);
            }
            First::Other | First::Gone { .. } => {
                let caller = room.leave(number);
                drop(room);
                let Some(caller) = caller else { return };
                if first == First::Other {
                    let (strangers, context) = (&self.lobby.strangers, self.lobby.context);
                    strangers.count(context, caller.peer, Kind::Other);
                } else {
                    self.lobby.count(&caller);
                }
            }
        }
    }

    /// Ends what has lasted too long, and makes places where they are needed.
    fn clear(&self) {
        let now = Instant::now();
        self.lobby.put_out(now, SPEAK);
        loop {
            let pressed = self.lobby.room().press(now);
            let Some(guest) = pressed else { break };
            // Its thread wakes up and finds that the connection has ended.
            let _ = guest.shutdown(Shutdown::Both);
        }
    }

    /// Gives everybody who is ready a thread, as long as there are places.
    fn admit(&self, scope: &'scope Scope<'scope, 'env>, inside: &'scope AtomicUsize) {
        while let Some(admitted) = self.lobby.admit() {
            let number = admitted.0;
            inside.fetch_add(1, Ordering::Relaxed);
            let thread = Builder::new().name("board".to_owned()).stack_size(STACK);
            let lobby = Arc::clone(self.lobby);
            let spawned = thread.spawn_scoped(scope, move || {
                lobby.serve(admitted);
                inside.fetch_sub(1, Ordering::Relaxed);
            });
            if let Err(error) = spawned {
                inside.fetch_sub(1, Ordering::Relaxed);
                self.lobby.room().ended(number);
                tracing::warn!(%error, "no thread for a connection: it is closed");
                return;
            }
        }
    }
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
