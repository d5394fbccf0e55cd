//! The handover, judged by OpenSSL and Python, and refused where one byte is another.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{mac, name};
use nameplate_tests::programs::{Ran, run};

use super::{done_and_one_failed, said};

const ENTRIES: [&str; 2] = ["handover.csv", "handover.csv.p7s"];

fn export(bench: &Bench, more: &[&str]) -> (Ran, PathBuf) {
    let path = bench.home().join("handover.zip");
    let mut command = bench.nameplate("export");
    command
        .args(["--format", "handover", "--output"])
        .arg(&path);
    (run(command.args(more)), path)
}

fn check(bench: &Bench, file: &Path, more: &[&str]) -> Ran {
    let mut command = nameplate_tests::programs::nameplate(bench.home());
    run(command.arg("check").arg(file).args(more))
}

fn contents(path: &Path) -> Vec<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let read = |name: &&str| {
        let mut bytes = Vec::new();
        let mut entry = archive.by_name(name).unwrap();
        entry.read_to_end(&mut bytes).unwrap();
        bytes
    };
    ENTRIES.iter().map(read).collect()
}

fn packed(bench: &Bench, entries: &[(&str, &[u8])]) -> PathBuf {
    let path = bench.home().join("other.zip");
    let mut archive = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    for (name, bytes) in entries {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
    path
}

#[test]
fn openssl_verifies_it_and_python_reads_it() {
    let bench = done_and_one_failed(3);
    let (ran, path) = export(&bench, &[]);
    let _ = ran
        .expect(3)
        .says("3 boards handed over")
        .says("board-0004")
        .says("the policy allows no such name");
    let unpacked = contents(&path);
    for (name, bytes) in ENTRIES.iter().zip(&unpacked) {
        fs::write(bench.home().join(name), bytes).unwrap();
    }
    let at = |name: &str| bench.home().join(name).display().to_string();
    let signer = bench.certificate().display().to_string();
    let arguments = ["cms", "-verify", "-binary", "-inform", "DER"];
    let (signature, content) = (at(ENTRIES[1]), at(ENTRIES[0]));
    let mut arguments = arguments.to_vec();
    arguments.extend(["-in", &signature, "-content", &content]);
    arguments.extend(["-CAfile", &signer, "-purpose", "any", "-out", "/dev/null"]);
    said("openssl", &arguments);

    let script = "import csv, sys, base64, json\n\
        print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8')))))";
    let rows: Vec<serde_json::Value> =
        serde_json::from_str(&said("python3", &["-c", script, &content])).unwrap();
    assert_eq!(rows.len(), 3);
    for (row, number) in rows.iter().zip(1..) {
        let of = |column: &str| row[column].as_str().unwrap().to_owned();
        assert!((1..=3).any(|number| of("mac") == mac(number) && of("name") == name(number)));
        assert_eq!(of("certificate_serial"), "01");
        assert_eq!(of("certificate_sha256").len(), 64);
        assert!(of("firmware").starts_with("nameplate-board"), "{row}");
        assert!(of("done") >= of("collected"), "{row}");
        assert_eq!(of("locked"), "");
        assert!(!of("station").is_empty(), "{row}");
        // OpenSSL reads the public key, and it is that of the board's own request.
        let key = bench.home().join(format!("{number}.pub"));
        let text = of("public_key");
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n");
        fs::write(&key, pem).unwrap();
        let key = key.display().to_string();
        let hashed =
            format!("openssl pkey -pubin -in {key} -outform DER | openssl dgst -sha256 -r");
        let hash = said("sh", &["-c", &hashed]);
        let listed = bench
            .list()
            .into_iter()
            .find(|board| board["mac"] == row["mac"]);
        let listed = listed.unwrap()["key_sha256"].as_str().unwrap().to_owned();
        assert!(hash.starts_with(&listed), "{hash} {listed}");
    }

    let _ = check(&bench, &path, &["--signer", &signer])
        .expect(0)
        .says("3 boards, signed on");
    let _ = check(&bench, &path, &[])
        .expect(0)
        .says("was not compared with anything");
    let _ = check(&bench, &path, &["--strict"]).expect(1);
    let stranger = Bench::new();
    let other = stranger.certificate().display().to_string();
    let _ = check(&bench, &path, &["--signer", &other])
        .expect(1)
        .says("signed by another key");
    let (again, _) = export(&bench, &[]);
    let _ = again.expect(1).says("is there already");
    let _ = export(&bench, &["--force"]).0.expect(3);
}

#[test]
fn what_was_changed_is_refused() {
    let bench = done_and_one_failed(1);
    let (_, path) = export(&bench, &[]);
    let unpacked = contents(&path);
    let [table, signature] = unpacked.as_slice() else {
        panic!("two entries")
    };
    let refused = |entries: &[(&str, &[u8])], words: &str| {
        let other = packed(&bench, entries);
        let signer = bench.certificate().display().to_string();
        let _ = check(&bench, &other, &["--signer", &signer])
            .expect(1)
            .says(words);
    };
    let (first, second) = (ENTRIES[0], ENTRIES[1]);
    let other = packed(&bench, &[(first, table), (second, signature)]);
    let _ = check(&bench, &other, &[]).expect(0);

    let changed = String::from_utf8(table.clone()).unwrap();
    let changed = changed.replacen("board-0001", "board-0002", 1);
    refused(
        &[(first, changed.as_bytes()), (second, signature)],
        "is not what was signed",
    );
    refused(&[(first, table)], "there is no handover.csv.p7s");
    refused(&[(second, signature)], "there is no handover.csv");
    refused(
        &[(first, table), (second, signature), ("x", b"")],
        "holds \"x\" besides",
    );
    refused(&[(first, table), (second, b"\x30\x03")], "is no CMS");
    // Every byte of the signature counts, or what it stands for is the same.
    for at in (0..signature.len()).step_by(7) {
        let mut other = signature.clone();
        other[at] ^= 1;
        let other = packed(&bench, &[(first, table), (second, &other)]);
        let ran = check(&bench, &other, &["--json"]);
        assert!(matches!(ran.code, Some(0 | 1)), "{at}: {ran:?}");
        if ran.code == Some(0) {
            // In what nothing is signed of: the certificate. Then it is not the bench's, or its key is.
            let events = ran.json();
            assert_eq!(events[0]["boards"], 1, "{at}: {ran:?}");
        }
    }
}

#[test]
fn without_a_key_or_a_board_there_is_none() {
    let bench = Bench::new();
    nameplate_tests::board::collect_on_cables(&bench, 1);
    let _ = export(&bench, &[])
        .0
        .expect(1)
        .says("no board of the batch is done");
    let config = bench.batch().join("bench.toml");
    nameplate_tests::bench::private(&config, "");
    let _ = export(&bench, &[]).0.expect(2).says("bench's key");
    assert!(!bench.home().join("handover.zip").exists());
}
