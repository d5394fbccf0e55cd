//! What the operator asked for, done with the board that is there.

use nameplate_wire::{ErrorNumber, Request, request};

use super::board::{Trouble, board_error};
use super::event::Event;
use super::orders::Order;
use super::tally::Refused;
use super::work::{Context, Who};
use crate::codes::Code;
use crate::link::{Answer, Conversation, LinkError, Patience};
use crate::verify::Refusal;

const PATIENCE: Patience = Patience {
    wait: std::time::Duration::from_secs(3),
    tries: 5,
};

/// How long a board shows itself, in seconds.
pub(super) const SHOWS_ITSELF: u8 = 10;

/// Why a board is not done that the operator wanted left alone.
const LEFT_ALONE: &str = "left alone, as the operator wanted";

/// What the operator's orders mean for a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attended {
    /// It shows itself, and is to be told when that is long enough.
    pub shows: bool,
    /// What becomes of the work for it.
    pub then: Then,
}

/// What becomes of the work for a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// It goes on as if there had been no order.
    GoOn,
    /// It begins anew, whatever was done before.
    Again,
    /// The board is left alone.
    LeftAlone,
}

/// Carries out an order for the board that is there.
pub(super) fn attend(
    context: &Context<'_>,
    link: &str,
    line: &mut Conversation<'_>,
    who: &Who,
    order: Option<Order>,
) -> Attended {
    if order == Some(Order::Retry) {
        context.orders.take_up(who);
        context.tally.cleared(link, who.mac, &who.name);
    } else if order == Some(Order::Skip) {
        context.orders.skip(who);
    }
    // Left alone stays left alone, whoever asks which one it is.
    let then = if context.orders.is_skipped(who) {
        leave_alone(context, link, who);
        Then::LeftAlone
    } else if order == Some(Order::Retry) {
        Then::Again
    } else {
        Then::GoOn
    };
    let shows = order == Some(Order::Identify) && show(context, link, line, who);
    Attended { shows, then }
}

/// A board is not waited for any more, and is among those for which it was not done.
fn leave_alone(context: &Context<'_>, link: &str, who: &Who) {
    context.tally.give_up(who.mac, &who.name);
    context.tally.refuse(Refused {
        link: link.to_owned(),
        who: Some((who.mac, who.name.clone())),
        reason: LEFT_ALONE.to_owned(),
        code: Code::LeftAlone.as_str(),
    });
    context.observer.event(&Event::Skipped {
        link,
        who: Some((who.mac, &who.name)),
    });
}

/// Has a board show itself. `false`: it can't, which is told.
fn show(context: &Context<'_>, link: &str, line: &mut Conversation<'_>, who: &Who) -> bool {
    let (mac, name) = (who.mac, who.name.as_str());
    match show_itself(line, SHOWS_ITSELF) {
        Ok(()) => {
            context.observer.event(&Event::Identified {
                link,
                mac,
                name,
                seconds: SHOWS_ITSELF,
            });
            true
        }
        // That it has no light is nothing against the board.
        Err(trouble) => {
            let reason = match trouble {
                Trouble::Refused(refusal) => refusal.to_string(),
                Trouble::Lost(error, _) => error.to_string(),
                Trouble::Bench(error) => error.to_string(),
            };
            context.observer.event(&Event::NotIdentified {
                link,
                mac,
                name,
                reason: &reason,
            });
            false
        }
    }
}

/// Has a board show itself for so many seconds; 0 ends it. Many boards have no clock, and go on until they are told.
pub(crate) fn show_itself(line: &mut Conversation<'_>, seconds: u8) -> Result<(), Trouble> {
    let request = Request::Identify(request::Identify { seconds });
    match line.ask(&request, PATIENCE)? {
        Answer::Done => Ok(()),
        Answer::Error(error) if error.code == ErrorNumber::NotSupported.number() => {
            Err(Refusal::NoLight.into())
        }
        Answer::Error(error) => Err(board_error(&error).into()),
        _ => Err(LinkError::WrongAnswer.into()),
    }
}
