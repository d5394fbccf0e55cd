//! A bench at the beginning of a phase, its boards, and what holds on it whatever fails.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use nameplate::cli::args;
use nameplate::commands::Setup;
use nameplate::store::{Board, BoardState, Reader, StoreError};
use nameplate_tests::bench::{Bench, KNOWN};
use nameplate_tests::board::name;
use nameplate_tests::fake_board::{Fake, Running};
use nameplate_tests::programs::Ran;
use nameplate_wire::{Reply, Request, frame};

use super::phase::Phase;
use super::template::{BOARDS, Stage, Template};

/// Boards by their names.
type Names = Arc<Mutex<BTreeSet<String>>>;

pub struct Place<'t> {
    pub template: &'t Template,
    pub bench: Bench,
    /// What its batch is called.
    name: String,
    plugged: Vec<Running>,
    /// Where its folders are looked at, where that is not where they are.
    pub seen: Option<PathBuf>,
    /// Boards that were told that they are recorded.
    told: Names,
    /// Boards that have their whole chain.
    given: Names,
}

impl<'t> Place<'t> {
    /// A new one, at the beginning of this phase; a number is used once.
    pub fn new(template: &'t Template, phase: Phase, number: usize) -> Self {
        let bench = Bench::new();
        let name = format!("disk-{phase:?}-{number}");
        if phase == Phase::Submit {
            // A job's name is used once.
            template.bring(&bench, Stage::Nothing);
            template.boards.put(&bench, &name);
        } else {
            template.bring(&bench, phase.stage());
        }
        Self {
            template,
            bench,
            name,
            plugged: Vec::new(),
            seen: None,
            told: Names::default(),
            given: Names::default(),
        }
    }

    /// Where a file is asked for.
    pub fn output(&self, name: &str) -> PathBuf {
        self.bench.home().join("out").join(name)
    }

    fn folder(&self, name: &str) -> PathBuf {
        let home = self.seen.as_deref().unwrap_or(self.bench.home());
        home.join(name)
    }

    /// The batch's folder, to look at.
    pub fn batch(&self) -> PathBuf {
        self.folder("batch")
    }

    /// A file that was asked for, to look at.
    pub fn written(&self, name: &str) -> PathBuf {
        self.folder("out").join(name)
    }

    pub fn told(&self) -> BTreeSet<String> {
        self.told.lock().unwrap().clone()
    }

    pub fn given(&self) -> BTreeSet<String> {
        self.given.lock().unwrap().clone()
    }

    /// A command that works with boards, which are plugged in anew. Those that are collected make their keys, always the same.
    pub fn with_boards(&mut self, command: &str, arguments: &[&str]) -> Command {
        self.plugged.clear();
        let mut command = self.bench.nameplate(command);
        for number in 1..=BOARDS {
            let board = self.board(number).on_cable();
            command.arg("--serial").arg(board.port.as_ref().unwrap());
            self.plugged.push(board);
        }
        command.args(arguments);
        command
    }

    fn board(&self, number: u16) -> Fake {
        let (told, given) = (Arc::clone(&self.told), Arc::clone(&self.given));
        Fake::new(number).keyed().lies(move |_, request, answer| {
            let reply = frame::open(answer).ok().map(Reply::read);
            let names = match (request, reply) {
                (Request::Recorded(_), Some(Ok((_, Reply::Recorded(_))))) => &told,
                (Request::Install(_), Some(Ok((_, Reply::Install(answer))))) if answer.current => {
                    &given
                }
                _ => return,
            };
            names.lock().unwrap().insert(name(number));
        })
    }

    /// The jobs that the service has under the batch's name.
    pub fn jobs(&self) -> Vec<String> {
        let batch = args::Batch {
            batch: self.bench.batch(),
            config: None,
        };
        let service = Setup::load(&batch).unwrap().service().unwrap();
        let jobs = service.find_jobs(&self.name).unwrap();
        jobs.into_iter().map(|job| job.id.to_string()).collect()
    }

    /// A command that could not do it says in words what is wrong, where, and what to do.
    pub fn judge_words(&self, ran: &Ran) {
        let said = &ran.stderr;
        let home = self.bench.home().display().to_string();
        assert!(said.contains("error["), "no error: {ran:?}");
        assert!(said.contains(&home), "names no file: {ran:?}");
        assert!(said.contains("\n  next: "), "says not what to do: {ran:?}");
    }

    /// What holds at any time: what was told is true, and what stands under its final name is whole.
    pub fn judge(&self, phase: Phase) {
        let told = self.told();
        match Reader::open(&self.batch()) {
            Ok(reader) => {
                reader.verify_log().unwrap();
                let mut known = BTreeSet::new();
                let visit = |board: Board| {
                    if board.state == BoardState::Done && phase == Phase::Deliver {
                        let name = &board.what.name;
                        assert!(self.given().contains(name), "{name} has no certificate");
                    }
                    known.insert(board.what.name);
                    Ok::<_, StoreError>(())
                };
                reader.boards(visit).unwrap();
                assert!(told.is_subset(&known), "{told:?} were told, {known:?} are");
            }
            Err(error) => assert!(
                phase == Phase::Collect && told.is_empty(),
                "{error}, and {told:?} were told"
            ),
        }
        if phase == Phase::Submit {
            assert!(self.jobs().len() <= 1);
        }
        self.judge_files();
    }

    /// What was written is whole, or not there.
    pub fn judge_output(&self) {
        self.judge_files();
    }

    fn judge_files(&self) {
        for folder in [self.batch(), self.folder("out")] {
            for name in names(&folder) {
                let is_whole = match name.as_str() {
                    "batch.csv" | "report.csv" | "certificates.zip" | "export.csv"
                    | "export.zip" => {
                        fs::read(folder.join(&name)).unwrap() == self.template.whole(&name)
                    }
                    "certificates" => names(&folder.join(&name)).len() == usize::from(BOARDS),
                    _ => true,
                };
                assert!(is_whole, "{name} is not whole");
            }
        }
    }

    /// Nothing that a rerun should have tidied up.
    pub fn judge_rest(&self) {
        const WRITTEN: [&str; 3] = ["export.csv", "export.zip", "handover.zip"];
        for folder in [self.batch(), self.folder("out")] {
            let left = names(&folder);
            let left = left.iter().map(String::as_str);
            let mut left = left.filter(|name| !KNOWN.contains(name) && !WRITTEN.contains(name));
            assert_eq!(left.next(), None);
        }
    }
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}
