//! `PROTOCOL.md` tells the truth: its frames are the golden ones, its numbers, limits and examples are the code's, its C
//! gives the right checksum, and a reader in another language that was written from it takes every golden frame.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use nameplate_wire::{ErrorNumber, Mac, MessageError, Request, frame, limits, proof};

/// The part of the document under a heading, up to the next one.
fn section(heading: &str) -> String {
    let document = document();
    let mut lines = document.lines().skip_while(|line| *line != heading);
    assert!(lines.next().is_some(), "no heading {heading:?}");
    lines
        .take_while(|line| !line.starts_with("## ") && !line.starts_with("### "))
        .collect::<Vec<_>>()
        .join("\n")
}

fn document() -> String {
    std::fs::read_to_string(here("PROTOCOL.md")).unwrap()
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The rows of a section's tables, cells without the back-quotes around them; headings and rules left out.
fn rows(heading: &str) -> Vec<Vec<String>> {
    section(heading)
        .split("\n\n")
        .flat_map(|block| block.lines().filter(|line| line.starts_with('|')).skip(2))
        .map(|line| {
            line.trim_matches('|')
                .split(" | ")
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect()
        })
        .collect()
}

/// Every golden frame, as the document shows it.
fn golden_as_shown() -> BTreeMap<String, String> {
    std::fs::read_dir(here("tests/golden/v1"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let frame = std::fs::read_to_string(&path).unwrap();
            (name, frame.replace('\x1e', "<RS>").replace('\n', "<LF>"))
        })
        .collect()
}

#[test]
fn every_golden_frame_is_shown_and_nothing_else() {
    let document = document();
    let golden = golden_as_shown();
    assert!(!golden.is_empty());
    for (name, shown) in &golden {
        assert!(
            document.lines().any(|line| line == shown),
            "{name} is not in PROTOCOL.md as it is:\n{shown}"
        );
    }
    for line in document.lines().filter(|line| line.starts_with("<RS>[")) {
        assert!(
            golden.values().any(|shown| shown == line),
            "no golden frame, but shown as one:\n{line}"
        );
    }
}

#[test]
fn the_error_numbers_are_the_codes() {
    let documented: Vec<_> = rows("## 7. Error numbers")
        .into_iter()
        .filter_map(|row| Some((row[0].parse::<u16>().ok()?, row[1].clone())))
        .collect();
    let real: Vec<_> = ErrorNumber::ALL
        .iter()
        .map(|error| (error.number(), error.text().to_owned()))
        .collect();
    assert_eq!(documented, real);
}

/// A macro so that a constant's name and its value cannot part.
macro_rules! limits {
    ($($name:ident)*) => { [$((stringify!($name).to_owned(), limits::$name),)*] };
}

#[test]
fn the_limits_are_the_codes() {
    let real = BTreeMap::from(limits! {
        FRAME FRAME_OVERHEAD MESSAGE NAME FIRMWARE TOKEN CSR ATTRIBUTES ALT_NAMES PURPOSES KEY_USAGES
        ESCAPED_TEXT INSTALL_PIECE CHAIN ERROR_TEXT DEPTH
    });
    let source = std::fs::read_to_string(here("src/limits.rs")).unwrap();
    assert_eq!(
        source.matches("pub const ").count(),
        real.len(),
        "a limit is missing in this test"
    );
    let documented: BTreeMap<_, _> = rows("### Greatest sizes")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].parse::<usize>().unwrap()))
        .collect();
    assert_eq!(documented, real);
}

#[test]
fn the_messages_to_try_get_their_verdicts() {
    let rows = rows("### Messages to try");
    assert!(rows.len() > 20, "{} messages", rows.len());
    for row in rows {
        // A space at the message's end is meant, and stands inside the back-quotes.
        let [verdict, message] = &row[..] else {
            panic!("{row:?}");
        };
        let found = match Request::read(message.as_bytes()) {
            Ok(_) => "taken".to_owned(),
            Err(MessageError::NotARequest) => "silence".to_owned(),
            Err(error) => error.answer().1.number().to_string(),
        };
        assert_eq!(&found, verdict, "{message}");
    }
}

#[test]
fn the_worked_example_is_right() {
    let example = worked_example();
    let nonce = example["nonce"].as_slice().try_into().unwrap();
    let mac = Mac(example["mac"].as_slice().try_into().unwrap());
    let name = std::str::from_utf8(&example["name"]).unwrap();
    let digest = example["csr sha-256"].as_slice().try_into().unwrap();
    let csr = proof::csr(nonce, mac, name, digest).unwrap();
    assert_eq!(csr.as_slice(), example["csr bytes"]);
    let possession = proof::possession(nonce, mac, name).unwrap();
    assert_eq!(possession.as_slice(), example["prove bytes"]);
}

/// The hex values of section 6, by their names. The digests and signatures among them are for `judge.py`.
fn worked_example() -> BTreeMap<String, Vec<u8>> {
    let section = section("## 6. Proofs");
    let block = section.split("```").nth(1).unwrap();
    block
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(name, hex)| {
            let hex = hex.trim();
            let bytes = (0..hex.len())
                .step_by(2)
                .map(|place| u8::from_str_radix(&hex[place..place + 2], 16).unwrap())
                .collect();
            (name.to_owned(), bytes)
        })
        .collect()
}

#[test]
fn the_c_routine_gives_the_checksum() {
    let section = section("### Checksum");
    let routine = section
        .split("```c\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let message = br#"{"v":1,"id":2,"kind":"identify","seconds":5}"#;
    let program = format!(
        "{routine}\n#include <stdio.h>\nint main(void) {{\n\
         static const uint8_t check[] = \"123456789\", message[] = \"{}\";\n\
         printf(\"%08x %08x\", (unsigned)nameplate_crc32(check, 9), (unsigned)nameplate_crc32(message, sizeof message - 1));\n\
         return 0;\n}}\n",
        std::str::from_utf8(message).unwrap().replace('"', "\\\"")
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("protocol-document");
    std::fs::create_dir_all(&folder).unwrap();
    let (source, binary) = (folder.join("checksum.c"), folder.join("checksum"));
    std::fs::write(&source, program).unwrap();
    run(Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-o"])
        .args([&binary, &source]));
    let expected = format!("cbf43926 {:08x}", frame::checksum(message));
    assert_eq!(run(&mut Command::new(&binary)), expected);
}

#[test]
fn a_reader_in_another_language_takes_every_golden_frame() {
    let verdict = run(Command::new("python3")
        .arg(here("tests/judge.py"))
        .args([here("tests/golden/v1"), here("PROTOCOL.md")]));
    let expected = format!("{} frames are right\n", golden_as_shown().len());
    assert_eq!(verdict, expected);
}

#[test]
fn the_other_reader_can_refuse() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("judge-refuses");
    std::fs::create_dir_all(&folder).unwrap();
    // A right frame, but the proof is missing.
    let mut out = [0; limits::FRAME];
    let frame = frame::seal(&mut out, |place| {
        let message = br#"{"v":1,"re":6,"kind":"prove"}"#;
        place.get_mut(..message.len())?.copy_from_slice(message);
        Some(message.len())
    });
    std::fs::write(folder.join("reply-prove.frame"), frame.unwrap()).unwrap();
    let output = Command::new("python3")
        .arg(here("tests/judge.py"))
        .args([&folder, &here("PROTOCOL.md")])
        .output()
        .expect("python3 runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("reply-prove.frame: proof is missing"),
        "{said}"
    );
}

/// What a program prints; it must end well.
fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
