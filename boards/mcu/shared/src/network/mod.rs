//! The network link: a board dials its bench, again and again, and talks only to the host that holds the pinned key.
//!
//! A board's crate brings a [`Network`], keeps a [`Memory`] and calls [`dial`]: address by DHCP, TCP, TLS and waiting are
//! done here, and end as the Linux boards end them. This module must not know what is said inside a session.
//!
//! Many functions here are kept from being inlined: each is called once, and its variables would else stay on the stack
//! beneath the deepest calls, which are those that make the key and its certificate request.

mod backoff;
mod chance;
mod connection;
mod link;
mod log;
mod port;
mod session;
mod stack;

use embedded_io::Write;
use embedded_storage::nor_flash::NorFlash;
use nameplate_agent::Randomness;
use nameplate_tls::{HostKey, Pins, READ_BUFFER};
use nameplate_wire::{ErrorNumber, Mac};
use smoltcp::iface::SocketStorage;

use crate::{Bench, Board, Signal};
use backoff::Backoff;
use chance::Chance;
use log::Log;
use session::Ended;
use stack::Stack;

/// Greatest Ethernet frame that is sent or taken, in bytes: the header and an IPv4 datagram of 576, which every host must
/// take (RFC 791 section 3.1). The DHCP server and the bench are told so.
pub const FRAME: usize = 14 + 576;

/// The greatest segment of TCP that fits into a frame, in bytes.
const SEGMENT: usize = 576 - 20 - 20;
/// What the bench may send before it is read, in bytes. One segment, and not more: QEMU's user network pays no heed to the
/// greatest segment that a board announces, but nobody sends a segment that is longer than the window.
const TCP_RECEIVED: usize = SEGMENT;
/// What may be on its way to the bench, in bytes. Two segments, since Linux acknowledges every second one at once.
const TCP_SENT: usize = 2 * SEGMENT;
/// What TLS gathers for one record to the bench, in bytes. A long answer takes several records.
const TLS_SENT: usize = 1024;

type TlsBuffers = nameplate_tls::Buffers<READ_BUFFER, TLS_SENT>;

/// First and longest wait before the bench is dialled again, in milliseconds.
const REDIAL: (u64, u64) = (100, 30_000);

/// Wait after a session in which the bench did all it wanted, in milliseconds: it may come back to this board, but not at
/// once.
const AFTER_GOODBYE: u64 = 5_000;

/// Longest sleep, in milliseconds. An interrupt that got lost costs no more than that.
const SLEEP: u64 = 250;

/// One Ethernet controller, and the board's time.
pub trait Network {
    /// Takes the next frame that was received (from the destination's MAC on, without the frame check sequence) into
    /// `frame`, and returns its length; `None` where none waits. A longer frame is thrown away and the next one looked at.
    fn receive(&mut self, frame: &mut [u8]) -> Option<usize>;

    /// Sends a frame of 14 to [`FRAME`] bytes, from the destination's MAC on. What is shorter than 60 bytes must be padded
    /// where the controller doesn't.
    ///
    /// Where the controller is busy, this may wait for less than a millisecond, and else drops the frame: Ethernet may
    /// lose frames, and TCP sends them again.
    fn send(&mut self, frame: &[u8]);

    /// Milliseconds since the board started. Never goes back.
    fn now(&mut self) -> u64;

    /// Sleeps (`wfi`) until a frame has come or `at_most` milliseconds have passed; at most 250 are asked. Must return at
    /// once where a frame waits already, and may return early for any reason.
    fn sleep(&mut self, at_most: u64);
}

/// The buffers of a session, about 6 KB: two frames, TCP, TLS.
pub struct Memory {
    buffers: stack::Buffers,
    tls: TlsBuffers,
}

impl Memory {
    /// Empty buffers, for a static or for the first frame of the stack.
    pub const fn new() -> Self {
        Self {
            buffers: stack::Buffers::new(),
            tls: TlsBuffers::new(),
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// Dials the bench for ever. What happens is told as lines of text on `log`, usually the board's UART; its errors are of no
/// interest.
///
/// Where dialling can't help (a page with an impossible MAC or pin, a generator that failed its tests) the board says so
/// and sleeps until it is restarted.
pub fn dial<N, R, F, L, W>(
    network: &mut N,
    board: &mut Board<R, F, L>,
    bench: &Bench,
    mac: Mac,
    memory: &mut Memory,
    log: &mut W,
) -> !
where
    N: Network,
    R: Randomness,
    F: NorFlash,
    L: FnMut(Signal) -> bool,
    W: Write,
{
    let mut log = Log(log);
    let Err(reason) = dial_on(network, board, bench, mac, memory, &mut log);
    log.line(&["this board can't go on: ", reason.text()]);
    loop {
        // What comes is thrown away: a frame that waits would end every sleep at once.
        while network.receive(&mut memory.buffers.received).is_some() {}
        network.sleep(SLEEP);
    }
}

/// Why a board does not dial (any more).
enum Final {
    Mac,
    Pin,
    Randomness(ErrorNumber),
}

impl Final {
    fn text(&self) -> &'static str {
        match self {
            Self::Mac => "the MAC of the provisioning page is not one station's",
            Self::Pin => "a pin of the provisioning page is no P-256 key",
            Self::Randomness(number) => number.text(),
        }
    }
}

fn dial_on<N, R, F, L, W>(
    network: &mut N,
    board: &mut Board<R, F, L>,
    bench: &Bench,
    mac: Mac,
    memory: &mut Memory,
    log: &mut Log<'_, W>,
) -> Result<core::convert::Infallible, Final>
where
    N: Network,
    R: Randomness,
    F: NorFlash,
    L: FnMut(Signal) -> bool,
    W: Write,
{
    #[cfg(feature = "test-faults")]
    let Ok(()) = board.shown.print(log);
    if mac.is_multicast() || mac.is_zero() {
        return Err(Final::Mac);
    }
    let pins = pins(bench).ok_or(Final::Pin)?;
    let stopwatch = board.stopwatch.clone();
    let mut storage = [SocketStorage::EMPTY; 2];
    let mut stack = Stack::new(
        network,
        mac,
        &mut memory.buffers,
        &mut storage,
        &stopwatch,
        &Chance::draw(board)?,
    );
    let mut redial = Backoff::new(REDIAL.0, REDIAL.1);
    let mut after_goodbye = Backoff::new(AFTER_GOODBYE, AFTER_GOODBYE);
    loop {
        stack.wait_for_address(log);
        let chance = Chance::draw(board)?;
        let ended = session::dial(
            &mut stack,
            board,
            bench,
            &pins,
            chance.port(),
            &mut memory.tls,
            log,
        )?;
        stack.hang_up();
        if let Ended::Goodbye { answered: true } | Ended::Broken { answered: true, .. } = ended {
            redial.reset();
        }
        ended.tell(log);
        let wait = match ended {
            Ended::Goodbye { .. } => &mut after_goodbye,
            _ => &mut redial,
        };
        stack.pause(wait.next_wait(chance.jitter()));
    }
}

#[inline(never)]
fn pins(bench: &Bench) -> Option<Pins> {
    let next = match &bench.next_pin {
        None => None,
        Some(point) => Some(HostKey::from_sec1(point).ok()?),
    };
    Some(Pins {
        current: HostKey::from_sec1(&bench.pin).ok()?,
        next,
    })
}

#[cfg(test)]
mod tests;
