//! The CSV of a handover: a row a board, by the batch's order.

use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::store::{Handed, hex};

/// The columns.
pub const COLUMNS: [&str; 13] = [
    "mac",
    "name",
    "certificate_serial",
    "certificate_sha256",
    "public_key",
    "not_before",
    "not_after",
    "collected",
    "certificate_taken",
    "done",
    "locked",
    "firmware",
    "station",
];

/// Begins the table.
pub fn header(csv: &mut csv::Writer<impl Write>) -> csv::Result<()> {
    csv.write_record(COLUMNS)
}

/// Adds a board. `public_key` is its SubjectPublicKeyInfo in DER (RFC 5280 section 4.1.2.7).
pub fn row(
    csv: &mut csv::Writer<impl Write>,
    handed: &Handed,
    public_key: &[u8],
) -> csv::Result<()> {
    let (board, certificate) = (&handed.board, &handed.certificate.what);
    csv.write_record([
        board.what.mac.as_str(),
        &board.what.name,
        &certificate.serial,
        &hex(&certificate.fingerprint),
        &BASE64_STANDARD.encode(public_key),
        &when(certificate.not_before_ms),
        &when(certificate.not_after_ms),
        &when(board.collected_ms),
        &when(handed.certificate.taken_ms),
        &when(handed.done_ms),
        &handed.locked_ms.map(when).unwrap_or_default(),
        &board.what.firmware,
        &handed.station,
    ])
}

/// A time as RFC 3339 has it, in UTC; empty where it is none that a clock shows.
fn when(milliseconds: i64) -> String {
    let nanoseconds = i128::from(milliseconds) * 1_000_000;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok();
    time.and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_rfc_3339_has_them() {
        for (milliseconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_795_780_800_250, "2026-11-27T12:00:00.25Z"),
            (i64::MAX, ""),
        ] {
            assert_eq!(when(milliseconds), text);
        }
    }
}
