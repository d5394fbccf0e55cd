//! What the network door's threads share: who is there, and what is told of strangers.

use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::guest;
use super::room::{Caller, Limits, Room};
use super::strangers::{Kind, Strangers};
use super::work::Context;
use crate::link::network::Door;

/// What the door's threads share.
pub(super) struct Lobby<'s, 'env> {
    pub context: &'s Context<'env>,
    pub door: &'s Door,
    pub strangers: Strangers,
    room: Mutex<Room<TcpStream>>,
}

impl<'s, 'env> Lobby<'s, 'env> {
    pub fn new(context: &'s Context<'env>, door: &'s Door, limits: Limits) -> Self {
        Self {
            context,
            door,
            strangers: Strangers::default(),
            room: Mutex::new(Room::new(limits)),
        }
    }

    /// Those who are at the door.
    pub fn room(&self) -> MutexGuard<'_, Room<TcpStream>> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A guest has joined: it has shown a valid token, and is not put out any more.
    pub fn joined(&self, number: u64) {
        self.room().joined(number);
    }

    /// Whoever is next for a place.
    pub fn admit(&self) -> Option<(u64, Caller<TcpStream>)> {
        let handle = |socket: &TcpStream| socket.try_clone().ok();
        self.room().admit(Instant::now(), handle)
    }

    /// Speaks to this one, and then to whoever is next for its place.
    pub fn serve(&self, first: (u64, Caller<TcpStream>)) {
        let mut next = Some(first);
        while let Some((number, caller)) = next {
            guest::speak(self, number, caller.socket, caller.peer);
            self.room().ended(number);
            next = (!self.context.tally.is_ending())
                .then(|| self.admit())
                .flatten();
        }
    }

    /// Ends the waiting of those who have waited for longer than this.
    pub fn put_out(&self, now: Instant, most: Duration) {
        loop {
            let overdue = self.room().overdue(now, most);
            let Some(caller) = overdue else { return };
            self.count(&caller);
        }
    }

    /// It is no board's, or not to be waited for.
    pub fn count(&self, caller: &Caller<TcpStream>) {
        let kind = if caller.begun {
            Kind::Half
        } else {
            Kind::Silent
        };
        self.strangers.count(self.context, caller.peer, kind);
    }
}
