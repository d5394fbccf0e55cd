//! A certificate chain to a board, piece by piece.

use std::time::Duration;

use nameplate_wire::{Bytes, ErrorNumber, Fixed, Request, limits, request};

use super::known::Parcel;
use crate::bench::{Trouble, board_error};
use crate::fault::{self, Point};
use crate::link::{Answer, Conversation, LinkError, Patience};
use crate::verify::Undelivered;

/// With the last piece a board checks the whole and writes it; the slowest take some seconds for that.
const PATIENCE: Patience = Patience {
    wait: Duration::from_secs(10),
    tries: 3,
};

/// How often a chain is sent at the most, in whole chains: a board may be restarted, and then has nothing of it any more.
const TIMES: usize = 4;

/// Sends what the board does not have, until it says that the chain is its current one. It goes by what the board says it has:
/// an earlier delivery may have been interrupted.
pub(super) fn install(line: &mut Conversation<'_>, parcel: &Parcel) -> Result<(), Trouble> {
    let chain = &parcel.chain;
    let length = u16::try_from(chain.len())
        .ok()
        .filter(|length| (1..=limits::CHAIN).contains(&usize::from(*length)))
        .ok_or(Undelivered::TooLong(chain.len()))?;
    let mut have = 0;
    for _ in 0..TIMES * chain.len().div_ceil(limits::INSTALL_PIECE) {
        let rest = chain.get(usize::from(have)..).unwrap_or_default();
        let piece = rest.get(..limits::INSTALL_PIECE).unwrap_or(rest);
        let request = Request::Install(request::Install {
            chain_sha256: Fixed(parcel.chain_sha256),
            length,
            offset: have,
            piece: Bytes::Raw(piece),
        });
        fault::at(Point::PieceBefore);
        have = match line.ask(&request, PATIENCE)? {
            Answer::Install(answer) if answer.current => return Ok(()),
            Answer::Install(answer) if answer.have < length => answer.have,
            // All of it is there, and it is not the current one: the last piece makes it so.
            Answer::Install(answer) if answer.have == length => last_piece(length),
            Answer::Error(error) => match ErrorNumber::from_number(error.code) {
                // It was restarted, and knows of no piece.
                Some(ErrorNumber::PieceGap) => 0,
                Some(ErrorNumber::NotSupported) => return Err(Undelivered::Firmware.into()),
                _ => return Err(board_error(&error).into()),
            },
            _ => return Err(LinkError::WrongAnswer.into()),
        };
    }
    Err(Undelivered::Endless.into())
}

/// Where the last piece of so long a chain begins.
fn last_piece(length: u16) -> u16 {
    let behind = usize::from(length).saturating_sub(1) % limits::INSTALL_PIECE + 1;
    length.saturating_sub(u16::try_from(behind).unwrap_or(length))
}

#[cfg(test)]
mod tests {
    use super::last_piece;

    #[test]
    fn the_last_piece_is_whole_or_what_is_left() {
        let found = [1, 1023, 1024, 1025, 2048, 4096].map(last_piece);
        assert_eq!(found, [0, 0, 0, 1024, 1024, 3072]);
    }
}
