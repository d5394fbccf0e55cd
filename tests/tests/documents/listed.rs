//! What is not run, each with its reason. Whatever a document says and is not listed here is run.

use clap::CommandFactory as _;
use nameplate::cli::args::Cli;

use crate::blocks::{self, Step};
use crate::found::Document;

/// How a command that is not run is looked at instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Its arguments are parsed by the program itself; the scripts, packages and tests that it names exist and know its flags.
    Parsed,
    /// It comes with the next merge: until then it is not there.
    Comes,
}

/// Document, what the command begins with, and why it is not run.
const NOT_RUN: [(&str, &str, &str); 7] = [
    ("README.md", "tests/run", "this test is a part of it"),
    (
        "README.md",
        "target/release/nameplate demo --emulated",
        "needs images and emulators: tests/emulated runs it",
    ),
    (
        "host-tool/SPEED.md",
        "cargo bench",
        "measures for minutes, on a machine that does nothing else",
    ),
    (
        "boards/mcu/README.md",
        "boards/mcu/build",
        "needs compilers for bare metal: tests/emulated runs it",
    ),
    (
        "boards/mcu/README.md",
        "tests/emulated",
        "needs images and emulators: tests/run runs it",
    ),
    (
        "boards/mcu/README.md",
        "nameplate demo --emulated",
        "needs images and emulators: tests/emulated runs it",
    ),
    (
        "tests/fuzz/README.md",
        "tests/scripts/fuzz",
        "compiles everything once more; tests/run runs it",
    ),
];

/// What another piece of work brings: the word in a command by which it is known, and what it is.
const COMES: [(&str, Coming); 1] = [(" --page", Coming::Flag("run", "page"))];

/// What is not there yet.
#[derive(Clone, Copy, Debug)]
enum Coming {
    /// A flag of a command.
    Flag(&'static str, &'static str),
}

impl Coming {
    fn is_there(self) -> bool {
        let cli = Cli::command();
        match self {
            Self::Flag(command, flag) => {
                let command = cli.find_subcommand(command).expect("the command is there");
                command
                    .get_arguments()
                    .any(|argument| argument.get_long() == Some(flag))
            }
        }
    }
}

/// Whether a command comes with the next merge.
pub fn comes(command: &str) -> bool {
    COMES.iter().any(|(word, _)| command.contains(word))
}

/// How a command is looked at instead of being run; `None` where it is run.
pub fn not_run(document: &str, command: &str) -> Option<How> {
    if comes(command) {
        return Some(How::Comes);
    }
    let is_listed =
        |(place, begin, _): &(&str, &str, &str)| *place == document && command.starts_with(begin);
    NOT_RUN.iter().any(is_listed).then_some(How::Parsed)
}

/// What is listed and stands in no document.
pub fn stale(documents: &[Document]) -> Vec<String> {
    let mut commands = Vec::new();
    for document in documents {
        for step in blocks::steps(&document.text).unwrap_or_default() {
            if let Step::Run(command) = step {
                commands.push((document.path.as_str(), command.text));
            }
        }
    }
    let is_used = |(place, begin, _): &&(&str, &str, &str)| {
        commands
            .iter()
            .any(|(path, text)| path == place && text.starts_with(begin))
    };
    let stale = NOT_RUN.iter().filter(|entry| !is_used(entry));
    let mut stale: Vec<_> = stale.map(|entry| format!("{entry:?}")).collect();
    let unused = COMES
        .iter()
        .filter(|(word, _)| !commands.iter().any(|(_, text)| text.contains(word)));
    stale.extend(unused.map(|entry| format!("{entry:?}")));
    stale
}

/// What was to come and is there.
pub fn that_came() -> Vec<String> {
    let came = COMES.iter().filter(|(_, what)| what.is_there());
    came.map(|entry| format!("{entry:?}")).collect()
}
