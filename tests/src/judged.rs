//! What a Linux board has stored, judged by OpenSSL.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64ct::{Base64, Encoding};
use nameplate::store::Reader;

use crate::bench::Bench;
use crate::board::{name, state};

/// The certificates that the board in this folder has, each in a PEM file; its own first.
fn certificates(state: &Path) -> Vec<PathBuf> {
    let file = fs::read(state.join("chain")).expect("it has a chain");
    // One line of the board's own stands before the certificates.
    let begin = file.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut rest = &file[begin..];
    let mut paths = Vec::new();
    while !rest.is_empty() {
        // A certificate is a SEQUENCE of 256 to 65535 bytes.
        assert_eq!(rest[..2], [0x30, 0x82]);
        let length = 4 + usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let (der, behind) = rest.split_at(length);
        let path = state.join(format!("{}.pem", paths.len()));
        fs::write(&path, pem("CERTIFICATE", der)).unwrap();
        paths.push(path);
        rest = behind;
    }
    paths
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = Base64::encode_string(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn openssl(arguments: &[&str], files: &[&Path]) -> String {
    let output = Command::new("openssl")
        .args(arguments)
        .args(files)
        .output()
        .expect("openssl");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Stops the test unless each board's stored chain leads to the root, and its certificate is for the key of its own request.
#[track_caller]
pub fn each_has_its_own(bench: &Bench, root: &Path, numbers: impl IntoIterator<Item = u16>) {
    let boards = numbers
        .into_iter()
        .map(|number| (name(number), state(bench, number)));
    each_of_batch_has_its_own(&bench.batch(), root, boards);
}

/// The same of boards by their names, each with the folder in which it keeps its certificates.
#[track_caller]
pub fn each_of_batch_has_its_own(
    batch: &Path,
    root: &Path,
    boards: impl IntoIterator<Item = (String, PathBuf)>,
) {
    let reader = Reader::open(batch).unwrap();
    for (name, state) in boards {
        let certificates = certificates(&state);
        let mut arguments = vec!["verify", "-CAfile", root.to_str().unwrap()];
        for above in &certificates[1..] {
            arguments.extend(["-untrusted", above.to_str().unwrap()]);
        }
        openssl(&arguments, &[&certificates[0]]);
        let request = state.join("request.pem");
        let csr = reader.board(&name).unwrap().unwrap().what.csr;
        fs::write(&request, pem("CERTIFICATE REQUEST", &csr)).unwrap();
        assert_eq!(
            openssl(&["x509", "-noout", "-pubkey", "-in"], &[&certificates[0]]),
            openssl(&["req", "-noout", "-pubkey", "-in"], &[&request]),
            "{name}"
        );
    }
    reader.verify_log().unwrap();
}
