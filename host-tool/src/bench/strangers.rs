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
mod tests {
    use super::*;
    use crate::bench::work::{Met, Work};
    use crate::bench::{BenchError, Observer, Tally};

    #[derive(Default)]
    struct Heard {
        events: Mutex<Vec<String>>,
        kept: Mutex<Vec<Sighting>>,
    }

    impl Observer for Heard {
        fn event(&self, event: &Event<'_>) {
            self.events.lock().unwrap().push(format!("{event:?}"));
        }
    }

    impl Work for Heard {
        fn do_for(&self, _: &mut Met<'_, '_>) -> Result<(), Trouble> {
            Ok(())
        }

        fn note(&self, sighting: Sighting) -> Result<(), BenchError> {
            self.kept.lock().unwrap().push(sighting);
            Ok(())
        }
    }

    /// What was told and kept of this, and whether the work counts anybody as not taken.
    fn of(come: impl FnOnce(&Strangers, &Context<'_>)) -> (Vec<String>, Vec<Sighting>) {
        let (heard, tally) = (Heard::default(), Tally::new(0));
        let context = Context {
            work: &heard,
            observer: &heard,
            tally: &tally,
        };
        let strangers = Strangers::default();
        come(&strangers, &context);
        strangers.end(&context);
        assert_eq!(tally.refused(), [], "strangers change the exit code");
        (
            heard.events.into_inner().unwrap(),
            heard.kept.into_inner().unwrap(),
        )
    }

    #[test]
    fn ten_thousand_are_six_lines_and_one_entry() {
        let (events, kept) = of(|strangers, context| {
            for number in 0..10_017 {
                let kind = if number % 10 == 0 {
                    Kind::Half
                } else {
                    Kind::Silent
                };
                strangers.count(context, IpAddr::from([10, 0, 0, 7]), kind);
            }
        });
        assert_eq!(events.len(), 6, "{events:#?}");
        let last = kept.last().unwrap();
        assert_eq!(last.link, "tls 10.0.0.7");
        let words =
            "connections that were no boards: 10017 (9015 said nothing, 1002 began a handshake";
        assert!(last.error.as_ref().unwrap().starts_with(words), "{last:?}");
        assert!(
            kept.iter()
                .all(|kept| kept.link == last.link && kept.mac.is_none())
        );
    }

    #[test]
    fn addresses_without_end_are_counted_together() {
        let (events, kept) = of(|strangers, context| {
            for number in 0..100_000_u32 {
                let peer = IpAddr::from((0x0A00_0000 + number).to_be_bytes());
                strangers.count(context, peer, Kind::Other);
            }
        });
        assert!(events.len() <= MOST_ADDRESSES + 7, "{}", events.len());
        let links: HashSet<_> = kept.iter().map(|kept| kept.link.as_str()).collect();
        assert_eq!(links.len(), MOST_ADDRESSES + 1);
        assert!(links.contains("tls, other addresses"));
        let rest = kept.iter().filter(|kept| kept.link.ends_with("addresses"));
        let words = format!("boards: {} (", 100_000 - MOST_ADDRESSES);
        assert!(
            rest.last()
                .unwrap()
                .error
                .as_ref()
                .unwrap()
                .contains(&words)
        );
    }

    #[test]
    fn wrong_tokens_are_told_one_by_one_but_not_without_end() {
        let peer = IpAddr::from([10, 0, 0, 8]);
        let (events, kept) = of(|strangers, context| {
            for number in 0..500_u16 {
                let who = Who {
                    mac: nameplate_wire::Mac([2; 6]),
                    name: format!("\u{1b}[2J{}", number / 2),
                };
                let trouble = Trouble::Refused(Refusal::JoinToken);
                strangers.trouble(context, "tls 10.0.0.8", peer, Some(&who), trouble);
            }
        });
        let single = events.iter().filter(|event| event.starts_with("Refused"));
        assert_eq!(single.count(), MOST_TOLD, "each is said once");
        assert_eq!(
            kept.iter().filter(|kept| kept.mac.is_some()).count(),
            MOST_TOLD
        );
        let words = format!("{} were refused", 500 - MOST_TOLD);
        assert!(
            kept.last()
                .unwrap()
                .error
                .as_ref()
                .unwrap()
                .contains(&words)
        );
        let names = kept.iter().filter_map(|kept| kept.name.as_ref());
        assert!(names.into_iter().all(|name| !name.contains('\u{1b}')));
    }
}
