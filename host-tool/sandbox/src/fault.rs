//! Faults that the service plays on request, so that a client's bad days can be tested.
//!
//! This file parses them and counts how often each was played; [`crate::http`] acts them out.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// A fault as written on the command line: `OPERATION=KIND[:PARAMETER]…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    operation: Option<Operation>,
    kind: Kind,
    /// So many requests go through before it is played.
    after: u64,
    /// So many requests get it; all when `None`.
    times: Option<u64>,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Status,
    Report,
    Certificates,
    List,
    Approve,
    Template,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// This HTTP status, in the service's error shape.
    Status(u16, Option<RetryAfter>),
    /// 200 with a body that is not JSON.
    Garbage,
    /// 307 to this URL.
    Redirect(String),
    /// No answer, ever.
    Hang,
    /// The connection is closed before anything is done.
    Drop,
    /// The request is carried out, then the connection is closed.
    LostAnswer,
    /// The request is carried out, and its answer comes after whoever asks has stopped waiting.
    LateAnswer,
}

/// The header `Retry-After`, in seconds from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryAfter {
    Seconds(u32),
    /// The same, written as an HTTP date.
    Date(u32),
}

/// The operations by their names; `any` is every one.
const OPERATIONS: [(&str, Option<Operation>); 8] = [
    ("create", Some(Operation::Create)),
    ("status", Some(Operation::Status)),
    ("report", Some(Operation::Report)),
    ("certificates", Some(Operation::Certificates)),
    ("list", Some(Operation::List)),
    ("approve", Some(Operation::Approve)),
    ("template", Some(Operation::Template)),
    ("any", None),
];

/// Why a fault's text was not understood.
#[derive(Debug, thiserror::Error)]
#[error("{0}; see --fault in the help")]
pub struct FaultSyntax(String);

impl FromStr for Fault {
    type Err = FaultSyntax;

    fn from_str(text: &str) -> Result<Fault, FaultSyntax> {
        let (operation, rest) = text
            .split_once('=')
            .ok_or_else(|| FaultSyntax(format!("no = in {text:?}")))?;
        let known = OPERATIONS.iter().find(|(name, _)| *name == operation);
        let (_, operation) =
            *known.ok_or_else(|| FaultSyntax(format!("unknown operation {operation:?}")))?;
        let (kind, parameters) = split_parameters(rest);
        let mut fault = Fault {
            operation,
            kind: parse_kind(kind)?,
            after: 0,
            times: None,
        };
        for parameter in parameters {
            fault.set(parameter)?;
        }
        Ok(fault)
    }
}

const PARAMETERS: [&str; 4] = [":times=", ":after=", ":retry-after=", ":retry-after-date="];

/// Cuts only where a known parameter begins: a URL has colons of its own.
fn split_parameters(text: &str) -> (&str, Vec<&str>) {
    let mut cuts: Vec<usize> = PARAMETERS
        .iter()
        .flat_map(|name| text.match_indices(name).map(|(at, _)| at))
        .collect();
    cuts.sort_unstable();
    let mut parts = Vec::new();
    let mut end = text.len();
    for cut in cuts.into_iter().rev() {
        if let Some(part) = text.get(cut + 1..end) {
            parts.push(part);
        }
        end = cut;
    }
    parts.reverse();
    (text.get(..end).unwrap_or(text), parts)
}

fn parse_kind(text: &str) -> Result<Kind, FaultSyntax> {
    if let Some(url) = text.strip_prefix("redirect=") {
        return Ok(Kind::Redirect(url.to_owned()));
    }
    match text {
        "garbage" => Ok(Kind::Garbage),
        "hang" => Ok(Kind::Hang),
        "drop" => Ok(Kind::Drop),
        "lost-answer" => Ok(Kind::LostAnswer),
        "late-answer" => Ok(Kind::LateAnswer),
        _ => match text.parse() {
            Ok(status @ 400..=599) => Ok(Kind::Status(status, None)),
            _ => Err(FaultSyntax(format!("unknown kind {text:?}"))),
        },
    }
}

impl Fault {
    /// How kinds of faults begin; `status` stands for a number.
    pub const KINDS: [&str; 7] = [
        "status",
        "garbage",
        "redirect=",
        "hang",
        "drop",
        "lost-answer",
        "late-answer",
    ];

    /// The names of what faults can be played on.
    pub fn operations() -> impl Iterator<Item = &'static str> {
        OPERATIONS.iter().map(|(name, _)| *name)
    }

    fn set(&mut self, parameter: &str) -> Result<(), FaultSyntax> {
        let wrong = || FaultSyntax(format!("wrong parameter {parameter:?}"));
        let (name, value) = parameter.split_once('=').ok_or_else(wrong)?;
        let number: u32 = value.parse().map_err(|_| wrong())?;
        match (name, &mut self.kind) {
            ("times", _) => self.times = Some(number.into()),
            ("after", _) => self.after = number.into(),
            ("retry-after", Kind::Status(_, retry)) => *retry = Some(RetryAfter::Seconds(number)),
            ("retry-after-date", Kind::Status(_, retry)) => *retry = Some(RetryAfter::Date(number)),
            _ => return Err(wrong()),
        }
        Ok(())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Status(status, _) => write!(f, "{status}"),
            Kind::Garbage => f.write_str("garbage"),
            Kind::Redirect(_) => f.write_str("redirect"),
            Kind::Hang => f.write_str("hang"),
            Kind::Drop => f.write_str("drop"),
            Kind::LostAnswer => f.write_str("lost-answer"),
            Kind::LateAnswer => f.write_str("late-answer"),
        }
    }
}

/// The faults of a running service, with how many requests each has seen.
pub(crate) struct Faults(Vec<(Fault, AtomicU64)>);

impl Faults {
    pub(crate) fn new(faults: &[Fault]) -> Faults {
        Faults(
            faults
                .iter()
                .map(|fault| (fault.clone(), AtomicU64::new(0)))
                .collect(),
        )
    }

    /// The fault this request gets: the first that fits and has not been played often enough.
    pub(crate) fn next(&self, operation: Option<Operation>) -> Option<Kind> {
        self.0.iter().find_map(|(fault, seen)| {
            if fault.operation.is_some() && fault.operation != operation {
                return None;
            }
            let before = seen.fetch_add(1, Ordering::Relaxed);
            let due = before >= fault.after
                && fault.times.is_none_or(|times| before - fault.after < times);
            due.then(|| fault.kind.clone())
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn parameters_are_read() {
        let fault: Fault = "create=429:retry-after=5:after=1:times=2".parse().unwrap();
        assert_eq!(fault.operation, Some(Operation::Create));
        assert_eq!(fault.kind, Kind::Status(429, Some(RetryAfter::Seconds(5))));
        assert_eq!((fault.after, fault.times), (1, Some(2)));
    }

    #[test]
    fn a_url_keeps_its_colons() {
        let fault: Fault = "any=redirect=https://127.0.0.1:9/x?a=b:times=1"
            .parse()
            .unwrap();
        assert_eq!(
            fault.kind,
            Kind::Redirect("https://127.0.0.1:9/x?a=b".into())
        );
        assert_eq!(fault.times, Some(1));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "create",
            "create=",
            "create=200",
            "delete=500",
            "create=hang:retry-after=1",
            "create=500:times=x",
            "create=500:often",
        ] {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_fault_is_played_as_often_as_asked() {
        let faults = Faults::new(&[
            "status=500:after=1:times=2".parse().unwrap(),
            "any=404:times=1".parse().unwrap(),
        ]);
        let play = || {
            faults
                .next(Some(Operation::Status))
                .map(|kind| kind.to_string())
        };
        assert_eq!(play().as_deref(), Some("404"));
        assert_eq!(play().as_deref(), Some("500"));
        assert_eq!(play().as_deref(), Some("500"));
        assert_eq!(play(), None);
    }
}
