//! What pages are told: one thread reads the panel and writes each change once; every page gets the same bytes.
//!
//! A page that comes, and one that reads too slowly, is given all that stands. So the bench pays the same for one page and for many,
//! and nothing at all where there is none.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde::Serialize;
use tokio::sync::broadcast;

use crate::panel::{Changes, Head, Message, Notice, Panel, Row};

/// Changes are told at most this often.
const PAUSE: Duration = Duration::from_millis(100);

/// Pace and time left change by themselves; they are told this often.
const STEADY: Duration = Duration::from_secs(1);

/// A page that hears nothing for longer than this may take the bench for lost.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// How many changes a page may be behind before it is given the whole.
const BEHIND: usize = 16;

/// The form of what is told; a change that a reader must know of raises it.
const FORMAT: u32 = 1;

/// Something that is told to all.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// What has changed up to a version.
    Change(u64, Bytes),
    /// Nothing, so that whoever listens knows that somebody is there.
    Heartbeat,
    /// It is over.
    End(Bytes),
}

/// Where pages listen.
pub(super) struct Hall {
    panel: Arc<Panel>,
    told: broadcast::Sender<Told>,
    /// The last whole that was written: when, and of which version it was.
    whole: Mutex<Option<(Instant, u64, Bytes)>>,
}

/// The thread. Dropped, it tells the end.
pub(super) struct Feed {
    hall: Arc<Hall>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// All that stands.
#[derive(Serialize)]
struct Snapshot<'a> {
    format: u32,
    head: &'a Head,
    rows: &'a [Row],
    notices: &'a [Notice],
    messages: &'a [Message],
}

/// What has changed.
#[derive(Serialize)]
struct Change<'a> {
    head: &'a Head,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    rows: &'a [Row],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    gone: &'a [u64],
    #[serde(skip_serializing_if = "Option::is_none")]
    notices: Option<&'a [Notice]>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    messages: &'a [Message],
}

/// Nothing comes any more.
#[derive(Serialize)]
struct End<'a> {
    head: &'a Head,
}

impl Hall {
    /// From now on.
    pub fn listen(&self) -> broadcast::Receiver<Told> {
        self.told.subscribe()
    }

    /// All that stands now, as an event, and its version. Whoever listens before asking for it misses nothing.
    pub fn whole(&self) -> (u64, Bytes) {
        // One at a time: those who come together are given the same.
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, version, bytes)) = &*whole
            // It tells the time, too.
            && at.elapsed() < STEADY
            && !self.panel.wait(*version, Duration::ZERO)
        {
            return (*version, bytes.clone());
        }
        let changes = self.panel.changes(0);
        let bytes = event(
            "snapshot",
            changes.version,
            &Snapshot {
                format: FORMAT,
                head: &changes.head,
                rows: &changes.rows,
                notices: changes.notices.as_deref().unwrap_or_default(),
                messages: &changes.messages,
            },
        );
        *whole = Some((Instant::now(), changes.version, bytes.clone()));
        (changes.version, bytes)
    }
}

impl Feed {
    pub fn start(panel: &Arc<Panel>) -> io::Result<Self> {
        let (told, _) = broadcast::channel(BEHIND);
        let hall = Arc::new(Hall {
            panel: Arc::clone(panel),
            told,
            whole: Mutex::default(),
        });
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("page feed".to_owned());
        let thread = thread.spawn({
            let hall = Arc::clone(&hall);
            move || Teller::new(&hall).tell(&stopped)
        })?;
        Ok(Self {
            hall,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub fn hall(&self) -> &Arc<Hall> {
        &self.hall
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's own.
struct Teller<'a> {
    hall: &'a Hall,
    /// Up to which version everything was told, to whoever listened.
    version: u64,
    /// When something was told.
    told: Instant,
    head: Option<Head>,
}

impl<'a> Teller<'a> {
    fn new(hall: &'a Hall) -> Self {
        Self {
            hall,
            version: 0,
            told: Instant::now(),
            head: None,
        }
    }

    fn tell(mut self, stopped: &Receiver<()>) {
        let mut looked = Instant::now();
        loop {
            match stopped.recv_timeout(PAUSE.saturating_sub(looked.elapsed())) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return self.end(),
            }
            looked = Instant::now();
            // First the version, then who listens: whoever comes in between asks for the whole of a later one.
            let now = self.hall.panel.changes(u64::MAX).version;
            if self.hall.told.receiver_count() == 0 {
                self.version = now;
                continue;
            }
            if now > self.version || self.told.elapsed() >= STEADY {
                self.change();
            }
            if self.told.elapsed() >= HEARTBEAT {
                self.say(Told::Heartbeat);
            }
        }
    }

    fn change(&mut self) {
        let changes = self.hall.panel.changes(self.version);
        self.version = changes.version;
        if is_nothing(&changes)
            && self
                .head
                .as_ref()
                .is_some_and(|head| same(head, &changes.head))
        {
            return;
        }
        let bytes = event(
            "change",
            changes.version,
            &Change {
                head: &changes.head,
                rows: &changes.rows,
                gone: &changes.gone,
                notices: changes.notices.as_deref(),
                messages: &changes.messages,
            },
        );
        self.head = Some(changes.head);
        self.say(Told::Change(changes.version, bytes));
    }

    fn end(mut self) {
        self.change();
        let changes = self.hall.panel.changes(u64::MAX);
        let head = Head {
            ended: true,
            ..changes.head
        };
        let bytes = event("end", changes.version, &End { head: &head });
        self.say(Told::End(bytes));
    }

    fn say(&mut self, told: Told) {
        // Nobody may be there.
        let _ = self.hall.told.send(told);
        self.told = Instant::now();
    }
}

fn is_nothing(changes: &Changes) -> bool {
    let Changes {
        rows,
        gone,
        notices,
        messages,
        ..
    } = changes;
    rows.is_empty() && gone.is_empty() && notices.is_none() && messages.is_empty()
}

/// Nothing in it is worth telling.
fn same(a: &Head, b: &Head) -> bool {
    let now_ms = 0;
    Head {
        now_ms,
        ..a.clone()
    } == Head {
        now_ms,
        ..b.clone()
    }
}

/// An event of the stream (WHATWG HTML, 9.2.6): JSON holds no line ends, so its text is one line.
fn event(kind: &str, version: u64, what: &impl Serialize) -> Bytes {
    let mut text = format!("event: {kind}\nid: {version}\ndata: ").into_bytes();
    let begun = text.len();
    if serde_json::to_writer(&mut text, what).is_err() {
        // No type of ours fails to be written; an empty object is no event that does harm.
        text.truncate(begun);
        text.extend_from_slice(b"{}");
    }
    text.extend_from_slice(b"\n\n");
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use nameplate_wire::Mac;

    use super::*;
    use crate::bench::{Event, Observer};

    fn text(bytes: &Bytes) -> String {
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn a_name_with_line_ends_stays_one_event() {
        let panel = Arc::new(Panel::new("b", Arc::default()));
        let name = "a\n\ndata: {}\r\u{2028}<script>";
        panel.event(&Event::Seen {
            link: "tls 1",
            mac: Mac([2; 6]),
            name,
        });
        let feed = Feed::start(&panel).unwrap();
        let (_, bytes) = feed.hall().whole();
        let text = text(&bytes);
        assert_eq!(text.matches('\n').count(), 4, "{text}");
        let json = text.split_once("data: ").unwrap().1;
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(json["rows"][0]["name"], name);
    }

    #[test]
    fn whoever_listens_is_told_of_each_change_once_and_of_the_end() {
        let panel = Arc::new(Panel::new("b", Arc::default()));
        let feed = Feed::start(&panel).unwrap();
        let mut listener = feed.hall().listen();
        let (first, _) = feed.hall().whole();
        panel.message("one");
        panel.message("two");
        let mut said = Vec::new();
        let mut take = |told| {
            if let Told::Change(version, bytes) = told
                && version > first
            {
                said.push(text(&bytes));
            }
        };
        // The pause has passed at the latest when the thread has ended.
        take(listener.blocking_recv().unwrap());
        drop(feed);
        let end = loop {
            match listener.blocking_recv().unwrap() {
                Told::End(bytes) => break text(&bytes),
                other => take(other),
            }
        };
        let all = said.concat();
        assert_eq!(
            (
                all.matches("\"one\"").count(),
                all.matches("\"two\"").count()
            ),
            (1, 1),
            "{all}"
        );
        assert!(
            end.starts_with("event: end\n") && end.contains("\"ended\":true"),
            "{end}"
        );
    }

    #[test]
    fn what_has_not_changed_is_not_written_again() {
        let panel = Arc::new(Panel::new("b", Arc::default()));
        let feed = Feed::start(&panel).unwrap();
        let (first, second) = (feed.hall().whole(), feed.hall().whole());
        assert_eq!(first.1.as_ptr(), second.1.as_ptr());
        panel.message("new");
        assert!(feed.hall().whole().0 > first.0);
    }
}
