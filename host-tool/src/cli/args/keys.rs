//! The arguments of `keys` and `audit`: for whoever answers for the bench.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::{Batch, help};

/// `keys`.
#[derive(Debug, Args)]
pub struct Keys {
    /// Which batch: its configuration says where the keys are.
    #[command(flatten)]
    pub batch: Batch,
    /// What to do [default: show]
    #[command(subcommand)]
    pub what: Option<KeysCommand>,
}

/// What to do with the bench's keys and tokens.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Show the key that boards pin, the next one, and the join tokens
    #[command(after_help = help::KEYS_SHOW)]
    Show,
    /// Make what is missing: the bench's key with its certificate, and the next key with its
    #[command(after_help = help::KEYS_NEW)]
    New,
    /// Change to the next key, and make another next one; boards that knew both go on joining
    #[command(after_help = help::KEYS_CHANGE)]
    Change,
    /// Make a join token: it is written to a file, and the bench keeps its SHA-256
    #[command(after_help = help::KEYS_TOKEN)]
    Token(NewToken),
    /// Withdraw a join token: from this moment it lets nobody in
    #[command(after_help = help::KEYS_WITHDRAW)]
    Withdraw {
        /// What the token is called: `nameplate keys show` lists them
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// `keys token`.
#[derive(Debug, Args)]
pub struct NewToken {
    /// It lets in so many boards, over all batches of this station [default: any number]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub boards: Option<u64>,
    /// It ends after so long: 90m, 12h, 30d [default: never]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub valid_for: Option<Duration>,
    /// What it is for
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub note: String,
    /// The file for the token, which only you will be able to read [default: join-ID.token beside the list]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// Which batch.
    #[command(flatten)]
    pub batch: Batch,
    /// Show this board's life, by its name or MAC address
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// The end of the log as an earlier audit told it: nothing up to there may have changed since
    #[arg(long, value_name = "ROW:HASH", value_parser = head)]
    pub head: Option<(i64, String)>,
}

/// A time as an argument: `90m`, `12h`, `30d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "give a number with m, h or d behind it: 90m, 12h, 30d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number = text.strip_suffix(unit).unwrap_or_default();
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let all = number.checked_mul(seconds).filter(|all| *all > 0);
    // A hundred years: what is longer is a slip of the keyboard, and no date.
    all.filter(|all| *all <= 36_525 * 86_400)
        .map(Duration::from_secs)
        .ok_or_else(|| "give 1m to 36525d".to_owned())
}

fn head(text: &str) -> Result<(i64, String), String> {
    let (row, hash) = text.split_once(':').unwrap_or_default();
    let row = row.parse().ok().filter(|row| *row > 0);
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    row.filter(|_| is_hash)
        .map(|row| (row, hash.to_ascii_lowercase()))
        .ok_or_else(|| "give the number of a row, a colon, and 64 hexadecimal digits, as `nameplate audit` printed them".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(duration("90m"), Ok(Duration::from_mins(90)));
        assert_eq!(duration("30d"), Ok(Duration::from_hours(720)));
        for bad in [
            "",
            "h",
            "0h",
            "-1h",
            "12",
            "1.5h",
            "12 h",
            "99999999999d",
            "36526d",
            "1ü",
        ] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn heads_are_read() {
        let hash = "AB".repeat(32);
        assert_eq!(head(&format!("7:{hash}")), Ok((7, hash.to_lowercase())));
        for bad in [
            "",
            "7",
            "7:",
            "0:",
            &format!("x:{hash}"),
            &format!("0:{hash}"),
            &format!("7:{hash}0"),
        ] {
            assert!(head(bad).is_err(), "{bad}");
        }
    }
}
