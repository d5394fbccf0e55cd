//! What is looked at: the panel's rows in the order in which they are shown, which one is chosen, what is searched for.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};

use crate::panel::{Head, Message, Notice, Panel, Row, Tone, natural};

/// Messages that are kept to be shown.
const MESSAGES: usize = 8;

/// What is shown, and how.
#[derive(Default)]
pub struct View {
    version: u64,
    pub head: Option<Head>,
    rows: HashMap<u64, Row>,
    /// Ids of the rows that are shown, in order.
    order: Vec<u64>,
    pub notices: Vec<Notice>,
    pub messages: VecDeque<Message>,
    chosen: Option<u64>,
    /// The first row that is shown.
    pub top: usize,
    /// How many fit.
    pub height: usize,
    pub search: String,
    pub is_typing: bool,
    /// Whether these are all boards.
    pub is_asking: bool,
    /// What the page is opened with.
    pub page_url: Option<String>,
    /// The answer to the last key.
    pub said: Option<String>,
    /// The operator wants to end.
    pub ending: bool,
}

impl View {
    /// Nothing yet, and the URL of the page where there is one.
    pub fn new(page_url: Option<String>) -> Self {
        Self {
            page_url,
            ..Self::default()
        }
    }

    /// Takes over what has changed. `false`: nothing has.
    pub fn take(&mut self, panel: &Panel) -> bool {
        let changes = panel.changes(self.version);
        let is_new = changes.version > self.version;
        self.version = changes.version;
        self.head = Some(changes.head);
        if !is_new {
            return false;
        }
        for id in changes.gone {
            self.rows.remove(&id);
        }
        self.rows
            .extend(changes.rows.into_iter().map(|row| (row.id, row)));
        if let Some(notices) = changes.notices {
            self.notices = notices;
        }
        self.messages.extend(changes.messages);
        while self.messages.len() > MESSAGES {
            self.messages.pop_front();
        }
        self.sort();
        true
    }

    /// Orders the rows anew: who needs somebody, then places as they are counted, then boards on the network, newest first.
    pub fn sort(&mut self) {
        let found = self.rows.values().filter(|row| is_found(row, &self.search));
        let mut rows: Vec<_> = found.collect();
        rows.sort_by(|a, b| before(a, b));
        self.order = rows.into_iter().map(|row| row.id).collect();
        if self.chosen.is_some_and(|id| !self.order.contains(&id)) {
            self.chosen = None;
        }
    }

    /// All rows that are shown.
    pub fn shown(&self) -> impl ExactSizeIterator<Item = Option<&Row>> {
        self.order.iter().map(|id| self.rows.get(id))
    }

    pub fn is_chosen(&self, row: &Row) -> bool {
        self.chosen == Some(row.id)
    }

    /// The row that is chosen.
    pub fn chosen(&self) -> Option<&Row> {
        self.rows.get(&self.chosen?)
    }

    /// Chooses another row, so many further down.
    pub fn step(&mut self, by: isize) {
        let last = self.order.len().saturating_sub(1);
        let now = self
            .chosen
            .and_then(|id| self.order.iter().position(|other| *other == id));
        let next = match now {
            None if by < 0 => last,
            None => 0,
            Some(now) => now.saturating_add_signed(by),
        };
        self.choose(next);
    }

    /// Chooses a row by its place in the order, or else the last, and brings it into sight.
    pub fn choose(&mut self, row: usize) {
        let next = row.min(self.order.len().saturating_sub(1));
        self.chosen = self.order.get(next).copied();
        if next < self.top {
            self.top = next;
        } else if next >= self.top + self.height.max(1) {
            self.top = next + 1 - self.height.max(1);
        }
    }

    /// How far a page is.
    pub fn page(&self) -> isize {
        isize::try_from(self.height.max(1)).unwrap_or(1)
    }

    /// Ends searching and choosing.
    pub fn clear(&mut self) {
        self.search.clear();
        self.is_typing = false;
        self.chosen = None;
        self.top = 0;
        self.sort();
    }

    /// Makes the first row that is shown fit to how many there are.
    pub fn fit(&mut self, height: usize) {
        self.height = height;
        self.top = self.top.min(self.order.len().saturating_sub(height));
    }
}

fn is_found(row: &Row, search: &str) -> bool {
    let wanted = search.to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&wanted);
    wanted.is_empty()
        || holds(&row.place)
        || row.name.as_deref().is_some_and(holds)
        || row.mac.is_some_and(|mac| holds(&mac.to_string()))
        || holds(row.stage.words())
}

fn before(a: &Row, b: &Row) -> Ordering {
    let first = |row: &Row| (row.tone != Tone::Trouble, !row.is_port);
    first(a).cmp(&first(b)).then_with(|| {
        if a.is_port && b.is_port {
            return natural(&a.place, &b.place).then(a.id.cmp(&b.id));
        }
        let newest = b.since_ms.cmp(&a.since_ms);
        a.tone.cmp(&b.tone).then(newest).then(a.id.cmp(&b.id))
    })
}
