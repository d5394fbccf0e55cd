//! Which board this is, from its provisioning page.

use nameplate_agent::{Identity, Name};
use nameplate_wire::Mac;

use crate::{Page, PageFault};

/// What a board's light (or beeper, or screen) is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// "This is me", for so many seconds; 0 ends it.
    Identify(u8),
    /// The host has recorded this board: it may be unplugged.
    Recorded,
}

/// The agent's identity from a provisioning page. A page that can't be read gives none: the agent then answers with an
/// error that says so, and the bench names the board's port.
#[derive(Debug)]
pub struct Nameplate<L> {
    who: Option<(Mac, Name)>,
    firmware: &'static str,
    light: L,
    #[cfg(feature = "test-faults")]
    overflow: bool,
    #[cfg(feature = "test-faults")]
    panic: bool,
}

impl<L: FnMut(Signal) -> bool> Nameplate<L> {
    /// An identity; `light` shows a signal, and returns `false` where the board has no means to.
    pub fn new(page: &Result<Page, PageFault>, firmware: &'static str, light: L) -> Self {
        let who = page.as_ref().ok().map(|page| (page.mac, page.name.clone()));
        Self {
            who,
            firmware,
            light,
            #[cfg(feature = "test-faults")]
            overflow: crate::test_faults::asked(page, crate::Test::Overflow),
            #[cfg(feature = "test-faults")]
            panic: crate::test_faults::asked(page, crate::Test::Panic),
        }
    }
}

impl<L: FnMut(Signal) -> bool> Identity for Nameplate<L> {
    fn mac(&mut self) -> Option<Mac> {
        self.who.as_ref().map(|(mac, _)| *mac)
    }

    fn name(&mut self) -> Option<Name> {
        self.who.as_ref().map(|(_, name)| name.clone())
    }

    fn firmware(&self) -> &str {
        self.firmware
    }

    fn identify(&mut self, seconds: u8) -> bool {
        #[cfg(feature = "test-faults")]
        if self.overflow {
            core::hint::black_box(crate::test_faults::overflow(0));
        }
        #[cfg(feature = "test-faults")]
        if self.panic {
            crate::test_faults::panic_on_wire(seconds);
        }
        (self.light)(Signal::Identify(seconds))
    }

    fn recorded(&mut self) {
        (self.light)(Signal::Recorded);
    }
}
