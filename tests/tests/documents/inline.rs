//! Commands in the running text: they are not run, but what they name has to exist.

use clap::CommandFactory as _;
use nameplate::cli::args::Cli;

use crate::found::Document;
use crate::weak;

/// What is wrong.
pub fn faults(documents: &[Document]) -> Vec<String> {
    let mut faults = Vec::new();
    for document in documents {
        for code in spans(&document.text) {
            if let Err(fault) = check(&code) {
                faults.push(format!("{}: `{code}`: {fault}", document.path));
            }
        }
    }
    faults
}

/// What stands between backquotes, outside of blocks. A span may go on in the next line.
fn spans(text: &str) -> Vec<String> {
    let mut is_block = false;
    let prose = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_block ^= is_fence;
        !is_block && !is_fence
    });
    let prose: Vec<_> = prose.collect();
    let spans = prose.join("\n");
    let spans = spans.split('`').skip(1).step_by(2);
    spans.map(|span| span.replace('\n', " ")).collect()
}

fn check(code: &str) -> Result<(), String> {
    let words: Vec<_> = code.split_whitespace().collect();
    match words[..] {
        // The first line of a provisioning page; any command.
        ["nameplate", "1"] | ["nameplate", "COMMAND", ..] => Ok(()),
        ["nameplate", ref rest @ ..] => nameplate(rest),
        ["cargo", "test" | "bench" | "build", ..] => weak::check(code),
        [program, ..] if program.starts_with("tests/scripts/") || program == "tests/run" => {
            weak::check(code)
        }
        _ => Ok(()),
    }
}

/// The subcommands are there, and the last of them knows the flags.
fn nameplate(words: &[&str]) -> Result<(), String> {
    let mut command = Cli::command();
    command.build();
    let mut words = words.iter().peekable();
    while let Some(next) = words.next_if(|word| !word.starts_with('-')) {
        match command.find_subcommand(next) {
            Some(found) => command = found.clone(),
            // An argument, where the command takes one.
            None if command.get_positionals().next().is_some() => {}
            None => return Err(format!("there is no command {next}")),
        }
    }
    let flags = words.filter_map(|word| word.strip_prefix("--"));
    for flag in flags {
        let has = command
            .get_arguments()
            .any(|argument| argument.get_long() == Some(flag));
        if !has {
            return Err(format!("it has no --{flag}"));
        }
    }
    Ok(())
}

#[test]
fn what_does_not_exist_is_found() {
    for wrong in [
        "nameplate frobnicate",
        "nameplate submit --frobnicate",
        "nameplate keys frobnicate",
        "cargo test --workspace --test no_such_test",
        "tests/scripts/no-such-script",
    ] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
    for right in [
        "nameplate",
        "nameplate keys token --boards 96",
        "nameplate audit NAME --json",
        "nameplate identify NAME",
        "cargo test --workspace --test kill points -- --nocapture",
        "cargo +nightly fuzz run",
        "other text",
    ] {
        assert_eq!(check(right), Ok(()), "{right}");
    }
    let text = "a `b\nc` d\n```\n`e`\n```\n`f`\n";
    assert_eq!(spans(text), ["b c", "f"]);
}
