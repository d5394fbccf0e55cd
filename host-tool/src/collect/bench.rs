//! A whole collection: starts what is needed, and ends it when there is nothing left to wait for.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Scope;
use std::time::{Duration, Instant};

use super::door;
use super::end::End;
use super::event::{Event, Observer};
use super::tally::{Refused, Tally};
use super::verifiers::Verifiers;
use super::watch::{Threads, Watch};
use crate::columns::Plan;
use crate::config::MacRange;
use crate::link::network::Door;
use crate::link::serial::{self, PortError};
use crate::store::{Lost, RecordError, Station, Store, StoreError, WriterHandle};

/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Connections that may wait for their thread. A bench is switched on all at once, and a board that finds this queue full
/// tries again only a second later.
const BACKLOG: i32 = 4096;

/// After the end, boards that have said who they are may finish for this long.
const GRACE: Duration = Duration::from_secs(5);

/// The parts of a bench.
pub struct Bench {
    /// What boards are asked for.
    pub plan: Plan,
    /// MAC addresses that may come; all where empty.
    pub ranges: Vec<MacRange>,
    /// Serial ports, as paths or patterns.
    pub ports: Vec<String>,
    /// Their speed.
    pub baud: u32,
    /// The network door, with where to listen and how many may be inside.
    pub door: Option<(Door, SocketAddr, usize)>,
}

/// When a collection ends. Without any of these it ends when every port has had its board, if there are only ports that
/// were named one by one, and otherwise when it is interrupted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Until {
    /// So many boards are in the batch.
    pub expect: Option<u64>,
    /// So much time has passed.
    pub timeout: Option<Duration>,
}

/// How a collection ended.
#[derive(Debug)]
pub struct Ended {
    /// Boards in the batch.
    pub boards: u64,
    /// Boards that this collection added.
    pub added: u64,
    /// Boards that were not taken.
    pub refused: Vec<Refused>,
    /// It was interrupted.
    pub interrupted: bool,
    /// It ended because time was up.
    pub timed_out: bool,
    /// Two boards have one key.
    pub line_stopped: bool,
}

/// The collection itself could not go on. What was acknowledged is safe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// Nowhere to look for boards.
    #[error("there is nowhere to look for boards: no serial port and no network door")]
    NoLinks,
    /// A port.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The network door can't be opened.
    #[error("can't listen for boards on {address}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The network door broke.
    #[error("the network door broke")]
    Listen(#[source] std::io::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A board could not be recorded, though nothing was wrong with it.
    #[error("a board could not be recorded")]
    Record(#[source] RecordError),
    /// Notes could not be recorded.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Randomness,
}

/// What every board's thread needs.
pub(super) struct Context<'a> {
    pub plan: &'a Plan,
    pub ranges: &'a [MacRange],
    pub verifiers: Verifiers,
    pub writer: WriterHandle,
    pub observer: &'a dyn Observer,
    pub tally: &'a Tally,
}

/// Collects boards into the batch until the end; `interrupt` ends it early.
///
/// # Errors
/// [`CollectError`]. Refused boards are no error: they are in [`Ended::refused`].
pub fn collect(
    bench: &Bench,
    store: &Store,
    station: Station,
    until: Until,
    interrupt: &AtomicBool,
    observer: &dyn Observer,
) -> Result<Ended, CollectError> {
    if bench.ports.is_empty() && bench.door.is_none() {
        return Err(CollectError::NoLinks);
    }
    serial::expand(&bench.ports)?;
    super::limits::raise_open_files();
    // A process gathers its first random numbers for some 30 ms of work: better now than while boards wait.
    aws_lc_rs::rand::fill(&mut [0; 32]).map_err(|_| CollectError::Randomness)?;
    let listener = bench
        .door
        .as_ref()
        .map(|(_, address, _)| listen(*address, observer))
        .transpose()?;
    let tally = Tally::new(store.reader().counts()?.boards());
    let writer = store.start_writer(station)?;
    let ended = std::thread::scope(|inner| {
        let context = Context {
            plan: &bench.plan,
            ranges: &bench.ranges,
            verifiers: Verifiers::start(inner),
            writer: writer.handle(),
            observer,
            tally: &tally,
        };
        let threads = Threads::default();
        // The context must be gone before the verifiers can end, so the boards' threads have a scope of their own.
        std::thread::scope(|scope| {
            run(
                scope,
                bench,
                &context,
                listener.as_ref(),
                &threads,
                until,
                interrupt,
            )
        })
    });
    writer.finish()?;
    let ended = Ended {
        boards: tally.boards(),
        added: tally.added(),
        refused: tally.refused(),
        // It may have been the last board.
        line_stopped: tally.is_line_stopped(),
        ..ended
    };
    match tally.take_failure() {
        Some(error) => Err(error),
        None => Ok(ended),
    }
}

fn listen(address: SocketAddr, observer: &dyn Observer) -> Result<TcpListener, CollectError> {
    let bind = || {
        let listener = TcpListener::bind(address)?;
        rustix::net::listen(&listener, BACKLOG)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    let (listener, address) = bind().map_err(|source| CollectError::Bind { address, source })?;
    observer.event(&Event::Listening { address });
    Ok(listener)
}

fn run<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    bench: &'env Bench,
    context: &'scope Context<'env>,
    listener: Option<&'scope TcpListener>,
    threads: &'scope Threads,
    until: Until,
    interrupt: &AtomicBool,
) -> Ended {
    if let (Some(listener), Some((door, _, most))) = (listener, &bench.door) {
        threads.door.fetch_add(1, Ordering::Relaxed);
        scope.spawn(move || {
            door::serve(scope, context, door, listener, *most, &threads.inside);
            threads.door.fetch_sub(1, Ordering::Relaxed);
        });
    }
    let mut watch = Watch::default();
    let mut end = End::new(bench, until);
    let tally = context.tally;
    let ended = loop {
        if !tally.is_line_stopped() {
            watch.start_new(scope, bench, context, threads);
        }
        if let Some(ended) = end.reached(tally, threads, &watch.decided, interrupt) {
            break ended;
        }
        std::thread::sleep(LOOK);
    };
    tally.end();
    let patience = Instant::now() + GRACE;
    while tally.is_busy() && Instant::now() < patience {
        std::thread::sleep(LOOK);
    }
    tally.abort();
    ended
}
