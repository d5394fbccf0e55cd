//! What the batch and the station know of a board that says who it is.

use std::sync::{Mutex, PoisonError};

use crate::bench::{BenchError, Trouble, Who};
use crate::service::words::printable;
use crate::store::{Board, BoardState, Reader, Station};
use crate::verify::{Undelivered, key_of_request};

/// The batch and the station's index, to look boards up. A look takes less than a millisecond, and memory does not grow with the
/// batch.
pub(super) struct Known {
    batch: Mutex<Reader>,
    station: Mutex<Station>,
}

/// What is to be brought to a board, and whose it is.
pub(super) struct Parcel {
    /// The key that the board must prove: that of its certificate request.
    pub public_key: Vec<u8>,
    /// The certificates in DER, one behind the other, the board's own first.
    pub chain: Vec<u8>,
    pub chain_sha256: [u8; 32],
    /// It was done before.
    pub was_done: bool,
}

impl Known {
    pub fn new(batch: Reader, station: Station) -> Self {
        Self {
            batch: Mutex::new(batch),
            station: Mutex::new(station),
        }
    }

    /// The certificate for a board of this MAC and name, or why there is none for it.
    pub fn find(&self, who: &Who) -> Result<Parcel, Trouble> {
        let reader = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        let mac = who.mac.to_string();
        let of_mac = reader.board_of_mac(&mac).map_err(BenchError::from)?;
        let board = match of_mac {
            Some(board) => Some(board),
            None => reader.board(&who.name).map_err(BenchError::from)?,
        };
        let Some(board) = board else {
            return Err(self.elsewhere(&reader, &mac, &who.name)?.into());
        };
        if (board.what.mac.as_str(), &board.what.name) != (mac.as_str(), &who.name) {
            return Err(Undelivered::Renamed {
                name: board.what.name,
                mac: board.what.mac,
            }
            .into());
        }
        let certificate = reader.certificate_of_key(&board.what.key);
        let Some(certificate) = certificate.map_err(BenchError::from)? else {
            return Err(without(&board).into());
        };
        Ok(Parcel {
            public_key: key_of_request(&board.what.csr)?,
            chain: certificate.what.chain,
            chain_sha256: certificate.chain_sha256,
            was_done: board.state == BoardState::Done,
        })
    }

    /// Why a board is not this batch's.
    fn elsewhere(&self, reader: &Reader, mac: &str, name: &str) -> Result<Undelivered, Trouble> {
        let station = self.station.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = station
            .other_batch(&reader.meta().batch_id, mac, name)
            .map_err(BenchError::from)?;
        Ok(batch.map_or(Undelivered::Unknown, |batch| {
            Undelivered::OtherBatch(printable(&batch, 120))
        }))
    }
}

/// Why a board of this batch has no certificate.
fn without(board: &Board) -> Undelivered {
    match board.state {
        BoardState::Failed => {
            let reason = board.error.as_deref().unwrap_or("it gives no reason");
            Undelivered::NotIssued(printable(reason, 240))
        }
        _ => Undelivered::NotYet,
    }
}
