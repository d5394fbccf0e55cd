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
    /// A port can't be used, and is tried again.
    PortTrouble {
        /// The port.
        link: &'a str,
        /// Why.
        error: &'a dyn std::error::Error,
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
    /// A board is not taken.
    Refused {
        /// Where.
        link: &'a str,
        /// Its MAC and name, where it said so.
        who: Option<(Mac, &'a str)>,
        /// Why.
        reason: &'a str,
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
        /// It is in the batch, but does not know.
        recorded: bool,
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
    /// Two boards have one key: no further board is begun.
    LineStopped,
}

/// Whoever draws or writes down what happens. Called from many threads.
pub trait Observer: Send + Sync {
    /// Takes note.
    fn event(&self, event: &Event<'_>);
}
