//! What the service does wrong with single rows, to see that a host notices.

use std::str::FromStr;

use clap::ValueEnum;

/// What is wrong with a row or its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RowFaultKind {
    /// The row fails.
    Refused,
    /// Its certificate has another common name.
    OtherName,
    /// Its certificate has no alternative names.
    NoSan,
    /// Its certificate is for a key that no device has.
    OtherKey,
    /// Its certificate is signed by a stranger who calls himself the issuing CA.
    OtherIssuer,
    /// Its certificate has expired.
    Expired,
    /// It is issued, and its certificate is not handed out.
    Missing,
    /// A certificate that nobody asked for comes beside its own.
    Extra,
    /// A second certificate for the same key and names comes beside its own.
    Twice,
    /// Its certificate and that of the row before have each other's key.
    Swapped,
    /// Its certificate and that of the row before stand under each other's name.
    SwappedFiles,
}

/// A fault of some rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// Which.
    pub kind: RowFaultKind,
    /// The rows, counted from 1 beneath the header.
    pub rows: Vec<u64>,
}

impl FromStr for RowFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "expected KIND=ROW or KIND=ROW,ROW,…";
        let (kind, rows) = text.split_once('=').ok_or(expected)?;
        let kind = RowFaultKind::from_str(kind, false).map_err(|_| {
            let known = RowFaultKind::value_variants().iter();
            let words: Vec<_> = known
                .filter_map(|kind| Some(kind.to_possible_value()?.get_name().to_owned()))
                .collect();
            format!("no such kind; there are {}", words.join(", "))
        })?;
        let rows = rows
            .split(',')
            .map(|row| row.parse().ok().filter(|row| *row > 0))
            .collect::<Option<Vec<u64>>>()
            .ok_or(expected)?;
        Ok(RowFault { kind, rows })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn kinds_and_rows_are_read() {
        let fault: RowFault = "swapped-files=2,7".parse().unwrap();
        assert_eq!(fault.kind, RowFaultKind::SwappedFiles);
        assert_eq!(fault.rows, [2, 7]);
        for wrong in ["swapped", "swapped=", "swapped=0", "odd=1", "swapped=1,"] {
            assert!(wrong.parse::<RowFault>().is_err(), "{wrong}");
        }
    }
}
