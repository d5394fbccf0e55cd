//! One board: who it is, that it may be here, and what becomes of the work for it.

use nameplate_wire::{ErrorNumber, Request, reply, request, version};

use super::error::BenchError;
use super::event::Event;
use super::tally::Refused;
use super::work::{Context, Met, Who};
use crate::codes::Coded;
use crate::link::network::Door;
use crate::link::{Answer, Conversation, LinkError, Patience};
use crate::store::{Sighting, SightingState};
use crate::tokens::Pass;
use crate::verify::{Refusal, Undelivered};

/// What is left to do for a board that is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing: it is done, or can't be as it is.
    Nothing,
    /// What matters is done, and the board is yet to be told.
    ToTell,
    /// All.
    Everything,
}

/// Why a board is not done.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It is refused, and will be as it is.
    Refused(Refusal),
    /// It went away; it may come again. The flag tells whether what matters is done: it is in the batch.
    Lost(LinkError, bool),
    /// The bench itself is in trouble.
    Bench(BenchError),
}

impl From<LinkError> for Trouble {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Echo => Self::Refused(Refusal::Echo),
            LinkError::TooLong => Self::Refused(Refusal::AsksTooMuch),
            LinkError::WrongAnswer => Self::Refused(Refusal::WrongAnswer),
            other => Self::Lost(other, false),
        }
    }
}

impl From<BenchError> for Trouble {
    fn from(error: BenchError) -> Self {
        Self::Bench(error)
    }
}

impl From<Undelivered> for Trouble {
    fn from(why: Undelivered) -> Self {
        Self::Refused(why.into())
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Asks a board who it is.
pub(crate) fn hello(
    line: &mut Conversation<'_>,
    patience: Patience,
) -> Result<reply::Hello, Trouble> {
    let versions = [version::MIN, version::CURRENT];
    match line.ask(&Request::Hello(request::Hello { versions }), patience)? {
        Answer::Hello(hello) if (version::MIN..=version::CURRENT).contains(&hello.version) => {
            Ok(*hello)
        }
        Answer::Hello(hello) => Err(Trouble::Refused(Refusal::Version {
            oldest: hello.version,
            newest: hello.version,
        })),
        Answer::Error(error) => Err(Trouble::Refused(board_error(&error))),
        _ => Err(LinkError::WrongAnswer.into()),
    }
}

/// A board's own words.
pub(crate) fn board_error(error: &reply::Error) -> Refusal {
    let no_version = error.code == ErrorNumber::NoCommonVersion.number();
    if let (true, Some([oldest, newest])) = (no_version, error.versions) {
        return Refusal::Version { oldest, newest };
    }
    Refusal::Board {
        number: error.code,
        text: crate::service::words::printable(&error.text, nameplate_wire::limits::ERROR_TEXT),
    }
}

/// Does the work for a board that has said who it is and may be here, and reports what became of it.
pub(super) fn work_on<'a>(
    context: &'a Context<'_>,
    link: &str,
    line: &mut Conversation<'a>,
    hello: &reply::Hello,
    pass: Pass,
) -> Left {
    let _begun = context.tally.begin();
    line.interrupted_by(context.tally.aborted());
    let who = Who::of(hello);
    let mut met = Met {
        link,
        who: &who,
        hello,
        pass,
        line,
    };
    match context.work.do_for(&mut met) {
        Ok(()) => Left::Nothing,
        Err(trouble) => report(context, link, Some(&who), trouble),
    }
}

/// Whether whoever is at the other end would be let in through the door: for `tests/fuzz`, which calls what the bench calls.
#[doc(hidden)]
pub fn lets_in(line: &mut Conversation<'_>, door: &Door, patience: Patience) -> bool {
    hello(line, patience).is_ok_and(|hello| door.admit(shown_token(&hello), None).is_ok())
}

/// The token that a board shows; nothing where it shows none.
pub(super) fn shown_token(hello: &reply::Hello) -> &str {
    hello.token.as_ref().map_or("", |token| token.as_str())
}

/// Where ids of a new conversation begin: answers to an earlier one must not fit.
pub(super) fn fresh_id() -> u32 {
    let mut bytes = [0; 4];
    // Without random numbers the first nonce will say so.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    u32::from_be_bytes(bytes) >> 1
}

/// A nonce that no board was asked with before.
pub(crate) fn fresh_nonce() -> Result<[u8; 32], Trouble> {
    let mut nonce = [0; 32];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| Trouble::Bench(BenchError::Randomness))?;
    Ok(nonce)
}

/// Says what became of a board that is not done.
pub(super) fn report(
    context: &Context<'_>,
    link: &str,
    who: Option<&Who>,
    trouble: Trouble,
) -> Left {
    let shown = who.map(|who| (who.mac, who.name.as_str()));
    match trouble {
        Trouble::Refused(refusal) => {
            let reason = refusal.to_string();
            let code = refusal.code().as_str();
            let keep = !refusal.is_in_the_batch();
            if note(
                context,
                link,
                who,
                (&reason, code),
                SightingState::Failed,
                keep,
            ) {
                context.observer.event(&Event::Refused {
                    link,
                    who: shown,
                    reason: &reason,
                    code,
                    next_step: refusal.next_step(),
                });
            }
            Left::Nothing
        }
        Trouble::Lost(LinkError::Interrupted, _) => Left::Everything,
        Trouble::Lost(error, recorded) => {
            let reason = match std::error::Error::source(&error) {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            };
            let code = error.code().as_str();
            let is_new = match shown {
                Some((mac, name)) if recorded => context.tally.untold(mac, name),
                _ => note(
                    context,
                    link,
                    who,
                    (&reason, code),
                    SightingState::Seen,
                    true,
                ),
            };
            if is_new {
                context.observer.event(&Event::Lost {
                    link,
                    who: shown,
                    reason: &reason,
                    code,
                    recorded,
                });
            }
            if recorded {
                Left::ToTell
            } else {
                Left::Everything
            }
        }
        Trouble::Bench(error) => {
            context.tally.fail(error);
            Left::Everything
        }
    }
}

/// Keeps a sighting, where `keep` is set. `false` where the same was said before.
fn note(
    context: &Context<'_>,
    link: &str,
    who: Option<&Who>,
    (reason, code): (&str, &'static str),
    state: SightingState,
    keep: bool,
) -> bool {
    let is_new = context.tally.refuse(Refused {
        link: link.to_owned(),
        who: who.map(|who| (who.mac, who.name.clone())),
        reason: reason.to_owned(),
        code,
    });
    if is_new && keep {
        let sighting = Sighting {
            link: link.to_owned(),
            mac: who.map(|who| who.mac.to_string()),
            name: who.map(|who| crate::service::words::printable(&who.name, 64)),
            state,
            error: Some(reason.to_owned()),
            at_ms: 0,
        };
        if let Err(error) = context.work.note(sighting) {
            context.tally.fail(error);
        }
    }
    is_new
}
