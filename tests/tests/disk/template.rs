//! One batch of two boards, carried by the real programs to its end, and kept at each stage on the way.

use std::fs;
use std::path::{Path, PathBuf};

use nameplate_tests::bench::Bench;
use nameplate_tests::fake_board::Fake;
use nameplate_tests::programs::run;
use nameplate_tests::ready::{Ready, copy};
use nameplate_tests::service::Service;

/// Boards of a batch.
pub const BOARDS: u16 = 2;

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Nothing,
    Collected,
    Submitted,
    Ended,
    Reported,
    Taken,
    Done,
}

const NAMES: [(Stage, &str); 6] = [
    (Stage::Collected, "collected"),
    (Stage::Submitted, "submitted"),
    (Stage::Ended, "ended"),
    (Stage::Reported, "reported"),
    (Stage::Taken, "taken"),
    (Stage::Done, "done"),
];

pub struct Template {
    pub service: Service,
    bench: Bench,
    pub boards: Ready,
}

impl Template {
    pub fn new() -> Self {
        let bench = Bench::new();
        let boards = Ready::collect(BOARDS);
        let service = Service::start(bench.home(), &["--polls", "0"]);
        bench.configure(&Bench::service_section(&service));
        boards.put(&bench, "disk");
        let template = Self {
            service,
            bench,
            boards,
        };
        template.keep(Stage::Collected);
        fs::create_dir(template.bench.home().join("out")).unwrap();
        for (format, name) in [("csv", "export.csv"), ("csv-zip", "export.zip")] {
            template.ask(&["export", "--format", format, "--output"], Some(name));
        }
        for (stage, arguments) in [
            (Stage::Submitted, &["submit"][..]),
            (Stage::Ended, &["status", "--wait"]),
            (Stage::Reported, &["report"]),
            (Stage::Taken, &["certificates"]),
        ] {
            template.ask(arguments, None);
            template.keep(stage);
        }
        let boards: Vec<_> = (1..=BOARDS)
            .map(|number| Fake::new(number).keyed().on_cable())
            .collect();
        let mut deliver = template.bench.nameplate("deliver");
        for board in &boards {
            deliver.arg("--serial").arg(board.port.as_ref().unwrap());
        }
        let _ = run(deliver.args(["--timeout", "60"])).expect(0);
        template.keep(Stage::Done);
        template
    }

    fn ask(&self, arguments: &[&str], output: Option<&str>) {
        let (command, rest) = arguments.split_first().unwrap();
        let mut command = self.bench.nameplate(command);
        command.args(rest);
        if let Some(name) = output {
            command.arg(self.bench.home().join("out").join(name));
        }
        let _ = run(&mut command).expect(0);
    }

    fn kept(&self, stage: Stage) -> PathBuf {
        let (_, name) = NAMES.iter().find(|(known, _)| *known == stage).unwrap();
        self.bench.home().join("stages").join(name)
    }

    fn keep(&self, stage: Stage) {
        let folder = self.kept(stage);
        copy(&self.bench.batch(), &folder.join("batch"));
        copy(&self.bench.home().join("data"), &folder.join("data"));
    }

    /// Brings a bench to a stage, its own configuration and keys apart.
    pub fn bring(&self, bench: &Bench, stage: Stage) {
        let service = Bench::service_section(&self.service);
        bench.configure(&format!("[batch]\nname = \"disk\"\n{service}"));
        fs::create_dir_all(bench.home().join("out")).unwrap();
        if stage == Stage::Nothing {
            return;
        }
        let own = ["bench.toml", "bench.key", "bench.pem", "join.token"];
        let own = own.map(|name| (name, fs::read(bench.batch().join(name)).unwrap()));
        copy(&self.kept(stage).join("batch"), &bench.batch());
        copy(&self.kept(stage).join("data"), &bench.home().join("data"));
        for (name, bytes) in own {
            fs::write(bench.batch().join(name), bytes).unwrap();
        }
    }

    /// What a whole file of this name holds, in the batch's folder or beside it.
    pub fn whole(&self, name: &str) -> Vec<u8> {
        let at = |folder: &Path| folder.join(name);
        let exported = at(&self.bench.home().join("out"));
        let path = if exported.exists() {
            exported
        } else {
            at(&self.bench.batch())
        };
        fs::read(path).unwrap()
    }
}
