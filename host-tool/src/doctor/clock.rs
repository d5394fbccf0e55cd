//! This machine's clock, as far as it can be judged alone: it is not before what is known to have been.

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Bench, Finding, words};
use crate::store::{DATABASE, LogRow, Reader, StoreError};

const ID: &str = "clock";
/// When this check was written, 2026-11-01: no clock that is right shows an earlier day.
const WRITTEN_MS: i64 = 1_793_491_200_000;
/// Larger stores are not read for this, in bytes.
const MUCH: u64 = 256 << 20;
/// What clocks of one machine may go back by themselves, in milliseconds.
const BEARABLE_MS: i64 = 60_000;

/// Makes the check.
pub(super) fn look(bench: &Bench<'_>) -> Vec<Finding> {
    let last = last_row(bench);
    vec![judge(bench.now, last)]
}

/// When the last row of the log was written, where there is one and it can be read.
fn last_row(bench: &Bench<'_>) -> Option<i64> {
    let size = bench.setup.file(DATABASE).metadata().ok()?.len();
    if size > MUCH {
        return None;
    }
    let reader = Reader::open_for_boards(bench.setup.folder()).ok()?;
    let mut last = None;
    let read = reader.log(|row: LogRow| {
        last = last.max(Some(row.time_ms));
        Ok::<_, StoreError>(())
    });
    // A log that can't be read is another check's.
    read.ok().and(last)
}

fn judge(now: SystemTime, last: Option<i64>) -> Finding {
    let remedy = "timedatectl set-ntp true    # or set the clock by hand";
    let now = now.duration_since(UNIX_EPOCH);
    let now_ms = now.ok().and_then(|now| i64::try_from(now.as_millis()).ok());
    let Some(now_ms) = now_ms.filter(|now| *now >= WRITTEN_MS) else {
        let found = "this machine's clock is before the day on which this program was written";
        return Finding::wrong(ID, found).remedy(remedy);
    };
    match last {
        Some(last) if now_ms + BEARABLE_MS < last => {
            let found = format!(
                "it is {} by this machine's clock, and the last row of the log is of {}: one of them is wrong",
                shown(now_ms),
                shown(last)
            );
            Finding::wrong(ID, found).remedy(remedy)
        }
        _ => Finding::fine(ID, format!("{} by this machine", shown(now_ms))),
    }
}

fn shown(ms: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(ms / 1000);
    match time.map(|time| time.format(&Rfc3339)) {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => words(&error),
        Err(error) => words(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;
    use std::time::Duration;

    #[test]
    fn a_clock_is_not_before_what_has_been() {
        let at = |ms: i64| UNIX_EPOCH + Duration::from_millis(ms.unsigned_abs());
        let now = WRITTEN_MS + 1_000_000;
        for (time, last, level) in [
            (at(now), None, Level::Fine),
            (at(now), Some(now), Level::Fine),
            (at(now), Some(now + BEARABLE_MS), Level::Fine),
            (at(now), Some(now + BEARABLE_MS + 1), Level::Wrong),
            (at(WRITTEN_MS - 1), None, Level::Wrong),
            (UNIX_EPOCH - Duration::from_secs(1), None, Level::Wrong),
        ] {
            assert_eq!(judge(time, last).level, level, "{time:?} {last:?}");
        }
        assert_eq!(shown(WRITTEN_MS), "2026-11-01T00:00:00Z");
    }
}
