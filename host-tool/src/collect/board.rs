//! One board's way into the batch: its certificate request asked for, checked, made durable, and the board told.

use std::time::Duration;

use nameplate_wire::{Fixed, Request, request};

use super::Collecting;
use crate::bench::{BenchError, Event, Met, Trouble, Who, board_error, fresh_nonce};
use crate::columns::Asked;
use crate::fault::{self, Point};
use crate::link::{Answer, Conversation, CsrAnswer, LinkError, Patience};
use crate::store::{Admitted, NewBoard, RecordError, TokenUse};
use crate::tokens::Pass;
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

/// From `hello` to "recorded".
pub(super) fn collect(bench: &Collecting<'_>, board: &mut Met<'_, '_>) -> Result<(), Trouble> {
    let Met { link, who, .. } = *board;
    let (already, boards) = steps(bench, board)?;
    bench.tally.cleared(link, who.mac, &who.name);
    bench.observer.event(&Event::Collected {
        link,
        mac: who.mac,
        name: &who.name,
        already,
        bytes: board.line.bytes(),
        boards,
    });
    Ok(())
}

fn steps(bench: &Collecting<'_>, board: &mut Met<'_, '_>) -> Result<(bool, u64), Trouble> {
    let Met { link, who, .. } = *board;
    check_identity(who.mac, &who.name, bench.ranges)?;
    bench.observer.event(&Event::Seen {
        link,
        mac: who.mac,
        name: &who.name,
    });
    let asked = bench.plan.for_board(&who.name, who.mac);
    let nonce = fresh_nonce()?;
    let answer = ask_csr(board.line, &asked, nonce, who)?;
    let (request, asked) = bench.verifiers.check(answer, asked, nonce)?;
    let key = request.key();
    let csr_sha256 = request.sha256();
    let new = NewBoard {
        mac: who.mac.to_string(),
        name: who.name.clone(),
        link: link.to_owned(),
        key,
        csr: request.into_der(),
        firmware: crate::service::words::printable(&board.hello.firmware, 128),
        columns: columns_json(&asked),
    };
    let recorded = bench.writer.record_admitted(new, admitted(&board.pass));
    let recorded = recorded.map_err(|error| not_recorded(bench, error))?;
    let boards = bench.tally.recorded(recorded.already);
    fault::at(Point::TellBefore);
    tell(board.line, csr_sha256)?;
    fault::at(Point::TellAfter);
    Ok((recorded.already, boards))
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
        _ => Err(LinkError::WrongAnswer.into()),
    }
}

fn not_recorded(bench: &Collecting<'_>, error: RecordError) -> Trouble {
    match error {
        RecordError::Refused(conflict) => {
            if conflict.stops_the_line() && bench.tally.stop_the_line() {
                bench.observer.event(&Event::LineStopped);
            }
            Trouble::Refused(Refusal::Conflict(conflict))
        }
        RecordError::TokenUsedUp(TokenUse { id, most }) => {
            let boards = most.unwrap_or_default();
            Trouble::Refused(Refusal::TokenUsedUp { id, boards })
        }
        other => Trouble::Bench(BenchError::Record(other)),
    }
}

fn admitted(pass: &Pass) -> Admitted {
    let (by, token) = match pass {
        Pass::Cable => ("cable".to_owned(), None),
        Pass::BenchToken => ("join_token_file".to_owned(), None),
        Pass::Token { id, boards } => {
            let token = TokenUse {
                id: id.clone(),
                most: *boards,
            };
            (format!("token {id}"), Some(token))
        }
        Pass::Certificate { subject } => (format!("certificate {subject}"), None),
    };
    Admitted { by, token }
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
