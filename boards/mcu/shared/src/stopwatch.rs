//! Counts what a board did, where a test asks for it; nothing at all in every other build.

use embedded_io::Write;

/// Counts between [`Stopwatch::start`] and [`Stopwatch::print`], less what passed between pauses and resumptions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stopwatch {
    #[cfg(feature = "test-faults")]
    counter: Option<crate::Counter>,
    #[cfg(feature = "test-faults")]
    started: core::cell::Cell<u32>,
    #[cfg(all(feature = "test-faults", feature = "network"))]
    paused: core::cell::Cell<u32>,
}

#[cfg(feature = "test-faults")]
impl Stopwatch {
    pub(crate) fn new(counter: Option<crate::Counter>) -> Self {
        Self {
            counter,
            ..Self::default()
        }
    }

    pub(crate) fn start(&self) {
        self.started.set(self.count());
    }

    #[cfg(feature = "network")]
    pub(crate) fn pause(&self) {
        self.paused.set(self.count());
    }

    #[cfg(feature = "network")]
    pub(crate) fn resume(&self) {
        let slept = self.count().wrapping_sub(self.paused.get());
        self.started.set(self.started.get().wrapping_add(slept));
    }

    /// Prints what was counted as a line of the board's log: `<what> <hex>`.
    pub(crate) fn print<W: Write>(&self, what: &str, log: &mut W) -> Result<(), W::Error> {
        let Some(counter) = self.counter else {
            return Ok(());
        };
        // Right also where the counter has begun again meanwhile: its range is a power of two.
        let counted = self.count().wrapping_sub(self.started.get()) & counter.mask;
        log.write_all(what.as_bytes())?;
        log.write_all(b" ")?;
        crate::test_faults::write_hex(&counted.to_be_bytes(), log)?;
        log.write_all(b"\n")
    }

    fn count(&self) -> u32 {
        self.counter.map_or(0, |counter| (counter.read)())
    }
}

#[cfg(not(feature = "test-faults"))]
#[expect(clippy::unused_self, reason = "the tests' variant uses it")]
impl Stopwatch {
    pub(crate) fn start(&self) {}

    #[cfg(feature = "network")]
    pub(crate) fn pause(&self) {}

    #[cfg(feature = "network")]
    pub(crate) fn resume(&self) {}

    #[expect(clippy::unnecessary_wraps, reason = "the tests' variant can fail")]
    pub(crate) fn print<W: Write>(&self, _what: &str, _log: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
