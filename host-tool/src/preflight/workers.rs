//! As many workers as cores: verifying signatures is what costs time here. One thread reads, gives work away and takes it back
//! in the file's order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{available_parallelism, scope};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::csv::Chunk;
use super::header::Header;
use super::merge::{Done, Merger, Place};
use super::options::Options;
use super::row;
use super::{Code, Finding};

/// Pieces of work that are given away and not yet taken back, per worker.
const AHEAD: usize = 4;

/// What a worker is given.
pub(super) enum Work {
    /// Rows of a CSV, from this one on.
    Rows { chunk: Chunk, from: usize },
    /// Requests of a ZIP.
    Files(Vec<RequestFile>),
}

/// A request of a ZIP.
pub(super) struct RequestFile {
    /// Which entry it is, from 1.
    pub number: u64,
    /// Its name.
    pub name: Arc<str>,
    pub bytes: Vec<u8>,
}

/// What a worker gives back; `None` where it has fallen.
type Answer = Option<(usize, Vec<Done>)>;

/// Tells of a worker that panicked: whoever waited for it would wait for ever, and the panic would never be seen.
struct Fallen<'a>(&'a Sender<Answer>);

impl Drop for Fallen<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.0.send(None);
        }
    }
}

/// Has everything checked that `next` gives, and merges what is found.
///
/// # Errors
/// The first one of `next`; what was given before it is checked and merged all the same.
pub(super) fn run<E>(
    header: &Header,
    options: &Options,
    merger: &mut Merger<'_>,
    mut next: impl FnMut() -> Result<Option<Work>, E>,
) -> Result<(), E> {
    let cores = available_parallelism().map_or(1, usize::from);
    let most = cores * AHEAD;
    scope(|scope| {
        let (give, inbox) = bounded::<(usize, Work)>(most);
        let (outbox, take) = unbounded();
        for _ in 0..cores {
            let (inbox, outbox) = (inbox.clone(), outbox.clone());
            scope.spawn(move || work(header, options, &inbox, &outbox));
        }
        drop((inbox, outbox));
        let (mut given, mut taken) = (0, 0);
        let mut ended = None;
        let mut waiting = BTreeMap::new();
        loop {
            while ended.is_none() && given - taken < most {
                match next() {
                    Ok(Some(work)) => {
                        // Never blocks: no more than fit are given away.
                        let _ = give.send((given, work));
                        given += 1;
                    }
                    Ok(None) => ended = Some(Ok(())),
                    Err(error) => ended = Some(Err(error)),
                }
            }
            if given == taken
                && let Some(ended) = ended.take()
            {
                return ended;
            }
            // A worker that has fallen takes the scope, and so the program, with it.
            let Ok(Some((number, done))) = take.recv() else {
                return Ok(());
            };
            waiting.insert(number, done);
            while let Some(rows) = waiting.remove(&taken) {
                taken += 1;
                for done in rows {
                    merger.row(done);
                }
            }
        }
    })
}

fn work(
    header: &Header,
    options: &Options,
    inbox: &Receiver<(usize, Work)>,
    outbox: &Sender<Answer>,
) {
    let _fallen = Fallen(outbox);
    for (number, work) in inbox {
        let done = match work {
            Work::Rows { chunk, from } => rows(header, options, chunk, from),
            Work::Files(files) => files.iter().map(file).collect(),
        };
        if outbox.send(Some((number, done))).is_err() {
            return;
        }
    }
}

fn rows(header: &Header, options: &Options, mut chunk: Chunk, from: usize) -> Vec<Done> {
    let mut noted = std::mem::take(&mut chunk.noted).into_iter().peekable();
    let mut all = Vec::with_capacity(chunk.rows.len() + 1);
    for (index, read) in chunk.rows.iter().enumerate().skip(from) {
        let mut done = Done::default();
        while let Some((_, finding)) = noted.next_if(|(before, _)| *before <= index) {
            done.findings.push(finding);
        }
        let marks = row::check(header, options, &chunk, read, &mut done.findings);
        done.row = Some((Place::Line(read.line), marks));
        all.push(done);
    }
    all.push(Done {
        findings: noted.map(|(_, finding)| finding).collect(),
        row: None,
    });
    all
}

fn file(file: &RequestFile) -> Done {
    let mut done = Done::default();
    let mut marks = row::Marks::default();
    match std::str::from_utf8(&file.bytes) {
        Ok(text) if text.trim().is_empty() => {
            let finding = Finding::new(Code::ValueMissing, "the file is empty");
            done.findings.push(finding);
        }
        Ok(text) => {
            row::request(text, 1, None, &mut marks, &mut done.findings);
        }
        Err(_) => {
            let what = "the file is not text, so it is no PEM (a request in DER, perhaps)";
            done.findings.push(Finding::new(Code::PemMarker, what));
        }
    }
    for finding in &mut done.findings {
        finding.entry = Some(Arc::clone(&file.name));
    }
    done.row = Some((Place::Entry(file.number, Arc::clone(&file.name)), marks));
    done
}
