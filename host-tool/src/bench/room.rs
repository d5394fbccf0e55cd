//! Who waits at the network door, who is inside without having joined, and who has to go first.
//!
//! Three stages. Whoever *waits* has not yet sent a whole `ClientHello` and costs a file descriptor. Whoever is *ready* has,
//! and is next for a place. A *guest* has a place, and with it a thread; it is a guest until it has shown a valid token, and
//! joined after that. Each stage is bounded, and where one is full, those make room who are most likely no boards: of the
//! address that has the most there, the oldest. Nobody who has joined is ever put out.
//!
//! All boards may come from one address. Then age alone decides, and whoever has a place keeps it for [`GRACE`].
//! Knows no sockets: it keeps whatever stands for a connection.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// For how long a connection may wait before its `ClientHello` is whole. The slowest boards take some seconds to make their
/// half of the key exchange.
pub(super) const SPEAK: Duration = Duration::from_secs(15);

/// For how long a guest has its place for sure, whoever else of the same address waits. The slowest boards need most of it for
/// their handshake.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// How many there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Waiting and ready.
    pub room: usize,
    /// Inside, guests and joined.
    pub places: usize,
    /// Guests.
    pub guests: usize,
}

impl Limits {
    /// The greatest room: 16,384 silent connections cost the system some 40 MiB.
    const MOST_ROOM: usize = 16 * 1024;

    /// From how many boards are wanted inside, and how many files this process may have open: a place is one, a guest one
    /// more, and ports, store and the rest of the program need some.
    pub fn new(most: usize, files: Option<u64>) -> Self {
        let files = files.map_or(usize::MAX, |files| {
            usize::try_from(files).unwrap_or(usize::MAX)
        });
        let files = files - (files / 4).min(2048);
        let places = most.min(files / 3).max(1);
        // The other half is for boards that have joined, whatever happens.
        let guests = (places / 2).max(1);
        Self {
            room: (files.saturating_sub(places + guests)).clamp(16, Self::MOST_ROOM),
            places,
            guests,
        }
    }
}

/// A connection that waits, or is ready.
#[derive(Debug)]
pub(super) struct Caller<S> {
    pub socket: S,
    pub peer: IpAddr,
    since: Instant,
    /// Something came.
    pub begun: bool,
}

/// One that has a place and has not joined.
#[derive(Debug)]
struct Guest<S> {
    handle: S,
    group: IpAddr,
    since: Instant,
}

/// All of one address.
#[derive(Debug, Default)]
struct Group {
    waiting: BTreeSet<u64>,
    ready: BTreeSet<u64>,
    guests: BTreeSet<u64>,
    /// When it was served last.
    served: u64,
    /// Its newest is next, and not its oldest.
    newest: bool,
}

impl Group {
    /// Those at the door, and those inside.
    fn sizes(&self) -> (usize, usize) {
        (self.waiting.len() + self.ready.len(), self.guests.len())
    }

    /// Its place among those who are next, if it has somebody who is ready.
    fn place(&self) -> Option<(usize, u64)> {
        (!self.ready.is_empty()).then_some((self.guests.len(), self.served))
    }
}

/// Those who are at the door.
#[derive(Debug)]
pub(super) struct Room<S> {
    limits: Limits,
    /// Numbers grow, so the least is the oldest.
    next: u64,
    waiting: BTreeMap<u64, Caller<S>>,
    ready: BTreeMap<u64, Caller<S>>,
    guests: BTreeMap<u64, Guest<S>>,
    /// Guests that were put out and whose thread has not ended yet.
    leaving: HashSet<u64>,
    inside: usize,
    groups: HashMap<IpAddr, Group>,
    /// Groups by how many of them wait or are ready.
    crowds: BTreeSet<(usize, IpAddr)>,
    /// Groups by how many guests they are.
    hosts: BTreeSet<(usize, IpAddr)>,
    /// Groups with somebody who is ready: first the one with the fewest guests, of those the one that was not served for
    /// longest.
    row: BTreeSet<((usize, u64), IpAddr)>,
}

impl<S> Room<S> {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            next: 1,
            waiting: BTreeMap::new(),
            ready: BTreeMap::new(),
            guests: BTreeMap::new(),
            leaving: HashSet::new(),
            inside: 0,
            groups: HashMap::new(),
            crowds: BTreeSet::new(),
            hosts: BTreeSet::new(),
            row: BTreeSet::new(),
        }
    }

    /// Somebody has called; the number stands for it from now on. Whoever had to make room comes back.
    pub fn enter(&mut self, socket: S, peer: IpAddr, now: Instant) -> (u64, Option<Caller<S>>) {
        let full = self.waiting.len() + self.ready.len() >= self.limits.room;
        let put_out = full.then(|| self.make_room()).flatten();
        let number = self.number();
        let caller = Caller {
            socket,
            peer,
            since: now,
            begun: false,
        };
        self.waiting.insert(number, caller);
        self.change(group(peer), |group| {
            group.waiting.insert(number);
        });
        (number, put_out)
    }

    /// Somebody who waits.
    pub fn waiting(&mut self, number: u64) -> Option<&mut Caller<S>> {
        self.waiting.get_mut(&number)
    }

    /// How many wait, and how many are ready.
    pub fn callers(&self) -> (usize, usize) {
        (self.waiting.len(), self.ready.len())
    }

    /// Somebody who waits goes.
    pub fn leave(&mut self, number: u64) -> Option<Caller<S>> {
        let caller = self.waiting.remove(&number)?;
        self.change(group(caller.peer), |group| {
            group.waiting.remove(&number);
        });
        Some(caller)
    }

    /// Somebody who waited has said all that is needed.
    pub fn is_ready(&mut self, number: u64) {
        let Some(caller) = self.waiting.remove(&number) else {
            return;
        };
        let key = group(caller.peer);
        self.ready.insert(number, caller);
        self.change(key, |group| {
            group.waiting.remove(&number);
            group.ready.insert(number);
        });
    }

    /// Somebody who has waited for longer than this.
    pub fn overdue(&mut self, now: Instant, most: Duration) -> Option<Caller<S>> {
        let (number, caller) = self.waiting.first_key_value()?;
        let number = *number;
        let is_over = now.duration_since(caller.since) >= most;
        is_over.then(|| self.leave(number)).flatten()
    }

    /// Whether somebody who is ready could have a place.
    fn has_place(&self) -> bool {
        self.inside < self.limits.places
            && self.guests.len() + self.leaving.len() < self.limits.guests
    }

    /// Whoever is next for a place, if there is one: of the address with the fewest guests, its oldest and its newest in turn, so
    /// that neither a heap of stale connections nor a flood of new ones is all that is served. `handle` makes what the guest
    /// is put out by.
    pub fn admit(
        &mut self,
        now: Instant,
        handle: impl FnOnce(&S) -> Option<S>,
    ) -> Option<(u64, Caller<S>)> {
        if !self.has_place() {
            return None;
        }
        let caller = self.take_ready()?;
        let number = self.number();
        self.inside += 1;
        if let Some(handle) = handle(&caller.socket) {
            let group = group(caller.peer);
            let guest = Guest {
                handle,
                group,
                since: now,
            };
            self.guests.insert(number, guest);
            self.change(group, |group| {
                group.guests.insert(number);
            });
        }
        Some((number, caller))
    }

    /// A guest has joined.
    pub fn joined(&mut self, number: u64) {
        if let Some(guest) = self.guests.remove(&number) {
            self.change(guest.group, |group| {
                group.guests.remove(&number);
            });
        }
    }

    /// Somebody has gone from inside.
    pub fn ended(&mut self, number: u64) {
        self.joined(number);
        self.leaving.remove(&number);
        self.inside -= 1;
    }

    /// A guest that has to go, because others are ready and there is no place: what it is put out by.
    pub fn press(&mut self, now: Instant) -> Option<S> {
        if self.ready.is_empty() || self.has_place() || self.leaving.len() >= self.ready.len() {
            return None;
        }
        let (_, next) = self.row.first()?;
        let held = self.groups.get(next).map_or(0, |group| group.guests.len());
        let (most, host) = self.hosts.last()?;
        let unfair = host != next && *most > held + self.leaving.len() + 1;
        let number = if unfair {
            *self.groups.get(host)?.guests.first()?
        } else {
            let (number, guest) = self.guests.first_key_value()?;
            (now.duration_since(guest.since) >= GRACE).then_some(*number)?
        };
        let guest = self.guests.remove(&number)?;
        self.change(guest.group, |group| {
            group.guests.remove(&number);
        });
        self.leaving.insert(number);
        Some(guest.handle)
    }

    fn take_ready(&mut self) -> Option<Caller<S>> {
        let (_, key) = *self.row.first()?;
        let served = self.number();
        let mut number = None;
        self.change(key, |group| {
            number = if group.newest {
                group.ready.pop_last()
            } else {
                group.ready.pop_first()
            };
            group.newest = !group.newest;
            group.served = served;
        });
        self.ready.remove(&number?)
    }

    /// The oldest of the greatest crowd goes; one that has not said enough before one that has.
    fn make_room(&mut self) -> Option<Caller<S>> {
        let (_, key) = *self.crowds.last()?;
        let (mut waits, mut ready) = (None, None);
        self.change(key, |group| {
            waits = group.waiting.pop_first();
            if waits.is_none() {
                ready = group.ready.pop_first();
            }
        });
        match (waits, ready) {
            (Some(number), _) => self.waiting.remove(&number),
            (_, Some(number)) => self.ready.remove(&number),
            _ => None,
        }
    }

    fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    /// Changes a group, and what is ordered by its size with it.
    fn change(&mut self, key: IpAddr, change: impl FnOnce(&mut Group)) {
        let group = self.groups.entry(key).or_default();
        let (before, place_before) = (group.sizes(), group.place());
        change(group);
        let (after, place) = (group.sizes(), group.place());
        if after == (0, 0) {
            self.groups.remove(&key);
        }
        if place_before != place {
            if let Some(place) = place_before {
                self.row.remove(&(place, key));
            }
            if let Some(place) = place {
                self.row.insert((place, key));
            }
        }
        for (order, before, after) in [
            (&mut self.crowds, before.0, after.0),
            (&mut self.hosts, before.1, after.1),
        ] {
            if before != after {
                order.remove(&(before, key));
                if after > 0 {
                    order.insert((after, key));
                }
            }
        }
    }
}

/// What counts as one address: of IPv6 the network, since whoever has one address there has all of it.
pub(super) fn group(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        four @ IpAddr::V4(_) => four,
    }
}

#[cfg(test)]
mod tests;
