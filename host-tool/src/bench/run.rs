//! Starts what is needed, and ends it when there is nothing left to wait for.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Scope;
use std::time::{Duration, Instant};

use super::door;
use super::end::End;
use super::error::BenchError;
use super::event::{Event, Observer};
use super::orders::Orders;
use super::slots::Slots;
use super::tally::{Refused, Tally};
use super::watch::{Threads, Watch};
use super::work::{Context, Work};
use crate::link::network::Door;
use crate::link::serial;

/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Connections that may wait for their thread. A bench is switched on all at once, and a board that finds this queue full
/// tries again only a second later.
const BACKLOG: i32 = 4096;

/// After the end, boards that have said who they are may finish for this long.
const GRACE: Duration = Duration::from_secs(5);

/// Where boards are.
pub struct Bench {
    /// Serial ports, as paths or patterns.
    pub ports: Vec<String>,
    /// Their speed.
    pub baud: u32,
    /// The network door, with where to listen and how many may be inside.
    pub door: Option<(Door, SocketAddr, usize)>,
    /// What the operator asks for meanwhile.
    pub orders: Arc<Orders>,
    /// What places are called.
    pub slots: Slots,
}

impl Bench {
    /// Refuses a bench with nowhere to look for boards.
    ///
    /// # Errors
    /// [`BenchError::NoLinks`].
    pub fn refuse_nowhere(&self) -> Result<(), BenchError> {
        if self.ports.is_empty() && self.door.is_none() {
            return Err(BenchError::NoLinks);
        }
        Ok(())
    }
}

/// When it ends. Without any of these it ends when every port has had its board, if there are only ports that were named
/// one by one, and otherwise when it is interrupted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Until {
    /// For so many boards it is done, those counted for which it can't be.
    pub expect: Option<u64>,
    /// So much time has passed.
    pub timeout: Option<Duration>,
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    /// Boards for which it is done: for a collection, those in the batch.
    pub boards: u64,
    /// Boards for which this run did it.
    pub added: u64,
    /// Boards for which it was not done.
    pub refused: Vec<Refused>,
    /// It was interrupted.
    pub interrupted: bool,
    /// It ended because time was up.
    pub timed_out: bool,
    /// Two boards have one key.
    pub line_stopped: bool,
}

/// A bench whose network door is open.
pub(crate) struct Opened<'a> {
    bench: &'a Bench,
    listener: Option<TcpListener>,
    observer: &'a dyn Observer,
}

impl<'a> Opened<'a> {
    /// Opens the door, and looks whether the ports can be looked for.
    pub fn new(bench: &'a Bench, observer: &'a dyn Observer) -> Result<Self, BenchError> {
        bench.refuse_nowhere()?;
        serial::expand(&bench.ports)?;
        super::limits::raise_open_files();
        // A process gathers its first random numbers for some 30 ms of work: better now than while boards wait.
        aws_lc_rs::rand::fill(&mut [0; 32]).map_err(|_| BenchError::Randomness)?;
        let listener = bench
            .door
            .as_ref()
            .map(|(_, address, _)| listen(*address, observer))
            .transpose()?;
        Ok(Self {
            bench,
            listener,
            observer,
        })
    }

    /// Does the work for boards as they come, until the end; `interrupt` ends it early.
    pub fn serve(
        &self,
        work: &dyn Work,
        tally: &Tally,
        until: Until,
        interrupt: &AtomicBool,
    ) -> Result<Ended, BenchError> {
        let context = Context {
            work,
            observer: self.observer,
            tally,
            orders: &self.bench.orders,
            slots: &self.bench.slots,
        };
        let threads = Threads::default();
        let ended =
            std::thread::scope(|scope| self.run(scope, &context, &threads, until, interrupt));
        match tally.take_failure() {
            Some(error) => Err(error),
            None => Ok(Ended {
                boards: tally.boards(),
                added: tally.added(),
                refused: tally.refused(),
                // It may have been the last board.
                line_stopped: tally.is_line_stopped(),
                ..ended
            }),
        }
    }

    fn run<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        context: &'scope Context<'env>,
        threads: &'scope Threads,
        until: Until,
        interrupt: &AtomicBool,
    ) -> Ended {
        if let (Some(listener), Some((door, _, most))) = (&self.listener, &self.bench.door) {
            threads.door.fetch_add(1, Ordering::Relaxed);
            scope.spawn(move || {
                door::serve(scope, context, door, listener, *most, &threads.inside);
                threads.door.fetch_sub(1, Ordering::Relaxed);
            });
        }
        let mut watch = Watch::default();
        let mut end = End::new(self.bench, until);
        let orders = &*self.bench.orders;
        orders.begin();
        let tally = context.tally;
        let ended = loop {
            if !tally.is_line_stopped() {
                watch.start_new(scope, self.bench, context, threads);
            }
            if let Some(ended) = end.reached(tally, threads, &watch.decided, (interrupt, orders)) {
                break ended;
            }
            std::thread::sleep(LOOK);
        };
        tally.end();
        if ended.interrupted {
            let at_work = tally.at_work();
            self.observer.event(&Event::Ending { at_work });
        }
        let patience = Instant::now() + GRACE;
        while tally.is_busy() && Instant::now() < patience {
            std::thread::sleep(LOOK);
        }
        tally.abort();
        ended
    }
}

fn listen(address: SocketAddr, observer: &dyn Observer) -> Result<TcpListener, BenchError> {
    let bind = || {
        let listener = TcpListener::bind(address)?;
        rustix::net::listen(&listener, BACKLOG)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    let (listener, address) = bind().map_err(|source| BenchError::Bind { address, source })?;
    observer.event(&Event::Listening { address });
    Ok(listener)
}
