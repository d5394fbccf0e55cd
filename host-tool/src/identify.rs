//! Which board is this: the one with a name or a MAC address shows itself.
//!
//! Knows no batch and writes nothing: any board of the bench can be asked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nameplate_wire::Mac;

use crate::bench::{
    Bench, BenchError, Ended, Event, Met, Observer, Opened, Tally, Trouble, Until, Who, Work,
    show_itself,
};
use crate::store::Sighting;

/// Looks for one board.
struct Looking<'a> {
    name: &'a str,
    mac: Option<Mac>,
    seconds: u8,
    interrupt: &'a AtomicBool,
    observer: &'a dyn Observer,
    tally: &'a Tally,
}

impl Looking<'_> {
    fn is_it(&self, who: &Who) -> bool {
        who.name == self.name || self.mac == Some(who.mac)
    }
}

impl Looking<'_> {
    /// As long as the board is to show itself, or until the operator has seen enough.
    fn wait(&self) {
        const MOMENT: Duration = Duration::from_millis(100);
        let begun = Instant::now();
        let long = Duration::from_secs(self.seconds.into());
        while begun.elapsed() < long && !self.interrupt.load(Ordering::Relaxed) {
            sleep(MOMENT);
        }
    }
}

impl Work for Looking<'_> {
    fn do_for(&self, board: &mut Met<'_, '_>) -> Result<(), Trouble> {
        let Met { link, who, .. } = *board;
        self.observer.event(&Event::Seen {
            link,
            mac: who.mac,
            name: &who.name,
        });
        if !self.is_it(who) {
            return Ok(());
        }
        let seconds = self.seconds;
        show_itself(board.line, seconds)?;
        self.tally.recorded(false);
        self.observer.event(&Event::Identified {
            link,
            mac: who.mac,
            name: &who.name,
            seconds,
        });
        self.wait();
        // Many boards have no clock, and go on until they are told. That this one was seen is what counts.
        let _ = show_itself(board.line, 0);
        self.tally.end();
        Ok(())
    }

    fn note(&self, _: Sighting) -> Result<(), BenchError> {
        Ok(())
    }
}

/// Looks for the board with this name or MAC address until it shows itself: [`Ended::added`] is 1 then.
///
/// # Errors
/// [`BenchError`].
pub fn identify(
    bench: &Bench,
    name: &str,
    seconds: u8,
    until: Until,
    interrupt: &AtomicBool,
    observer: &dyn Observer,
) -> Result<Ended, BenchError> {
    let opened = Opened::new(bench, observer)?;
    let tally = Tally::new(0);
    let looking = Looking {
        name,
        mac: Mac::parse(name).ok(),
        seconds,
        interrupt,
        observer,
        tally: &tally,
    };
    opened.serve(&looking, &tally, until, interrupt)
}
