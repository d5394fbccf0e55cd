//! What each event changes.

use nameplate_wire::Mac;

use super::State;
use super::notices::Notice;
use super::row::Stage;
use crate::bench::Event;
use crate::service::words::printable;

/// Characters of a word that are kept.
const LONGEST_WORD: usize = 400;

/// Where something is, and which board it is about.
#[derive(Clone, Copy)]
struct At<'a> {
    link: &'a str,
    who: Option<(Mac, &'a str)>,
    now: u64,
}

impl State {
    /// Takes note of an event; the version is the change's own.
    pub(super) fn take(&mut self, event: &Event<'_>, now: u64) {
        let at = |link, who| At { link, who, now };
        match *event {
            Event::Listening { address } => {
                let text = format!("listening for boards on {address}");
                self.notices.say(self.version, &text);
            }
            Event::Port { link, slot } => {
                self.book.port(self.version, link, slot, now);
                self.notices.remove(self.version, link);
            }
            Event::PortTrouble {
                link,
                slot,
                error,
                code,
            } => {
                self.book.port(self.version, link, slot, now);
                let cause = error.source().map(|cause| format!(" ({cause})"));
                let what = format!("{error}{}", cause.unwrap_or_default());
                let next = "Plug it in, or mend that; it is tried again by itself.";
                self.stage(at(link, None), Stage::Unusable, &what, Some(next));
                self.notice(at(link, None), (&what, code), next, false);
            }
            Event::Left { link } => self.left(link, now),
            Event::Log { .. } => {}
            Event::Seen { .. }
            | Event::Collected { .. }
            | Event::Installed { .. }
            | Event::Delivered { .. }
            | Event::Identified { .. }
            | Event::NotIdentified { .. }
            | Event::Refused { .. }
            | Event::Lost { .. } => self.take_of_board(event, now),
            Event::Skipped { link, who } => {
                self.stage(at(link, who), Stage::Skipped, "left alone", None);
                self.well(at(link, who));
            }
            Event::Strangers { link, reason, .. } => {
                let text = format!("{reason}  [{link}]");
                self.notices.say(self.version, &text);
            }
            Event::Ending { .. } => "ending".clone_into(&mut self.head.phase),
            Event::LineStopped => {
                self.head.line_stopped = true;
                self.notices.say(
                    self.version,
                    "LINE STOPPED: two boards have one key. Set both aside and find out why.",
                );
            }
        }
    }

    fn take_of_board(&mut self, event: &Event<'_>, now: u64) {
        let at = |link, who| At { link, who, now };
        match *event {
            Event::Seen { link, mac, name } => {
                self.stage(at(link, Some((mac, name))), Stage::Working, "at work", None);
            }
            Event::Collected {
                link,
                mac,
                name,
                already,
                boards,
                ..
            } => {
                let word = event.how_done();
                self.is_well(at(link, Some((mac, name))), Stage::Recorded, word, !already);
                // Threads tell in any order.
                self.head.done = self.head.done.max(boards);
            }
            Event::Installed { link, mac, name } => {
                let word = "has its certificate";
                self.stage(at(link, Some((mac, name))), Stage::Installed, word, None);
            }
            Event::Delivered {
                link,
                mac,
                name,
                already,
                done,
                of,
                ..
            } => {
                let word = event.how_done();
                self.is_well(at(link, Some((mac, name))), Stage::Done, word, !already);
                (self.head.done, self.head.target) = (self.head.done.max(done), Some(of));
            }
            Event::Identified {
                link,
                mac,
                name,
                seconds,
            } => {
                let row = self.book.about(self.version, link, Some((mac, name)), now);
                row.word = format!("shows itself for {seconds} s");
            }
            Event::NotIdentified {
                link,
                mac,
                name,
                reason,
            } => {
                let row = self.book.about(self.version, link, Some((mac, name)), now);
                row.word = printable(reason, LONGEST_WORD);
            }
            Event::Refused {
                link,
                who,
                reason,
                code,
                next_step,
            } => {
                self.stage(at(link, who), Stage::Refused, reason, Some(next_step));
                self.notice(at(link, who), (reason, code), next_step, true);
            }
            Event::Lost {
                link,
                who,
                reason,
                code,
                recorded,
            } => {
                let next = if recorded {
                    "It is recorded. Plug it in again to see it confirmed."
                } else {
                    "Plug it in again."
                };
                self.stage(at(link, who), Stage::Lost, reason, Some(next));
                self.notice(at(link, who), (reason, code), next, false);
            }
            _ => {}
        }
    }

    /// A board is as far as it gets now: nobody is needed for it any more.
    fn is_well(&mut self, at: At<'_>, stage: Stage, word: &str, is_new: bool) {
        self.stage(at, stage, word, None);
        self.well(at);
        if is_new {
            self.pace.add();
        }
    }

    fn stage(&mut self, at: At<'_>, stage: Stage, word: &str, next: Option<&str>) {
        let row = self.book.about(self.version, at.link, at.who, at.now);
        if row.stage != stage {
            row.stage = stage;
            row.since_ms = at.now;
        }
        row.word = printable(word, LONGEST_WORD);
        row.next = next.map(str::to_owned);
    }

    /// The board on a port has gone, or the port itself. What was last said of it stays to be read.
    fn left(&mut self, link: &str, now: u64) {
        let Some(row) = self.book.of_port(self.version, link) else {
            return;
        };
        let was = row.stage;
        if matches!(was, Stage::Empty | Stage::Unusable) {
            return;
        }
        let name = row.name.take().unwrap_or_else(|| "a board".to_owned());
        row.word = format!("empty; last: {name}, {}", was.words());
        (row.stage, row.mac, row.next, row.since_ms) = (Stage::Empty, None, None, now);
        // Whoever took it off its place has seen it; what it needs is in the notices.
    }

    fn notice(
        &mut self,
        at: At<'_>,
        (what, code): (&str, &'static str),
        next: &str,
        refused: bool,
    ) {
        let place = self.book.place(at.link).unwrap_or(at.link).to_owned();
        let who = match at.who {
            Some((mac, name)) => format!("{} {mac}", printable(name, 64)),
            None => place.clone(),
        };
        let notice = Notice {
            who,
            place,
            what: printable(what, LONGEST_WORD),
            code,
            next: next.to_owned(),
            at_ms: at.now,
            refused,
        };
        self.notices.put(self.version, &key(at), notice);
    }

    /// What was said against a board and its place no longer counts.
    fn well(&mut self, at: At<'_>) {
        self.notices.remove(self.version, &key(at));
        self.notices.remove(self.version, at.link);
    }
}

/// What a notice is about: the board, or else the port.
fn key(at: At<'_>) -> String {
    match at.who {
        // A link's name never begins with a MAC, so the two kinds don't meet.
        Some((mac, name)) => format!("{mac} {name}"),
        None => at.link.to_owned(),
    }
}
