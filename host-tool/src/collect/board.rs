//! One board, from `hello` to "recorded".

use std::time::Duration;

use nameplate_wire::{ErrorNumber, Fixed, Mac, Request, reply, request, version};

use super::bench::{CollectError, Context};
use super::event::Event;
use super::tally::Refused;
use crate::columns::Asked;
use crate::link::network::Door;
use crate::link::{Answer, Conversation, CsrAnswer, LinkError, Patience};
use crate::store::{NewBoard, RecordError, Sighting, SightingState};
use crate::verify::{Refusal, check_identity};

/// The slowest boards need some seconds to make a key and to sign twice.
const CSR_PATIENCE: Patience = Patience {
    wait: Duration::from_secs(10),
    tries: 6,
};

const RECORDED_PATIENCE: Patience = Patience {
    wait: Duration::from_secs(3),
    tries: 5,
};

/// What is left to do for a board that is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing: it is done, or won't be taken as it is.
    Nothing,
    /// It is in the batch, and is yet to be told.
    ToTell,
    /// All.
    Everything,
}

/// Who a board said it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Who {
    pub mac: Mac,
    pub name: String,
}

/// Why a board is not done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It is not taken, and won't be as it is.
    Refused(Refusal),
    /// It went away; it may come again. The flag tells whether it is recorded already.
    Lost(LinkError, bool),
    /// The bench itself is in trouble.
    Bench(CollectError),
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

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Asks a board who it is.
pub(super) fn hello(
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
        Answer::Csr(_) | Answer::Done => Err(LinkError::WrongAnswer.into()),
    }
}

fn board_error(error: &reply::Error) -> Refusal {
    let no_version = error.code == ErrorNumber::NoCommonVersion.number();
    if let (true, Some([oldest, newest])) = (no_version, error.versions) {
        return Refusal::Version { oldest, newest };
    }
    Refusal::Board {
        number: error.code,
        text: crate::service::words::printable(&error.text, nameplate_wire::limits::ERROR_TEXT),
    }
}

/// Collects a board that has said who it is, and reports what became of it.
pub(super) fn collect<'a>(
    context: &'a Context<'_>,
    link: &str,
    line: &mut Conversation<'a>,
    hello: &reply::Hello,
    door: Option<&Door>,
) -> Left {
    let _begun = context.tally.begin();
    line.interrupted_by(context.tally.aborted());
    let who = Who {
        mac: hello.mac,
        name: hello.name.as_str().to_owned(),
    };
    match steps(context, link, line, hello, &who, door) {
        Ok((already, boards)) => {
            context.tally.cleared(link, who.mac, &who.name);
            context.observer.event(&Event::Collected {
                link,
                mac: who.mac,
                name: &who.name,
                already,
                bytes: line.bytes(),
                boards,
            });
            Left::Nothing
        }
        Err(trouble) => report(context, link, Some(&who), trouble),
    }
}

fn steps(
    context: &Context<'_>,
    link: &str,
    line: &mut Conversation<'_>,
    hello: &reply::Hello,
    who: &Who,
    door: Option<&Door>,
) -> Result<(bool, u64), Trouble> {
    if let Some(door) = door {
        let token = hello.token.as_ref().map_or("", |token| token.as_str());
        if !door.admits(token) {
            return Err(Refusal::JoinToken.into());
        }
    }
    check_identity(who.mac, &who.name, context.ranges)?;
    context.observer.event(&Event::Seen {
        link,
        mac: who.mac,
        name: &who.name,
    });
    let asked = context.plan.for_board(&who.name, who.mac);
    let nonce = fresh_nonce()?;
    let answer = ask_csr(line, &asked, nonce, who)?;
    let (request, asked) = context.verifiers.check(answer, asked, nonce)?;
    let key = request.key();
    let csr_sha256 = request.sha256();
    let recorded = context.writer.record(NewBoard {
        mac: who.mac.to_string(),
        name: who.name.clone(),
        link: link.to_owned(),
        key,
        csr: request.into_der(),
        firmware: crate::service::words::printable(&hello.firmware, 128),
        columns: columns_json(&asked),
    });
    let recorded = recorded.map_err(|error| not_recorded(context, error))?;
    let boards = context.tally.recorded(recorded.already);
    tell(line, csr_sha256)?;
    Ok((recorded.already, boards))
}

/// Where ids of a new conversation begin: answers to an earlier one must not fit.
pub(super) fn fresh_id() -> u32 {
    let mut bytes = [0; 4];
    // Without random numbers the first nonce will say so.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    u32::from_be_bytes(bytes) >> 1
}

fn fresh_nonce() -> Result<[u8; 32], Trouble> {
    let mut nonce = [0; 32];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| Trouble::Bench(CollectError::Randomness))?;
    Ok(nonce)
}

fn ask_csr(
    line: &mut Conversation<'_>,
    asked: &Asked,
    nonce: [u8; 32],
    who: &Who,
) -> Result<CsrAnswer, Trouble> {
    let request = asked.request(nonce).ok_or(Refusal::AsksTooMuch)?;
    match line.ask(&Request::Csr(request), CSR_PATIENCE)? {
        Answer::Csr(answer) if (answer.mac, &answer.name) == (who.mac, &who.name) => Ok(answer),
        Answer::Csr(answer) => Err(Trouble::Refused(Refusal::ChangedIdentity {
            before: format!("{:?} ({})", who.name, who.mac),
            after: format!("{:?} ({})", answer.name, answer.mac),
        })),
        Answer::Error(error) => Err(Trouble::Refused(board_error(&error))),
        Answer::Hello(_) | Answer::Done => Err(LinkError::WrongAnswer.into()),
    }
}

fn not_recorded(context: &Context<'_>, error: RecordError) -> Trouble {
    match error {
        RecordError::Refused(conflict) => {
            if conflict.stops_the_line() && context.tally.stop_the_line() {
                context.observer.event(&Event::LineStopped);
            }
            Trouble::Refused(Refusal::Conflict(conflict.to_string()))
        }
        other => Trouble::Bench(CollectError::Record(other)),
    }
}

/// The board is durable: from here on trouble with the line costs it nothing but the green light.
fn tell(line: &mut Conversation<'_>, csr_sha256: [u8; 32]) -> Result<(), Trouble> {
    let recorded = Request::Recorded(request::Recorded {
        csr_sha256: Fixed(csr_sha256),
    });
    match line.ask(&recorded, RECORDED_PATIENCE) {
        Ok(Answer::Done) => Ok(()),
        Ok(_) => Err(Trouble::Lost(LinkError::WrongAnswer, true)),
        Err(error) => Err(Trouble::Lost(error, true)),
    }
}

/// The CSV's cells as they were asked for, so that the file says what the certificate request says whatever the
/// configuration becomes.
fn columns_json(asked: &Asked) -> String {
    serde_json::to_string(&asked.row).unwrap_or_default()
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
            if note(context, link, who, &reason, SightingState::Failed) {
                context.observer.event(&Event::Refused {
                    link,
                    who: shown,
                    reason: &reason,
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
            let is_new = match shown {
                Some((mac, name)) if recorded => context.tally.untold(mac, name),
                _ => note(context, link, who, &reason, SightingState::Seen),
            };
            if is_new {
                context.observer.event(&Event::Lost {
                    link,
                    who: shown,
                    reason: &reason,
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

/// Keeps a sighting. `false` where the same was said before.
fn note(
    context: &Context<'_>,
    link: &str,
    who: Option<&Who>,
    reason: &str,
    state: SightingState,
) -> bool {
    let is_new = context.tally.refuse(Refused {
        link: link.to_owned(),
        who: who.map(|who| (who.mac, who.name.clone())),
        reason: reason.to_owned(),
    });
    if is_new {
        let sighting = Sighting {
            link: link.to_owned(),
            mac: who.map(|who| who.mac.to_string()),
            name: who.map(|who| crate::service::words::printable(&who.name, 64)),
            state,
            error: Some(reason.to_owned()),
            at_ms: 0,
        };
        if let Err(error) = context.writer.sighting(sighting) {
            context.tally.fail(CollectError::Record(error));
        }
    }
    is_new
}
