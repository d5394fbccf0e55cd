//! The rows, and how the one is found that something is about.

use std::collections::{HashMap, VecDeque};

use nameplate_wire::Mac;

use super::MOST_ROWS;
use super::head::Goal;
use super::row::{Row, Stage, Tone};

/// Rows that went, as far as they are remembered: whoever asks less often than this begins anew.
const MOST_GONE: usize = 2 * MOST_ROWS;

/// What a row is found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// A fixture's slot.
    Place(String),
    /// A board on the network.
    Board(Mac, String),
    /// A connection whose board is not known.
    Link(String),
}

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Book {
    next: u64,
    rows: HashMap<u64, Row>,
    ids: HashMap<Key, u64>,
    keys: HashMap<u64, Key>,
    /// Which slot a port is at.
    ports: HashMap<String, String>,
    gone: VecDeque<(u64, u64)>,
}

impl Book {
    /// A port is there, at this slot.
    pub fn port(&mut self, version: u64, link: &str, slot: &str, now: u64) {
        self.ports.insert(link.to_owned(), slot.to_owned());
        let row = self.at(version, Key::Place(slot.to_owned()), slot, link, now);
        row.is_port = true;
        link.clone_into(&mut row.link);
        if row.stage == Stage::Unusable {
            row.stage = Stage::Empty;
            row.word.clear();
            row.next = None;
        }
    }

    /// The slot of a port.
    pub fn place(&self, link: &str) -> Option<&str> {
        self.ports.get(link).map(String::as_str)
    }

    /// The row that something on this link is about, made where there is none; marked as changed.
    pub fn about(
        &mut self,
        version: u64,
        link: &str,
        who: Option<(Mac, &str)>,
        now: u64,
    ) -> &mut Row {
        let (key, place) = match (self.ports.get(link), who) {
            (Some(slot), _) => (Key::Place(slot.clone()), slot.clone()),
            (None, Some((mac, name))) => (Key::Board(mac, name.to_owned()), link.to_owned()),
            (None, None) => (Key::Link(link.to_owned()), link.to_owned()),
        };
        let row = self.at(version, key, &place, link, now);
        link.clone_into(&mut row.link);
        if !row.is_port {
            link.clone_into(&mut row.place);
        }
        if let Some((mac, name)) = who {
            if row.mac != Some(mac) || row.name.as_deref() != Some(name) {
                row.begun_ms = now;
            }
            row.mac = Some(mac);
            row.name = Some(name.to_owned());
        }
        row
    }

    /// The row of a port, where there is one and no other port has come to its place.
    pub fn of_port(&mut self, version: u64, link: &str) -> Option<&mut Row> {
        let slot = self.ports.get(link)?;
        let id = self.ids.get(&Key::Place(slot.clone()))?;
        let row = self.rows.get_mut(id).filter(|row| row.link == link)?;
        row.changed = version;
        Some(row)
    }

    fn at(&mut self, version: u64, key: Key, place: &str, link: &str, now: u64) -> &mut Row {
        let id = match self.ids.get(&key) {
            Some(id) => *id,
            None => self.add(version, key),
        };
        let row = self.rows.entry(id).or_insert_with(|| Row {
            id,
            place: place.to_owned(),
            link: link.to_owned(),
            name: None,
            mac: None,
            stage: Stage::Empty,
            tone: Tone::Idle,
            word: String::new(),
            next: None,
            begun_ms: now,
            since_ms: now,
            is_port: false,
            changed: version,
        });
        row.changed = version;
        row
    }

    fn add(&mut self, version: u64, key: Key) -> u64 {
        if self.rows.len() >= MOST_ROWS {
            self.drop_one(version);
        }
        self.next += 1;
        self.ids.insert(key.clone(), self.next);
        self.keys.insert(self.next, key);
        self.next
    }

    /// Makes room: the oldest that is done, or else the oldest of the network, or else the oldest.
    fn drop_one(&mut self, version: u64) {
        let worth = |row: &Row| (row.is_port, row.stage != Stage::Done, row.since_ms, row.id);
        let Some(id) = self
            .rows
            .values()
            .min_by_key(|row| worth(row))
            .map(|row| row.id)
        else {
            return;
        };
        self.forget(version, id);
    }

    fn forget(&mut self, version: u64, id: u64) {
        self.rows.remove(&id);
        if let Some(key) = self.keys.remove(&id) {
            self.ids.remove(&key);
        }
        self.gone.push_back((version, id));
        if self.gone.len() > MOST_GONE {
            self.gone.pop_front();
        }
    }

    /// The rows that have changed since a version, with the tone that they have while `goal` is worked for.
    pub fn since(&self, version: u64, goal: Goal) -> Vec<Row> {
        let rows = self.rows.values().filter(|row| row.changed > version);
        rows.map(|row| toned(row, goal)).collect()
    }

    /// The rows that went since a version.
    pub fn gone_since(&self, version: u64) -> Vec<u64> {
        let gone = self.gone.iter().filter(|(at, _)| *at > version);
        gone.map(|(_, id)| *id).collect()
    }

    pub fn row(&self, id: u64, goal: Goal) -> Option<Row> {
        self.rows.get(&id).map(|row| toned(row, goal))
    }

    /// All of them have changed: another goal gives them another tone.
    pub fn touch(&mut self, version: u64) {
        for row in self.rows.values_mut() {
            row.changed = version;
        }
    }

    /// How many are ready, and how many are worked on.
    pub fn counts(&self, goal: Goal) -> (usize, usize) {
        let count = |tone| {
            self.rows
                .values()
                .filter(|row| row.stage.tone(goal) == tone)
                .count()
        };
        (count(Tone::Ready), count(Tone::Busy))
    }
}

fn toned(row: &Row, goal: Goal) -> Row {
    Row {
        tone: row.stage.tone(goal),
        ..row.clone()
    }
}
