//! A row: a place on the bench, what is on it, and what it needs.

use nameplate_wire::Mac;
use serde::Serialize;

use super::head::Goal;
use crate::bench::Target;

/// How far a place's board is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Nothing is there.
    Empty,
    /// The place itself can't be used.
    Unusable,
    /// It has said who it is and is being worked on.
    Working,
    /// It is in the batch, and knows it.
    Recorded,
    /// It has its certificate, and has still to prove its key once more.
    Installed,
    /// It has its certificate and has proved its key.
    Done,
    /// It went away before it was done.
    Lost,
    /// It is not taken.
    Refused,
    /// The operator wants it left alone.
    Skipped,
}

/// What an operator sees of it from afar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// Somebody has to do something.
    Trouble,
    /// Leave it alone, it is being worked on.
    Busy,
    /// Take it away: all is done for it that is done now.
    Ready,
    /// Nothing to see.
    Idle,
}

impl Tone {
    /// The sign that says the same without colour.
    pub fn sign(self) -> char {
        match self {
            Self::Trouble => '✗',
            Self::Busy => '◐',
            Self::Ready => '✓',
            Self::Idle => '·',
        }
    }
}

impl Stage {
    /// How it looks while `goal` is what is worked for.
    pub fn tone(self, goal: Goal) -> Tone {
        match (self, goal) {
            (Self::Unusable | Self::Lost | Self::Refused, _) => Tone::Trouble,
            (Self::Working | Self::Installed, _) => Tone::Busy,
            (Self::Recorded, Goal::Collect) | (Self::Done, _) => Tone::Ready,
            // It was recorded and waits until certificates are brought.
            (Self::Recorded, Goal::Deliver) | (Self::Empty | Self::Skipped, _) => Tone::Idle,
        }
    }

    /// In a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Unusable => "unusable",
            Self::Working => "at work",
            Self::Recorded => "recorded",
            Self::Installed => "installed",
            Self::Done => "done",
            Self::Lost => "lost",
            Self::Refused => "refused",
            Self::Skipped => "skipped",
        }
    }
}

/// A place or a board on the network, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Stays the same for as long as the row is there; never used again.
    pub id: u64,
    /// What the place is called: the fixture's slot, or the port, or where a board dials in from.
    pub place: String,
    /// The port or connection.
    pub link: String,
    /// The board's name.
    pub name: Option<String>,
    /// Its MAC address.
    #[serde(serialize_with = "as_text")]
    pub mac: Option<Mac>,
    /// How far it is.
    pub stage: Stage,
    /// How that looks.
    pub tone: Tone,
    /// The last word about it.
    pub word: String,
    /// What to do, where somebody has to.
    pub next: Option<String>,
    /// When the board was first seen here, in milliseconds since 1970 (UTC).
    pub begun_ms: u64,
    /// When the stage last changed.
    pub since_ms: u64,
    /// It is a port, and not a board on the network.
    pub is_port: bool,
    /// The panel's version when it last changed.
    #[serde(skip)]
    pub changed: u64,
}

impl Row {
    /// For whom an order is that is given here; `None` where it is not known which board that would be.
    pub fn target(&self) -> Option<Target> {
        if self.is_port {
            return Some(Target::Port(self.link.clone()));
        }
        Some(Target::Board(self.mac?, self.name.clone()?))
    }
}

#[expect(clippy::ref_option, reason = "serde gives it so")]
fn as_text<S: serde::Serializer>(mac: &Option<Mac>, to: S) -> Result<S::Ok, S::Error> {
    match mac {
        Some(mac) => to.serialize_some(&mac.to_string()),
        None => to.serialize_none(),
    }
}
