//! A whole collection: starts what is needed, and ends it when there is nothing left to wait for.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Scope;
use std::time::{Duration, Instant};

use super::event::{Event, Observer};
use super::ports::{self, Decided};
use super::tally::{Refused, Tally};
use super::verifiers::Verifiers;
use super::door;
use crate::columns::Plan;
use crate::config::MacRange;
use crate::link::network::Door;
use crate::link::serial::{self, PortError};
use crate::store::{Lost, RecordError, Station, Store, StoreError, WriterHandle};

/// How often the end and new ports are looked for.
const LOOK: Duration = Duration::from_millis(20);
const PORTS: Duration = Duration::from_millis(500);

/// After the end, boards that are being spoken to may finish for this long.
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

impl Context<'_> {
    /// Where ids of a new conversation begin: answers to an earlier one must not fit.
    pub fn fresh_id(&self) -> u32 {
        let mut bytes = [0; 4];
        // Without random numbers the first nonce will say so.
        let _ = aws_lc_rs::rand::fill(&mut bytes);
        u32::from_be_bytes(bytes) >> 1
    }
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
        let inside = AtomicUsize::new(0);
        // The context must be gone before the verifiers can end, so the boards' threads have a scope of their own.
        std::thread::scope(|scope| {
            run(scope, bench, &context, listener.as_ref(), &inside, until, interrupt)
        })
    });
    writer.finish()?;
    let ended = Ended {
        boards: tally.boards(),
        added: tally.added(),
        refused: tally.refused(),
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
    inside: &'scope AtomicUsize,
    until: Until,
    interrupt: &AtomicBool,
) -> Ended {
    let decided = Arc::new(Decided::default());
    if let (Some(listener), Some((door, _, most))) = (listener, &bench.door) {
        scope.spawn(move || door::serve(scope, context, door, listener, *most, inside));
    }
    let end = until.timeout.map(|timeout| Instant::now() + timeout);
    let fixed = bench.door.is_none() && until.expect.is_none() && !bench.ports.iter().any(|port| port.contains('*'));
    let mut watch = Watch::default();
    let mut ended = Ended {
        boards: 0,
        added: 0,
        refused: Vec::new(),
        interrupted: false,
        timed_out: false,
        line_stopped: false,
    };
    let tally = context.tally;
    loop {
        watch.start_new(scope, bench, context, &decided);
        ended.interrupted = interrupt.load(Ordering::Relaxed);
        ended.timed_out = end.is_some_and(|end| Instant::now() >= end);
        ended.line_stopped = tally.is_line_stopped();
        let enough = until.expect.is_some_and(|expect| tally.boards() >= expect);
        let over = ended.interrupted || ended.timed_out || ended.line_stopped;
        if over || enough || tally.is_ending() || (fixed && decided.all()) {
            break;
        }
        std::thread::sleep(LOOK);
    }
    tally.end();
    let patience = Instant::now() + GRACE;
    let busy = || inside.load(Ordering::Relaxed) + watch.busy.load(Ordering::Relaxed) > 0;
    while busy() && Instant::now() < patience {
        std::thread::sleep(LOOK);
    }
    tally.abort();
    ended
}

/// The ports that have a thread.
#[derive(Default)]
struct Watch {
    known: Vec<PathBuf>,
    looked: Option<Instant>,
    busy: Arc<AtomicUsize>,
}

impl Watch {
    /// Starts a thread for every port that was not there before.
    fn start_new<'scope, 'env>(
        &mut self,
        scope: &'scope Scope<'scope, 'env>,
        bench: &'env Bench,
        context: &'scope Context<'env>,
        decided: &Arc<Decided>,
    ) {
        if self.looked.is_some_and(|last| last.elapsed() < PORTS) {
            return;
        }
        self.looked = Some(Instant::now());
        // Patterns were read before; what they stand for can't fail.
        for path in serial::expand(&bench.ports).unwrap_or_default() {
            if self.known.contains(&path) {
                continue;
            }
            self.known.push(path.clone());
            decided.begin(&path);
            let decided = Arc::clone(decided);
            let busy = Arc::clone(&self.busy);
            busy.fetch_add(1, Ordering::Relaxed);
            scope.spawn(move || {
                ports::serve(context, &path, bench.baud, &decided);
                busy.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}
