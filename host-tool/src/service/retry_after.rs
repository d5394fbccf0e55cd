//! The `Retry-After` header (RFC 9110 §10.2.3): seconds or an HTTP date.
//!
//! Nonsense is ignored and long waits are cut, so a service can ask for patience but not for a standstill.

use std::time::{Duration, SystemTime};

/// The longest wait that a service can ask for.
pub const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

/// Reads a `Retry-After` value; `date` is the same answer's `Date` header.
///
/// An HTTP date is measured from the service's own clock where it shows one, because a bench's
/// clock may be wrong. A date in the past means "now". `None` for anything that is neither form.
pub fn parse(value: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long wait all the same.
        let seconds = value.parse::<u64>().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let from = date
        .and_then(|date| httpdate::parse_http_date(date.trim()).ok())
        .unwrap_or(now);
    let wait = until.duration_since(from).unwrap_or_default();
    Some(wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> SystemTime {
        httpdate::parse_http_date(text).unwrap()
    }

    #[test]
    fn both_forms_are_read() {
        let now = at("Sat, 21 Nov 2026 10:00:00 GMT");
        let read = |value| parse(value, None, now);
        assert_eq!(read("17"), Some(Duration::from_secs(17)));
        assert_eq!(read(" 0 "), Some(Duration::ZERO));
        assert_eq!(
            read("Sat, 21 Nov 2026 10:00:30 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            read("Saturday, 21-Nov-26 10:00:30 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            read("Sat Nov 21 10:00:30 2026"),
            Some(Duration::from_secs(30))
        );
    }

    #[test]
    fn long_waits_are_cut_and_past_ones_are_now() {
        let now = at("Sat, 21 Nov 2026 10:00:00 GMT");
        assert_eq!(
            parse("99999999999999999999999", None, now),
            Some(MAX_RETRY_AFTER)
        );
        assert_eq!(
            parse("Sat, 21 Nov 2099 10:00:00 GMT", None, now),
            Some(MAX_RETRY_AFTER)
        );
        assert_eq!(
            parse("Sat, 21 Nov 2020 10:00:00 GMT", None, now),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn the_services_clock_counts() {
        let now = at("Thu, 01 Jan 1970 00:00:00 GMT");
        let date = Some("Sat, 21 Nov 2026 10:00:00 GMT");
        let wait = parse("Sat, 21 Nov 2026 10:00:09 GMT", date, now);
        assert_eq!(wait, Some(Duration::from_secs(9)));
    }

    #[test]
    fn nonsense_is_ignored() {
        for value in ["", "-1", "+5", "1.5", "soon", "5 seconds", "0x10", "1e3"] {
            assert_eq!(parse(value, None, SystemTime::now()), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_borne(value in ".*", date in ".*") {
            let wait = parse(&value, Some(&date), SystemTime::UNIX_EPOCH);
            prop_assert!(wait.is_none_or(|wait| wait <= MAX_RETRY_AFTER));
        }

        #[test]
        fn date_like_text_is_borne(day in 0_u32..99, year in 0_u32..9999, hour in 0_u32..99) {
            let value = format!("Sat, {day:02} Nov {year:04} {hour:02}:00:00 GMT");
            let wait = parse(&value, None, SystemTime::UNIX_EPOCH);
            prop_assert!(wait.is_none_or(|wait| wait <= MAX_RETRY_AFTER));
        }
    }
}
