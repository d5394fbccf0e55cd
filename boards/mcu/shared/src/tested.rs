//! The noise source as the agent gets it; in a build for tests, a page can ask that it be stuck.

use nameplate_agent::{Randomness, RandomnessFault};

use crate::{Page, PageFault};

/// A noise source, unchanged in every build but one for tests.
#[derive(Debug)]
pub struct Tested<R> {
    source: R,
    #[cfg(feature = "test-faults")]
    stuck: bool,
}

impl<R> Tested<R> {
    pub(crate) fn new(source: R, page: &Result<Page, PageFault>) -> Self {
        #[cfg(not(feature = "test-faults"))]
        let _ = page;
        Self {
            source,
            #[cfg(feature = "test-faults")]
            stuck: crate::test_faults::asked(page, crate::Test::Stuck),
        }
    }
}

impl<R: Randomness> Randomness for Tested<R> {
    const MIN_ENTROPY_BITS: u8 = R::MIN_ENTROPY_BITS;

    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        #[cfg(feature = "test-faults")]
        if self.stuck {
            samples.fill(0x5A);
            return Ok(());
        }
        self.source.fill(samples)
    }
}
