//! Crowds of strangers: few lines, few entries, and no change of how the work ends.

use super::*;
use crate::bench::work::{Met, Work};
use crate::bench::{BenchError, Observer, Orders, Slots, Tally};

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
        orders: &Orders::default(),
        slots: &Slots::default(),
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
    let words = "connections that were no boards: 10017 (9015 said nothing, 1002 began a handshake";
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
    let mut rest = kept.iter().filter(|kept| kept.link.ends_with("addresses"));
    let words = format!("boards: {} (", 100_000 - MOST_ADDRESSES);
    assert!(
        rest.next_back()
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
