//! What is not run, each with its reason. Whatever a document says and is not listed here is run.

use crate::blocks::{self, Step};
use crate::found::Document;

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

/// Whether a command is not run: then its arguments are parsed by the program itself, and the scripts, packages and tests that it
/// names exist and know its flags.
pub fn is_not_run(document: &str, command: &str) -> bool {
    let is_listed =
        |(place, begin, _): &(&str, &str, &str)| *place == document && command.starts_with(begin);
    NOT_RUN.iter().any(is_listed)
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
    stale.map(|entry| format!("{entry:?}")).collect()
}
