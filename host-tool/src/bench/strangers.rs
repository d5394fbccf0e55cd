//! Whoever comes to the network door and never shows a valid token: counted by address, and told of in few lines.
//!
//! Anybody can come there, so nothing that a stranger does changes how the work ends: the operator is told, and the exit code
//! stays. What is kept and told is bounded for each address and in all, so that a stranger can't push out what is kept of
//! boards.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use super::board::Trouble;
use super::event::Event;
use super::room::group;
use super::work::{Context, Who};
use crate::codes::Coded;
use crate::link::LinkError;
use crate::service::words::printable;
use crate::store::{Sighting, SightingState};
use crate::verify::Refusal;

/// Addresses that are told apart; those beyond them are counted together.
const MOST_ADDRESSES: usize = 128;

/// Strangers of one address that are told of one by one, since they may be boards with a wrong token; those beyond them are
/// counted only.
const MOST_TOLD: usize = 20;

/// What a connection did that was no board's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It said nothing.
    Silent,
    /// It began a handshake and did not go on.
    Half,
    /// What it said is not what boards say.
    Other,
    /// It had a session, and did not say who it is.
    NoHello,
    /// It said who it is, or what is wrong, and may not join; most of these are told of one by one.
    Refused,
}

/// What is said of so many of a kind.
const WORDS: [(Kind, &str); 5] = [
    (Kind::Silent, "said nothing"),
    (
        Kind::Half,
        "began a handshake without the end of it, or were too slow",
    ),
    (Kind::Other, "spoke something else"),
    (Kind::NoHello, "did not say who they are"),
    (Kind::Refused, "were refused"),
];

/// What is known of those at one address.
#[derive(Debug, Default)]
struct Stranger {
    counts: [u64; WORDS.len()],
    /// How many there were when it was told of last.
    told: u64,
    /// What was told of single ones.
    single: HashSet<String>,
}

impl Stranger {
    fn all(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn add(&mut self, kind: Kind) {
        for ((this, _), count) in WORDS.iter().zip(&mut self.counts) {
            *count += u64::from(*this == kind);
        }
    }

    /// The first, the tenth, the hundredth: often enough to see it grow.
    fn is_to_tell(&self) -> bool {
        let all = self.all();
        let mut step = 1_u64;
        while step < all {
            step = step.saturating_mul(10);
        }
        step == all
    }

    fn reason(&self) -> String {
        let counts = WORDS.iter().zip(self.counts);
        let parts = counts.filter(|(_, count)| *count > 0);
        let parts: Vec<_> = parts
            .map(|((_, words), count)| format!("{count} {words}"))
            .collect();
        format!(
            "connections that were no boards: {} ({})",
            self.all(),
            parts.join(", ")
        )
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Strangers(Mutex<HashMap<Option<IpAddr>, Stranger>>);

impl Strangers {
    /// A connection was no board's.
    pub fn count(&self, context: &Context<'_>, peer: IpAddr, kind: Kind) {
        let told = self.with(peer, |stranger| {
            stranger.add(kind);
            stranger.is_to_tell().then(|| {
                stranger.told = stranger.all();
                (stranger.told, stranger.reason())
            })
        });
        if let (key, Some((connections, reason))) = told {
            tell(context, key, connections, &reason);
        }
    }

    /// What became of one that had a session: it did not show a valid token.
    pub fn trouble(
        &self,
        context: &Context<'_>,
        link: &str,
        peer: IpAddr,
        who: Option<&Who>,
        trouble: Trouble,
    ) {
        match trouble {
            Trouble::Lost(LinkError::Interrupted, _) => {}
            Trouble::Lost(..) => self.count(context, peer, Kind::NoHello),
            Trouble::Refused(refusal) => self.refuse(context, link, peer, who, &refusal),
            Trouble::Bench(error) => context.tally.fail(error),
        }
    }

    /// One is not taken, and says enough to be told of by itself, as long as there are not too many of them.
    pub fn refuse(
        &self,
        context: &Context<'_>,
        link: &str,
        peer: IpAddr,
        who: Option<&Who>,
        refusal: &Refusal,
    ) {
        let reason = refusal.to_string();
        let said = format!("{who:?} {reason}");
        let (_, is_told) = self.with(peer, |stranger| {
            stranger.single.len() < MOST_TOLD && stranger.single.insert(said)
        });
        if !is_told {
            return self.count(context, peer, Kind::Refused);
        }
        context.observer.event(&Event::Refused {
            link,
            who: who.map(|who| (who.mac, who.name.as_str())),
            reason: &reason,
            code: refusal.code().as_str(),
            next_step: refusal.next_step(),
        });
        let sighting = Sighting {
            link: link.to_owned(),
            mac: who.map(|who| who.mac.to_string()),
            name: who.map(|who| printable(&who.name, 64)),
            state: SightingState::Failed,
            error: Some(reason),
            at_ms: 0,
        };
        keep(context, sighting);
    }

    /// The end of it: how many there were at each address, where more came than were told of.
    pub fn end(&self, context: &Context<'_>) {
        let strangers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = strangers.iter().collect();
        all.sort_by_key(|(key, _)| **key);
        for (key, stranger) in all {
            let connections = stranger.all();
            if connections > stranger.told {
                tell(context, *key, connections, &stranger.reason());
            } else if connections > 0 {
                // A board of the same address may have taken it out of the list.
                keep(context, sighting(*key, &stranger.reason()));
            }
        }
    }

    fn with<T>(&self, peer: IpAddr, with: impl FnOnce(&mut Stranger) -> T) -> (Option<IpAddr>, T) {
        let mut strangers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = Some(group(peer));
        if strangers.len() >= MOST_ADDRESSES && !strangers.contains_key(&key) {
            key = None;
        }
        (key, with(strangers.entry(key).or_default()))
    }
}

fn tell(context: &Context<'_>, key: Option<IpAddr>, connections: u64, reason: &str) {
    let link = link(key);
    context.observer.event(&Event::Strangers {
        link: &link,
        connections,
        reason,
    });
    keep(context, sighting(key, reason));
}

fn sighting(key: Option<IpAddr>, reason: &str) -> Sighting {
    Sighting {
        link: link(key),
        mac: None,
        name: None,
        state: SightingState::Seen,
        error: Some(reason.to_owned()),
        at_ms: 0,
    }
}

fn link(key: Option<IpAddr>) -> String {
    match key {
        Some(IpAddr::V6(network)) => format!("tls {network}/64"),
        Some(address) => format!("tls {address}"),
        None => "tls, other addresses".to_owned(),
    }
}

fn keep(context: &Context<'_>, sighting: Sighting) {
    if let Err(error) = context.work.note(sighting) {
        context.tally.fail(error);
    }
}

#[cfg(test)]
mod tests;
