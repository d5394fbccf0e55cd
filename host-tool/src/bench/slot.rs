//! A serial port that is open: whatever boards come to it are spoken to, until it is gone.

use std::path::Path;
use std::time::{Duration, Instant};

use super::attend::{self, Then, show_itself};
use super::board::{self, Left, Trouble};
use super::event::Event;
use super::orders::Order;
use super::port_noise::{Babble, LogGate};
use super::ports::{Decided, PAUSE, pause};
use super::work::{Context, Who};
use crate::link::serial::Port;
use crate::link::{Conversation, LinkError, Patience};
use crate::tokens::Pass;

/// How often an empty port is asked whether there is a board, and how long it may be silent before a board on it counts as
/// unplugged. The slowest boards take some seconds to answer.
const HELLO: Patience = Patience {
    wait: Duration::from_millis(500),
    tries: 8,
};

/// After a flood a port is left alone for so long: what floods it costs little then, and a board that is plugged in instead
/// does not wait for long.
const FLOODED: Duration = Duration::from_secs(3);

/// A port that is open.
pub(super) struct Slot<'a> {
    context: &'a Context<'a>,
    path: &'a Path,
    link: &'a str,
    gate: &'a LogGate,
    decided: &'a Decided,
    /// The board on it.
    there: Option<Who>,
    /// The board on it for which there is nothing left to do.
    done: Option<Who>,
    /// What the operator asked for, once there is a board.
    order: Option<Order>,
    /// The board shows itself until then, and has to be told when it is over.
    shows_until: Option<Instant>,
    babble: Babble,
}

impl<'a> Slot<'a> {
    pub fn new(
        context: &'a Context<'a>,
        path: &'a Path,
        link: &'a str,
        gate: &'a LogGate,
        decided: &'a Decided,
    ) -> Self {
        Self {
            context,
            path,
            link,
            gate,
            decided,
            there: None,
            done: None,
            order: None,
            shows_until: None,
            babble: Babble::default(),
        }
    }

    /// Speaks to whatever boards come, until the port is gone.
    pub fn converse(mut self, port: &mut Port) {
        self.talk(port);
        if self.there.is_some() && !self.context.tally.is_ending() {
            let link = self.link;
            self.context.observer.event(&Event::Left { link });
        }
    }

    fn talk(&mut self, port: &mut Port) {
        while !self.context.tally.is_ending() {
            let is_last = self.context.tally.is_line_stopped();
            if !self.look(port) || is_last {
                return;
            }
        }
    }

    /// Looks once for a board, and does for it what is to be done. `false`: the port is gone.
    fn look(&mut self, port: &mut Port) -> bool {
        let context = self.context;
        if let Some(order) = context.orders.take_for_port(self.link) {
            self.order = Some(order);
        }
        let on_log = |line: String| self.gate.show(context, self.link, &line);
        let mut line = Conversation::new(port, board::fresh_id(), &on_log, context.tally.ending());
        let said = board::hello(&mut line, HELLO);
        let is_flood = matches!(said, Err(Trouble::Lost(LinkError::Flood, _)));
        let left = match said {
            Err(Trouble::Lost(LinkError::Silent, _)) => {
                self.nobody();
                if self.babble.is_too_much(line.unanswered()) {
                    let trouble = Trouble::Lost(LinkError::Babble, false);
                    board::report(context, self.link, None, trouble);
                }
                return true;
            }
            Err(Trouble::Lost(LinkError::Gone(_) | LinkError::Interrupted, _)) => return false,
            // A board that is done may reset and print what it likes.
            Err(Trouble::Lost(..)) if self.done.is_some() => Left::Everything,
            Err(trouble) => board::report(context, self.link, None, trouble),
            Ok(hello) => {
                self.babble = Babble::default();
                let who = Who::of(&hello);
                self.there = Some(who.clone());
                self.end_showing(&mut line);
                let is_done = self.done.as_ref() == Some(&who);
                let then = match self.order.take() {
                    None if is_done => Then::LeftAlone,
                    order => self.attend(&mut line, &who, order),
                };
                match then {
                    Then::GoOn if is_done => Left::Nothing,
                    Then::LeftAlone => {
                        self.done = Some(who);
                        Left::Nothing
                    }
                    Then::GoOn | Then::Again => {
                        self.gate.open();
                        let left =
                            board::work_on(context, self.link, &mut line, &hello, Pass::Cable);
                        self.done = (left == Left::Nothing).then_some(who);
                        left
                    }
                }
            }
        };
        if left != Left::Everything {
            self.decided.decide(self.path);
        }
        pause(context, if is_flood { FLOODED } else { PAUSE });
        true
    }

    /// Nobody answers.
    fn nobody(&mut self) {
        self.done = None;
        self.shows_until = None;
        if self.there.take().is_some() {
            let link = self.link;
            self.context.observer.event(&Event::Left { link });
        }
        // A place without a board is not waited for; a board that is brought to it is served as any.
        if self.order == Some(Order::Skip) {
            self.decided.decide(self.path);
            self.context.observer.event(&Event::Skipped {
                link: self.link,
                who: None,
            });
        }
        if self.order != Some(Order::Identify) {
            self.order = None;
        }
    }

    fn attend(&mut self, line: &mut Conversation<'_>, who: &Who, order: Option<Order>) -> Then {
        let attended = attend::attend(self.context, self.link, line, who, order);
        if attended.shows {
            let time = Duration::from_secs(attend::SHOWS_ITSELF.into());
            self.shows_until = Some(Instant::now() + time);
        }
        attended.then
    }

    /// Tells a board that it was seen.
    fn end_showing(&mut self, line: &mut Conversation<'_>) {
        if self.shows_until.is_some_and(|end| Instant::now() >= end) {
            self.shows_until = None;
            let _ = show_itself(line, 0);
        }
    }
}
