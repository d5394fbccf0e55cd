//! Moments of a batch's life at which a test can have this program die: before and after each step that has to last.
//!
//! In a debug build the environment variable `NAMEPLATE_FAULT=POINT[:NTH]=kill` has the process kill itself there (SIGKILL: nothing
//! is tidied up), when it comes by for the NTH time. A release build has no such switch: there [`at`] is empty, and nothing
//! else of this is compiled. Knows nothing of what the steps do.

/// Names each point once: in the enum, in [`Point::ALL`] and in [`Point::name`].
macro_rules! points {
    ($($(#[$doc:meta])* $point:ident = $name:literal,)*) => {
        /// A moment that is passed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Point { $($(#[$doc])* $point,)* }

        impl Point {
            /// Every point.
            pub const ALL: &[Self] = &[$(Self::$point,)*];

            /// Its name in `NAMEPLATE_FAULT`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$point => $name,)* }
            }
        }
    };
}

points! {
    /// A group of boards is about to be committed to the station's index.
    StationBefore = "station-before",
    /// The station's index has it, the batch does not.
    StationAfter = "station-after",
    /// Any group of records is about to be committed to the batch.
    GroupBefore = "group-before",
    /// It is on the disk, and nobody was told.
    GroupAfter = "group-after",
    /// A board is recorded and is about to be told so.
    TellBefore = "tell-before",
    /// It was told.
    TellAfter = "tell-after",
    /// A file is written and not yet synced.
    FileWritten = "file-written",
    /// It is synced, under the name that it grew under.
    FileBefore = "file-before",
    /// A new file has both names.
    FileLinked = "file-linked",
    /// It is in its place, which is not yet synced.
    FileAfter = "file-after",
    /// The batch file is there, and no intent to submit it.
    IntentBefore = "intent-before",
    /// The intent is recorded.
    IntentAfter = "intent-after",
    /// The job is about to be sent.
    PostBefore = "post-before",
    /// The service has answered with the job's id.
    PostAfter = "post-after",
    /// The id is recorded.
    PostedAfter = "posted-after",
    /// The job has ended, which is not recorded.
    StatusBefore = "status-before",
    /// It is recorded.
    StatusAfter = "status-after",
    /// The report is in its place and not recorded.
    ReportWritten = "report-written",
    /// It is recorded, and what it says of each board is not.
    ReportRecorded = "report-recorded",
    /// What it says is recorded.
    ReportApplied = "report-applied",
    /// The certificates are in their file.
    CertificatesWritten = "certificates-written",
    /// They are unpacked, under the name that the folder grew under.
    UnpackBefore = "unpack-before",
    /// Their folder is in its place.
    UnpackAfter = "unpack-after",
    /// A group of them is about to be recorded for their boards.
    TakeBefore = "take-before",
    /// It is recorded, and what was refused is not.
    TakeAfter = "take-after",
    /// All of the download is recorded.
    CertificatesTaken = "certificates-taken",
    /// A piece of a chain is about to be sent to its board.
    PieceBefore = "piece-before",
    /// The board has said that the chain is its current one, and was not asked again.
    InstallAfter = "install-after",
    /// It was asked again, and that it has its chain is not recorded.
    ReadBack = "read-back",
    /// That is recorded.
    InstalledAfter = "installed-after",
    /// The board is about to be locked for good.
    LockBefore = "lock-before",
    /// It has said that it is locked, and was not asked again.
    LockAfter = "lock-after",
    /// All is done for the board, which is not recorded.
    DoneBefore = "done-before",
    /// It is recorded.
    DoneAfter = "done-after",
}

/// Passes a point; in a debug build it may be the last thing that this process does.
#[cfg(debug_assertions)]
pub fn at(point: Point) {
    armed::pass(point);
}

/// Passes a point.
#[cfg(not(debug_assertions))]
#[inline]
pub fn at(_: Point) {}

#[cfg(debug_assertions)]
mod armed {
    use std::io::Write;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::Point;

    const VARIABLE: &str = "NAMEPLATE_FAULT";

    /// Where the process is to die.
    struct Armed {
        point: Point,
        /// How often it still comes by alive.
        left: AtomicU64,
    }

    pub(super) fn pass(point: Point) {
        static ARMED: LazyLock<Option<Armed>> = LazyLock::new(|| {
            let text = std::env::var(VARIABLE).ok()?;
            let armed = parse(&text);
            if armed.is_none() {
                let words = format!("error: {VARIABLE}={text:?} is not understood");
                let _ = writeln!(std::io::stderr(), "{words}");
                // A test that kills nothing must not pass.
                std::process::exit(2);
            }
            armed
        });
        let Some(armed) = ARMED.as_ref().filter(|armed| armed.point == point) else {
            return;
        };
        if armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let _ = writeln!(std::io::stderr(), "killed at {}", point.name());
            let me = rustix::process::getpid();
            let _ = rustix::process::kill_process(me, rustix::process::Signal::KILL);
        }
    }

    fn parse(text: &str) -> Option<Armed> {
        let (place, "kill") = text.rsplit_once('=')? else {
            return None;
        };
        let (name, nth) = place.split_once(':').unwrap_or((place, "1"));
        let point = Point::ALL.iter().find(|point| point.name() == name)?;
        let nth = nth.parse().ok().filter(|nth| *nth > 0)?;
        Some(Armed {
            point: *point,
            left: AtomicU64::new(nth),
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_point_is_named_with_the_time_that_counts() {
            let parsed = |text| parse(text).map(|armed| (armed.point, armed.left.into_inner()));
            assert_eq!(parsed("tell-before=kill"), Some((Point::TellBefore, 1)));
            assert_eq!(parsed("piece-before:2=kill"), Some((Point::PieceBefore, 2)));
            for text in ["", "kill", "=kill", "tell-before", "tell-before=stop"] {
                assert!(parse(text).is_none(), "{text}");
            }
            for text in ["nowhere=kill", "tell-before:0=kill", "tell-before:x=kill"] {
                assert!(parse(text).is_none(), "{text}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Point;

    #[test]
    fn no_two_points_have_one_name() {
        let mut names: Vec<_> = Point::ALL.iter().map(|point| point.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Point::ALL.len());
    }
}
