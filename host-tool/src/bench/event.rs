//! What happens on the bench, for whoever draws it.

use nameplate_wire::Mac;

/// Something that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// The network door is open.
    Listening {
        /// Where, with the port that the system chose.
        address: std::net::SocketAddr,
    },
    /// A port is there and can be used.
    Port {
        /// The port.
        link: &'a str,
        /// What its place is called.
        slot: &'a str,
    },
    /// The board on a port does not answer any more, or its port is gone.
    Left {
        /// The port.
        link: &'a str,
    },
    /// A port can't be used, and is tried again.
    PortTrouble {
        /// The port.
        link: &'a str,
        /// What its place is called.
        slot: &'a str,
        /// Why.
        error: &'a dyn std::error::Error,
        /// The stable word for that.
        code: &'static str,
    },
    /// A board printed a line of its own.
    Log {
        /// Where.
        link: &'a str,
        /// The line, without control characters.
        line: &'a str,
    },
    /// A board said who it is.
    Seen {
        /// Where.
        link: &'a str,
        /// Its MAC.
        mac: Mac,
        /// Its name.
        name: &'a str,
    },
    /// A board is in the batch, and knows it.
    Collected {
        /// Where.
        link: &'a str,
        /// Its MAC.
        mac: Mac,
        /// Its name.
        name: &'a str,
        /// It was in the batch before.
        already: bool,
        /// Bytes that went over the line for it, both ways.
        bytes: u64,
        /// Boards in the batch now.
        boards: u64,
    },
    /// A board shows its certificate when it is asked again.
    Installed {
        /// Where.
        link: &'a str,
        /// Its MAC.
        mac: Mac,
        /// Its name.
        name: &'a str,
    },
    /// A board has its certificate and has proved its key.
    Delivered {
        /// Where.
        link: &'a str,
        /// Its MAC.
        mac: Mac,
        /// Its name.
        name: &'a str,
        /// It was done before.
        already: bool,
        /// It had its certificate when it came.
        had: bool,
        /// It is locked.
        locked: bool,
        /// Bytes that went over the line for it, both ways.
        bytes: u64,
        /// Boards that are done now.
        done: u64,
        /// Boards that have a certificate.
        of: u64,
    },
    /// A board shows which one it is.
    Identified {
        /// Where.
        link: &'a str,
        /// Its MAC.
        mac: Mac,
        /// Its name.
        name: &'a str,
        /// For how long, in seconds.
        seconds: u8,
    },
    /// A board can't show which one it is.
    NotIdentified {
        /// Where.
        link: &'a str,
        /// Its MAC.
        mac: Mac,
        /// Its name.
        name: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// A board is not taken.
    Refused {
        /// Where.
        link: &'a str,
        /// Its MAC and name, where it said so.
        who: Option<(Mac, &'a str)>,
        /// Why.
        reason: &'a str,
        /// The stable word for that.
        code: &'static str,
        /// What to do.
        next_step: &'a str,
    },
    /// A board went away or fell silent before it was done; it may come again.
    Lost {
        /// Where.
        link: &'a str,
        /// Its MAC and name, where it said so.
        who: Option<(Mac, &'a str)>,
        /// Why.
        reason: &'a str,
        /// The stable word for that.
        code: &'static str,
        /// It is in the batch, but does not know.
        recorded: bool,
    },
    /// The operator wants a place, or a board, left alone.
    Skipped {
        /// Where.
        link: &'a str,
        /// Its MAC and name, where there is a board.
        who: Option<(Mac, &'a str)>,
    },
    /// Connections came that were no boards.
    Strangers {
        /// Where from.
        link: &'a str,
        /// How many so far.
        connections: u64,
        /// What they did.
        reason: &'a str,
    },
    /// The operator wants to end: boards that are at work are finished, and no further one is begun.
    Ending {
        /// How many are at work.
        at_work: usize,
    },
    /// Two boards have one key: no further board is begun.
    LineStopped,
}

impl Event<'_> {
    /// What was done for a board that is collected or delivered, in words.
    pub fn how_done(&self) -> &'static str {
        let (already, had, locked) = match self {
            Self::Collected { already: true, .. } => return "was recorded before",
            Self::Collected { .. } => return "recorded",
            Self::Delivered {
                already,
                had,
                locked,
                ..
            } => (already, had, locked),
            _ => return "",
        };
        match (already, had, locked) {
            (true, true, false) => "was done before",
            (true, true, true) => "was done before, locked",
            (true, false, false) => "done again: it had lost its certificate",
            (true, false, true) => "done again: it had lost its certificate; locked",
            (false, true, false) => "done: it had its certificate already",
            (false, true, true) => "done: it had its certificate already; locked",
            (false, false, false) => "done",
            (false, false, true) => "done, locked",
        }
    }
}

/// Whoever draws or writes down what happens. Called from many threads.
pub trait Observer: Send + Sync {
    /// Takes note.
    fn event(&self, event: &Event<'_>);
}
