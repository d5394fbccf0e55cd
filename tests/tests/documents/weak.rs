//! What of a command can be checked where it can't be run.

use std::fs;
use std::process::Command;

use clap::Parser as _;
use nameplate::cli::args::Cli;

use crate::found::root;

/// Checks a listed command as far as that goes.
pub fn check(command: &str) -> Result<(), String> {
    parts(command).iter().try_for_each(|words| part(words))
}

/// The words of each part of a command, as the shell reads them: parts are joined by `&&`.
fn parts(command: &str) -> Vec<Vec<String>> {
    let lines = command.split("&&").map(|part| {
        let script = format!("said() {{ printf '%s\\n' \"$@\"; }}; said {part}");
        let output = Command::new("bash")
            .args(["-c", &script])
            .output()
            .expect("bash");
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().map(str::to_owned).collect()
    });
    lines.collect()
}

fn part(words: &[String]) -> Result<(), String> {
    let [program, arguments @ ..] = words else {
        return Err("no command".to_owned());
    };
    match program.rsplit('/').next() {
        Some("nameplate") => Cli::try_parse_from(words)
            .map(|_| ())
            .map_err(|error| error.to_string()),
        Some("cargo") => cargo(arguments),
        _ => script(program, arguments),
    }
}

/// Packages, tests and benchmarks that are named exist.
fn cargo(arguments: &[String]) -> Result<(), String> {
    for pair in arguments.windows(2) {
        let [flag, name] = pair else { continue };
        let places: &[&str] = match flag.as_str() {
            "-p" => &[
                "agent",
                "agent/tls",
                "boards/linux",
                "boards/mcu/shared",
                "host-tool",
                "tests",
                "tests/fuzz",
            ],
            "--test" => &["tests/tests", "tests/fuzz/tests", "agent/wire/tests"],
            "--bench" => &["tests/benches", "host-tool/benches"],
            _ => continue,
        };
        let is_there = |place: &str| {
            let folder = root().join(place);
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
            manifest.contains(&format!("name = \"{name}\"\n"))
                || folder.join(name).join("main.rs").is_file()
                || folder.join(format!("{name}.rs")).is_file()
        };
        if !places.iter().any(|place| is_there(place)) {
            return Err(format!("cargo {flag} {name}: there is no such thing"));
        }
    }
    Ok(())
}

/// A script of this project is there, and knows the flags.
fn script(program: &str, arguments: &[String]) -> Result<(), String> {
    let text =
        fs::read_to_string(root().join(program)).map_err(|error| format!("{program}: {error}"))?;
    let unknown = arguments
        .iter()
        .find(|word| word.starts_with("--") && !text.contains(word.as_str()));
    match unknown {
        Some(flag) => Err(format!("{program} knows no {flag}")),
        None => Ok(()),
    }
}

#[test]
fn what_can_t_be_meant_is_found() {
    for wrong in [
        "nameplate run --batch a --no-such-flag",
        "nameplate no-such-command",
        "tests/no-such-script",
        "tests/run --no-such-flag",
        "cargo test --workspace --test no_such_test",
        "cargo bench -p nameplate-tests --bench no_such_bench",
        "cargo build -p no-such-package && tests/run",
    ] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
    for right in [
        "tests/run --quick",
        "cargo bench -p nameplate-tests --bench collect",
        "nameplate list --batch 'a b'",
    ] {
        assert_eq!(check(right), Ok(()));
    }
}
