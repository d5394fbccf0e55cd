//! What a Linux board has stored, judged by OpenSSL.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64ct::{Base64, Encoding};
use nameplate::store::Reader;
use nameplate_tests::bench::Bench;
use nameplate_tests::board::{name, state};

/// The certificates that board number N has, each in a PEM file; its own first.
fn certificates(bench: &Bench, number: u16) -> Vec<PathBuf> {
    let file = fs::read(state(bench, number).join("chain")).expect("it has a chain");
    // One line of the board's own stands before the certificates.
    let begin = file.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut rest = &file[begin..];
    let mut paths = Vec::new();
    while !rest.is_empty() {
        // A certificate is a SEQUENCE of 256 to 65535 bytes.
        assert_eq!(rest[..2], [0x30, 0x82]);
        let length = 4 + usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let (der, behind) = rest.split_at(length);
        let path = bench
            .home()
            .join(format!("{}-{}.pem", name(number), paths.len()));
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
    let reader = Reader::open(&bench.batch()).unwrap();
    for number in numbers {
        let certificates = certificates(bench, number);
        let mut arguments = vec!["verify", "-CAfile", root.to_str().unwrap()];
        for above in &certificates[1..] {
            arguments.extend(["-untrusted", above.to_str().unwrap()]);
        }
        openssl(&arguments, &[&certificates[0]]);
        let request = bench.home().join(format!("{}.csr", name(number)));
        let csr = reader.board(&name(number)).unwrap().unwrap().what.csr;
        fs::write(&request, pem("CERTIFICATE REQUEST", &csr)).unwrap();
        assert_eq!(
            openssl(&["x509", "-noout", "-pubkey", "-in"], &[&certificates[0]]),
            openssl(&["req", "-noout", "-pubkey", "-in"], &[&request]),
            "{}",
            name(number)
        );
    }
    reader.verify_log().unwrap();
}
