//! The commands of a batch's life that make something last, and what each has promised when it says that it is done.

use std::process::Command;

use nameplate::store::{BoardState, Certificate, Reader, StoreError};
use nameplate_tests::programs::run;

use super::place::Place;
use super::template::{BOARDS, Stage};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Collect,
    ExportCsv,
    ExportZip,
    Submit,
    Status,
    Report,
    Certificates,
    Deliver,
    Handover,
}

impl Phase {
    pub const ALL: [Self; 9] = [
        Self::Collect,
        Self::ExportCsv,
        Self::ExportZip,
        Self::Submit,
        Self::Status,
        Self::Report,
        Self::Certificates,
        Self::Deliver,
        Self::Handover,
    ];

    /// Where it begins.
    pub fn stage(self) -> Stage {
        match self {
            Self::Collect => Stage::Nothing,
            Self::ExportCsv | Self::ExportZip | Self::Submit => Stage::Collected,
            Self::Status => Stage::Submitted,
            Self::Report => Stage::Ended,
            Self::Certificates => Stage::Reported,
            Self::Deliver => Stage::Taken,
            Self::Handover => Stage::Done,
        }
    }

    /// The file that it writes where it is asked to.
    fn output(self) -> Option<&'static str> {
        match self {
            Self::ExportCsv => Some("export.csv"),
            Self::ExportZip => Some("export.zip"),
            Self::Handover => Some("handover.zip"),
            _ => None,
        }
    }

    /// Its command; boards that it needs are plugged in.
    pub fn command(self, place: &mut Place) -> Command {
        let exports = |place: &Place, format: &str| {
            let mut command = place.bench.nameplate("export");
            command.args(["--format", format, "--output"]);
            // A run before may have put it in place and died.
            command
                .arg(place.output(self.output().unwrap()))
                .arg("--force");
            command
        };
        match self {
            Self::Collect => place.with_boards("collect", &["--expect", "2", "--timeout", "30"]),
            Self::Deliver => place.with_boards("deliver", &["--timeout", "30"]),
            Self::ExportCsv => exports(place, "csv"),
            Self::ExportZip => exports(place, "csv-zip"),
            Self::Handover => exports(place, "handover"),
            Self::Submit => place.bench.nameplate("submit"),
            Self::Status => {
                let mut command = place.bench.nameplate("status");
                command.arg("--wait");
                command
            }
            Self::Report => place.bench.nameplate("report"),
            Self::Certificates => place.bench.nameplate("certificates"),
        }
    }

    /// What holds where it says that it is done.
    pub fn is_done(self, place: &Place) {
        let all = u64::from(BOARDS);
        let reader = Reader::open(&place.batch()).unwrap();
        let counts = reader.counts().unwrap();
        let are = |state| assert_eq!(counts.of(state), all, "{state}");
        assert_eq!(counts.boards(), all);
        match self {
            Self::Collect => are(BoardState::Collected),
            Self::ExportCsv | Self::ExportZip => {
                let name = self.output().unwrap();
                let written = std::fs::read(place.written(name)).unwrap();
                assert!(written == place.template.whole(name), "{name}");
            }
            Self::Handover => {
                let mut check = nameplate_tests::programs::nameplate(place.bench.home());
                let handover = place.written(self.output().unwrap());
                let _ = run(check.arg("check").arg(handover)).expect(0);
            }
            Self::Submit => {
                are(BoardState::Submitted);
                let job = reader.current_job().unwrap().unwrap();
                assert_eq!(place.jobs(), [job.service_id.unwrap()]);
            }
            Self::Status => {
                let job = reader.current_job().unwrap().unwrap();
                assert_eq!(job.status.as_deref(), Some("COMPLETE"));
            }
            Self::Report => {
                are(BoardState::Issued);
                assert!(place.batch().join("report.csv").exists());
            }
            Self::Certificates => {
                let mut certificates = 0;
                let count = |_: Certificate| {
                    certificates += 1;
                    Ok::<_, StoreError>(())
                };
                reader.certificates(count).unwrap();
                assert_eq!(certificates, all);
                assert!(place.batch().join("certificates.zip").exists());
                assert!(place.batch().join("certificates").is_dir());
            }
            Self::Deliver => {
                are(BoardState::Done);
                assert_eq!(place.given().len(), usize::from(BOARDS));
            }
        }
    }
}
