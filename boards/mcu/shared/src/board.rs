//! A whole board from its parts.

use embedded_io::{Read, Write};
use embedded_storage::nor_flash::NorFlash;
use nameplate_agent::{Link, Randomness};

use crate::stopwatch::Stopwatch;
use crate::tested::Tested;
use crate::{Exchange, FlashStore, Nameplate, Page, PageFault, Signal};

/// Bytes taken from a link at once. Small: it stands on the stack of the smallest boards.
const CHUNK: usize = 32;

/// What a board's crate brings: everything that differs from board to board.
pub struct Parts<R, F, L> {
    /// The chip's generator.
    pub randomness: R,
    /// The flash that outlives the power.
    pub flash: F,
    /// Where the erase block for the key begins, in bytes from the beginning of the flash. Nothing else may stand in it.
    pub key_block: u32,
    /// Where the two slots for certificate chains begin, in bytes from the beginning of the flash: erase blocks of their own, as
    /// many in each as 4.3 KB need ([`FlashStore::SLOT`]).
    pub chain_slots: u32,
    /// Where the provisioning page begins, in bytes from the beginning of the flash; in another erase block than the key.
    pub page: u32,
    /// What the firmware is called, with its version; at most 48 bytes are reported.
    pub firmware: &'static str,
    /// Shows a signal; `false` where the board has no means to.
    pub light: L,
    /// Counts instructions, or something that follows them.
    #[cfg(feature = "test-faults")]
    pub counter: crate::Counter,
}

/// The exchange of a board that was made from parts.
pub type BoardExchange<R, F, L> = Exchange<Tested<R>, FlashStore<F>, Nameplate<L>>;

/// A board: what its provisioning page says, and its exchange. About 5.5 KB; best made where it is to stay.
pub struct Board<R, F, L> {
    /// What the page says.
    pub page: Result<Page, PageFault>,
    /// The agent and its reader.
    pub exchange: BoardExchange<R, F, L>,
    pub(crate) stopwatch: Stopwatch,
    #[cfg(feature = "test-faults")]
    pub(crate) shown: crate::test_faults::Shown,
}

impl<R: Randomness, F: NorFlash, L: FnMut(Signal) -> bool> Board<R, F, L> {
    /// Reads the provisioning page and puts the board together. A page that can't be read is no reason to stop: the agent
    /// tells the bench, which tells the operator.
    #[inline(never)]
    pub fn new(parts: Parts<R, F, L>) -> Self {
        let mut flash = parts.flash;
        let page = Page::read(&mut flash, parts.page);
        #[cfg_attr(not(feature = "test-faults"), expect(unused_mut))]
        let mut randomness = Tested::new(parts.randomness, &page);
        #[cfg(feature = "test-faults")]
        let shown = crate::test_faults::Shown::draw(&page, &mut randomness);
        #[cfg(feature = "test-faults")]
        let stopwatch = Stopwatch::new(
            crate::test_faults::asked(&page, crate::Test::Measure).then_some(parts.counter),
        );
        #[cfg(not(feature = "test-faults"))]
        let stopwatch = Stopwatch::default();
        let exchange = Exchange::new(
            randomness,
            FlashStore::new(flash, parts.key_block, parts.chain_slots),
            Nameplate::new(&page, parts.firmware, parts.light),
        );
        Self {
            page,
            exchange,
            stopwatch,
            #[cfg(feature = "test-faults")]
            shown,
        }
    }

    /// Answers on a cable for as long as it can be read: for ever on a UART.
    ///
    /// `link` must block until there is at least one byte, and sleep meanwhile (`wfi`): boards wait for hours.
    ///
    /// # Errors
    /// What the link returns.
    pub fn serve<W: Read + Write>(&mut self, link: &mut W) -> Result<(), W::Error> {
        #[cfg(feature = "test-faults")]
        self.shown.print(link)?;
        let mut chunk = [0; CHUNK];
        loop {
            let count = link.read(&mut chunk)?;
            if count == 0 {
                return Ok(());
            }
            for &byte in chunk.get(..count).unwrap_or_default() {
                if let Some(answer) = self.answer(byte, Link::Cable, link)? {
                    link.write_all(answer)?;
                    link.flush()?;
                }
            }
        }
    }

    /// The bench that the page names, and the MAC to reach it with; `None` for a board that is asked on its cable.
    #[cfg(feature = "network")]
    #[inline(never)]
    pub fn target(&self) -> Option<(nameplate_wire::Mac, crate::Bench)> {
        let page = self.page.as_ref().ok()?;
        Some((page.mac, page.bench.clone()?))
    }

    /// Takes one byte from a link and gives what is to be sent back. In a build for tests, what the answer took goes to the
    /// board's log.
    pub(crate) fn answer<W: Write>(
        &mut self,
        byte: u8,
        link: Link<'_>,
        log: &mut W,
    ) -> Result<Option<&[u8]>, W::Error> {
        self.stopwatch.start();
        let Some(answer) = self.exchange.push(byte, link) else {
            return Ok(None);
        };
        self.stopwatch.print("measured", log)?;
        Ok(Some(answer))
    }
}
