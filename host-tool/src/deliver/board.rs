//! One board's way to `done`: its key proved, its certificate installed and read back, its key proved again, and locked.
//!
//! The first proof decides whether this is the board at all: before it nothing is given, replaced or recorded. The second is
//! asked for only where something was written: it shows that the key has survived that.

use std::time::Duration;

use nameplate_wire::{ErrorNumber, Fixed, Request, Text, request};

use super::Delivering;
use super::install::install;
use super::known::Parcel;
use crate::bench::{BenchError, Event, Met, Trouble, Who, board_error, fresh_nonce, hello};
use crate::fault::{self, Point};
use crate::link::{Answer, LinkError, Patience};
use crate::store::hex;
use crate::verify::{Refusal, Undelivered, check_possession};

/// The slowest boards need some seconds for a signature.
const PROVE: Patience = Patience {
    wait: Duration::from_secs(10),
    tries: 6,
};

const HELLO: Patience = Patience {
    wait: Duration::from_secs(3),
    tries: 5,
};

const LOCK: Patience = Patience {
    wait: Duration::from_secs(10),
    tries: 3,
};

/// Characters of a chain's SHA-256 that a person compares.
const SHOWN: usize = 16;

/// What was done for a board.
struct Given {
    /// It had its certificate already.
    had: bool,
    locked: bool,
}

/// From `hello` to done.
pub(super) fn deliver(bench: &Delivering<'_>, board: &mut Met<'_, '_>) -> Result<(), Trouble> {
    let Met { link, who, .. } = *board;
    bench.observer.event(&Event::Seen {
        link,
        mac: who.mac,
        name: &who.name,
    });
    let parcel = bench.known.find(who)?;
    let was_done = parcel.was_done && (board.hello.locked || !bench.policy.lock);
    prove(board, &parcel)?;
    let given = give(bench, board, &parcel).inspect_err(|trouble| {
        // It surely is this board, and what it says now it will say again: nobody waits for it any more.
        if matches!(trouble, Trouble::Refused(_)) && !was_done {
            bench.tally.give_up(who.mac, &who.name);
        }
    })?;
    let mac = who.mac.to_string();
    fault::at(Point::DoneBefore);
    let recorded = bench.writer.done(&mac, link, given.locked);
    let recorded = recorded.map_err(BenchError::Record)?;
    fault::at(Point::DoneAfter);
    let already = recorded.already || was_done;
    let done = bench.tally.recorded(already);
    bench.tally.cleared(link, who.mac, &who.name);
    bench.observer.event(&Event::Delivered {
        link,
        mac: who.mac,
        name: &who.name,
        already,
        had: given.had,
        locked: given.locked,
        bytes: board.line.bytes(),
        done,
        of: bench.all,
    });
    Ok(())
}

/// Has the board prove, for this moment, that it holds the key of its certificate request.
fn prove(board: &mut Met<'_, '_>, parcel: &Parcel) -> Result<(), Trouble> {
    let nonce = fresh_nonce()?;
    let request = Request::Prove(request::Prove {
        nonce: Fixed(nonce),
    });
    let Met { who, .. } = *board;
    match board.line.ask(&request, PROVE)? {
        Answer::Prove(proof) => {
            check_possession(&parcel.public_key, &nonce, who.mac, &who.name, &proof)?;
            Ok(())
        }
        Answer::Error(error) if error.code == ErrorNumber::NoKey.number() => {
            Err(Undelivered::NoKey.into())
        }
        Answer::Error(error) => Err(board_error(&error).into()),
        _ => Err(LinkError::WrongAnswer.into()),
    }
}

/// Everything after the first proof.
fn give(
    bench: &Delivering<'_>,
    board: &mut Met<'_, '_>,
    parcel: &Parcel,
) -> Result<Given, Trouble> {
    let Met {
        link, who, hello, ..
    } = *board;
    let had = has_it(bench, board, parcel)?;
    if !had {
        install(board.line, parcel)?;
        fault::at(Point::InstallAfter);
        match read_back(board)?.0 {
            Some(chain) if chain == parcel.chain_sha256 => {}
            Some(_) => return Err(Undelivered::NotReadBack("another").into()),
            None => return Err(Undelivered::NotReadBack("none").into()),
        }
    }
    fault::at(Point::ReadBack);
    let recorded = bench.writer.installed(&who.mac.to_string(), link);
    recorded.map_err(BenchError::Record)?;
    fault::at(Point::InstalledAfter);
    if !had {
        bench.observer.event(&Event::Installed {
            link,
            mac: who.mac,
            name: &who.name,
        });
        prove(board, parcel)?;
    }
    if bench.policy.lock && !hello.locked {
        lock(board)?;
    }
    Ok(Given {
        had,
        locked: bench.policy.lock || hello.locked,
    })
}

/// Whether the board has its certificate already; an error where it can't be given it.
fn has_it(
    bench: &Delivering<'_>,
    board: &Met<'_, '_>,
    parcel: &Parcel,
) -> Result<bool, Undelivered> {
    let chain = board.hello.chain.map(|chain| chain.0);
    let shown = |chain: [u8; 32]| hex(&chain).chars().take(SHOWN).collect::<String>();
    match (chain, board.hello.locked) {
        (Some(chain), _) if chain == parcel.chain_sha256 => Ok(true),
        (Some(chain), true) => Err(Undelivered::LockedWithOther(shown(chain))),
        (None, true) => Err(Undelivered::LockedWithout),
        (Some(chain), false) if !bench.policy.replace => {
            Err(Undelivered::OtherCertificate(shown(chain)))
        }
        (_, false) => Ok(false),
    }
}

/// What the board shows when it is asked again: the SHA-256 of its chain, and whether it is locked.
fn read_back(board: &mut Met<'_, '_>) -> Result<(Option<[u8; 32]>, bool), Trouble> {
    let again = hello(board.line, HELLO)?;
    let who = Who::of(&again);
    if who == *board.who {
        return Ok((again.chain.map(|chain| chain.0), again.locked));
    }
    let shown = |who: &Who| format!("{:?} ({})", who.name, who.mac);
    Err(Trouble::Refused(Refusal::ChangedIdentity {
        before: shown(board.who),
        after: shown(&who),
    }))
}

/// Locks the board for good, by its name.
fn lock(board: &mut Met<'_, '_>) -> Result<(), Trouble> {
    let name = Text::Plain(&board.who.name);
    let request = Request::Lock(request::Named { name });
    fault::at(Point::LockBefore);
    match board.line.ask(&request, LOCK)? {
        Answer::Done => {}
        Answer::Error(error) if error.code == ErrorNumber::NotSupported.number() => {
            return Err(Undelivered::LockFirmware.into());
        }
        Answer::Error(error) => return Err(board_error(&error).into()),
        _ => return Err(LinkError::WrongAnswer.into()),
    }
    fault::at(Point::LockAfter);
    match read_back(board)? {
        (_, true) => Ok(()),
        (_, false) => Err(Undelivered::NotLocked.into()),
    }
}
