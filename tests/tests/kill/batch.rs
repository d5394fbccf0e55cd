//! A batch whose runs and boards are killed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nameplate::demo::Cable;
use nameplate::store::{BoardState, Reader};
use nameplate_tests::bench::Bench;
use nameplate_tests::board::Board;
use nameplate_tests::programs::LONGEST;
use nameplate_tests::random::Random;
use nameplate_tests::service::Service;

use super::KILLS;
use super::phase::{Phase, logged};

/// What the store must say before a kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// Nothing: any time from the start on.
    Any,
    /// So many boards are recorded.
    Boards(u64),
    Intended,
    /// The service has the job, whether its answer is here or not.
    Made,
    Posted,
    Followed,
    Reported,
    /// Certificates are here.
    Taken,
    /// So many boards are done.
    Delivered(u64),
}

pub struct Batch {
    pub number: u64,
    /// How many boards it has; the first half on cables.
    pub size: u16,
    random: Random,
    pub bench: Bench,
    /// The service's folder of jobs.
    jobs: PathBuf,
    cables: Vec<Cable>,
    boards: Vec<Board>,
    runs: u32,
    /// Boards that were said to be recorded, to the operator or to themselves.
    pub told: BTreeSet<String>,
    pub phases: Vec<Phase>,
    pub boards_killed: u64,
}

impl Batch {
    /// A new one of so many boards; `more` goes behind the section `[service]`.
    pub fn new(number: u64, size: u16, random: Random, service: &Service, more: &str) -> Self {
        let bench = Bench::new();
        let service_section = Bench::service_section(service);
        bench.configure(&format!(
            "[batch]\nname = \"kill-{number}\"\n{service_section}{more}"
        ));
        let mut batch = Self {
            number,
            size,
            random,
            bench,
            jobs: service.dir.join("jobs"),
            cables: (0..size / 2).map(|_| Cable::new().unwrap()).collect(),
            boards: Vec::new(),
            runs: 0,
            told: BTreeSet::new(),
            phases: Vec::new(),
            boards_killed: 0,
        };
        batch.boards = (0..size).map(|index| batch.board(index)).collect();
        batch
    }

    fn board(&self, index: u16) -> Board {
        let number = index + 1;
        match self.cables.get(usize::from(index)) {
            Some(cable) => Board::on(&self.bench, number, cable),
            None => Board::on_network(&self.bench, number),
        }
    }

    /// Pulls a board's plug and puts it back.
    fn kill_a_board(&mut self) {
        let index = u16::try_from(self.random.below(self.size.into())).unwrap();
        self.boards[usize::from(index)].kill();
        self.hear(index + 1);
        self.boards[usize::from(index)] = self.board(index);
        self.boards_killed += 1;
    }

    pub fn command(&mut self) -> Command {
        self.runs += 1;
        let mut command = self.bench.nameplate("run");
        for cable in &self.cables {
            cable.forget_owners();
            command.arg("--serial").arg(cable.host_end());
        }
        command.args(["--json", "--listen", &self.bench.door.to_string()]);
        command.args(["--expect", &self.size.to_string(), "--timeout", "120"]);
        command
    }

    pub fn output(&self) -> PathBuf {
        self.bench.home().join(format!("run-{}.jsonl", self.runs))
    }

    fn start(&mut self) -> Child {
        self.start_with(&[])
    }

    /// A run with this in its environment.
    pub fn start_with(&mut self, environment: &[(&str, &str)]) -> Child {
        let mut command = self.command();
        command.envs(environment.iter().copied());
        let output = File::create(self.output()).unwrap();
        let errors = File::create(self.output().with_extension("err")).unwrap();
        command.stdout(output).stderr(errors).spawn().unwrap()
    }

    /// Kills at five moments, each later in the life of a batch than the one before.
    pub fn kill_and_kill_again(&mut self) {
        let mut moments = vec![
            Moment::Any,
            Moment::Boards(self.random.below(self.size.into()) + 1),
            *self.random.one_of(&[Moment::Intended, Moment::Made]),
        ];
        while moments.len() < KILLS {
            moments.push(*self.random.one_of(&[
                Moment::Any,
                Moment::Boards(1),
                Moment::Intended,
                Moment::Made,
                Moment::Posted,
                Moment::Followed,
                Moment::Reported,
                Moment::Taken,
                Moment::Delivered(1),
                Moment::Delivered(u64::from(self.size) - 1),
            ]));
        }
        moments.sort_unstable();
        for moment in moments {
            while !self.kill_at(moment) {}
            self.check_what_was_promised();
        }
    }

    /// One run that is killed at this moment; `false` where it had ended before.
    fn kill_at(&mut self, moment: Moment) -> bool {
        let is_past = self
            .reader()
            .is_some_and(|reader| self.is_at(&reader, moment));
        let delay = match moment {
            // There is nothing to wait for.
            Moment::Any => self.random.below(400),
            _ if is_past => self.random.below(400),
            // Between the intent and the id there are milliseconds.
            Moment::Made => self.random.below(2),
            _ => self.random.below(6),
        };
        let mut board_dies = None;
        if self.random.below(2) == 0 {
            board_dies = Some(Duration::from_millis(self.random.below(150)));
        }
        let mut running = self.start();
        if moment != Moment::Any && !is_past && !self.wait(moment, &mut running, &mut board_dies) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(delay));
        running.kill().unwrap();
        let ended = running.wait().unwrap();
        if ended.code().is_some() {
            assert!(ended.success(), "{ended:?} {}", self.errors());
            return false;
        }
        if board_dies.is_some() {
            self.kill_a_board();
        }
        self.phases.push(self.phase());
        true
    }

    /// Waits for a moment of a run, and kills a board meanwhile; `false` where the run ended.
    fn wait(
        &mut self,
        moment: Moment,
        running: &mut Child,
        board_dies: &mut Option<Duration>,
    ) -> bool {
        let begun = Instant::now();
        let mut reader = None;
        loop {
            assert!(
                begun.elapsed() < LONGEST,
                "{moment:?} does not come: {}",
                self.errors()
            );
            if let Some(status) = running.try_wait().unwrap() {
                let came = self
                    .reader()
                    .is_some_and(|reader| self.is_at(&reader, moment));
                assert!(
                    came && status.success(),
                    "{status:?} before {moment:?}: {}",
                    self.errors()
                );
                return false;
            }
            if board_dies.take_if(|at| begun.elapsed() >= *at).is_some() {
                self.kill_a_board();
            }
            reader = reader.or_else(|| self.reader());
            if reader
                .as_ref()
                .is_some_and(|reader| self.is_at(reader, moment))
            {
                return true;
            }
            std::thread::sleep(Duration::from_micros(300));
        }
    }

    fn is_at(&self, reader: &Reader, moment: Moment) -> bool {
        match moment {
            Moment::Any => true,
            Moment::Boards(count) => reader.counts().unwrap().boards() >= count,
            Moment::Intended => logged(reader, "job.intended"),
            Moment::Made => self.is_made(),
            Moment::Posted => logged(reader, "job.posted"),
            Moment::Followed => logged(reader, "job.status"),
            Moment::Reported => logged(reader, "job.report"),
            Moment::Taken => logged(reader, "certificate.taken"),
            Moment::Delivered(count) => reader.counts().unwrap().of(BoardState::Done) >= count,
        }
    }

    /// Looks behind the service's back, which is quicker than asking it.
    fn is_made(&self) -> bool {
        let name = format!("\"kill-{}\"", self.number);
        let mut jobs = fs::read_dir(&self.jobs).unwrap();
        jobs.any(|job| {
            fs::read_to_string(job.unwrap().path().join("job.json"))
                .is_ok_and(|job| job.contains(&name))
        })
    }

    pub fn reader(&self) -> Option<Reader> {
        Reader::open(&self.bench.batch()).ok()
    }

    pub fn errors(&self) -> String {
        fs::read_to_string(self.output().with_extension("err")).unwrap_or_default()
    }
}
