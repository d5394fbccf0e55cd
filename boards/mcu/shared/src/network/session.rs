//! One session with the bench, from dialling to its end.

use embedded_io::{Read as _, Write};
use embedded_storage::nor_flash::NorFlash;
use nameplate_agent::{Link, Randomness};
use nameplate_tls::{Error, Pins, SEED_SIZE, Session};
use zeroize::Zeroizing;

use super::link::{Deadline, TcpLink};
use super::log::Log;
use super::stack::Stack;
use super::{Final, Network, TlsBuffers};
use crate::{Bench, Board, Signal};

/// How long the whole handshake may take, in milliseconds: a bench that hundreds of boards dial at once is slow.
const HANDSHAKE: u64 = 60_000;
/// How long the bench may be silent, or take for one frame, before it is taken for dead, in milliseconds.
const IDLE: u64 = 120_000;

/// Bytes taken from the session at once. Small: it stands on the stack.
const CHUNK: usize = 64;

/// How dialling ended.
pub(super) enum Ended {
    /// Nobody answers at the bench's address.
    Unreachable,
    /// TLS failed, or the host is not the pinned one.
    Unopened(Error),
    /// The bench said goodbye.
    Goodbye {
        /// Whether any frame was answered.
        answered: bool,
    },
    /// The link or TLS failed, or the bench was silent for too long.
    Broken {
        /// Whether any frame was answered.
        answered: bool,
        /// How it failed.
        error: Error,
    },
}

impl Ended {
    pub(super) fn tell<W: Write>(&self, log: &mut Log<'_, W>) {
        match self {
            Self::Unreachable => log.line(&["nobody answers at the bench's address"]),
            Self::Unopened(error) => log.line(&["no session with the bench: ", error.text()]),
            Self::Goodbye { .. } => log.line(&["the bench ended the session"]),
            Self::Broken { error, .. } => log.line(&["the session broke: ", error.text()]),
        }
    }
}

/// Dials the bench and answers it until the session ends. The connection is left for the caller to hang up.
pub(super) fn dial<N, R, F, L, W>(
    stack: &mut Stack<'_, N>,
    board: &mut Board<R, F, L>,
    bench: &Bench,
    pins: &Pins,
    port: u16,
    buffers: &mut TlsBuffers,
    log: &mut Log<'_, W>,
) -> Result<Ended, Final>
where
    N: Network,
    R: Randomness,
    F: NorFlash,
    L: FnMut(Signal) -> bool,
    W: Write,
{
    if stack.connect(bench.address, port).is_none() {
        return Ok(Ended::Unreachable);
    }
    let seed = board.exchange.agent().seed().map_err(Final::Randomness)?;
    let deadline = Deadline::after(HANDSHAKE);
    let stopwatch = stack.stopwatch();
    stopwatch.start();
    let mut place = None;
    let link = TcpLink::new(stack, &deadline);
    let session = match open(&mut place, link, pins, seed, buffers) {
        Ok(session) => session,
        Err(error) => return Ok(Ended::Unopened(error)),
    };
    let Ok(()) = stopwatch.print("handshake", log);
    log.line(&["the bench has proved its key"]);
    board.exchange.reset();
    let join_token = bench.token.as_deref();
    let link = Link::Authenticated { join_token };
    let mut answered = false;
    // A bench that said goodbye has gone: it is not told ours.
    Ok(
        match answer(board, session, link, &deadline, &mut answered, log) {
            Ok(()) => Ended::Goodbye { answered },
            Err(error) => Ended::Broken { answered, error },
        },
    )
}

#[inline(never)]
fn open<'p, 'b, 's: 'b, 'a: 'b, N: Network>(
    place: &'p mut Option<Session<'b, TcpLink<'s, 'a, N>>>,
    link: TcpLink<'s, 'a, N>,
    pins: &Pins,
    mut seed: Zeroizing<[u8; SEED_SIZE]>,
    buffers: &'b mut TlsBuffers,
) -> Result<&'p mut Session<'b, TcpLink<'s, 'a, N>>, Error> {
    nameplate_tls::open_in(place, link, pins, None, &mut seed, buffers)
}

fn answer<N, R, F, L, W>(
    board: &mut Board<R, F, L>,
    session: &mut Session<'_, TcpLink<'_, '_, N>>,
    link: Link<'_>,
    deadline: &Deadline,
    answered: &mut bool,
    log: &mut Log<'_, W>,
) -> Result<(), Error>
where
    N: Network,
    R: Randomness,
    F: NorFlash,
    L: FnMut(Signal) -> bool,
    W: Write,
{
    let mut chunk = [0; CHUNK];
    deadline.extend(IDLE);
    loop {
        let count = session.read(&mut chunk)?;
        if count == 0 {
            return Ok(());
        }
        for &byte in chunk.get(..count).unwrap_or_default() {
            let Ok(answer) = board.answer(byte, link, log);
            if let Some(answer) = answer {
                // Only whole frames count as life.
                deadline.extend(IDLE);
                *answered = true;
                session.write_all(answer)?;
                session.flush()?;
            }
        }
    }
}
