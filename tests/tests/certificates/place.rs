//! A batch of twenty boards, collected once and copied; its sandbox; and what is stored, before OpenSSL.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use nameplate::chain::certificates_in;
use nameplate::store::{Certificate, Reader, StoreError};
use nameplate_tests::bench::{Bench, COLUMNS, private};
use nameplate_tests::board::collect_on_cables;
use nameplate_tests::programs::{Ran, run};
use nameplate_tests::service::Service;
use serde_json::Value;

use crate::bench::{ask, files, name_of, section};

/// Boards in every batch here.
pub const BOARDS: u16 = 20;

/// A batch that waits to be submitted.
pub fn collected() -> Bench {
    static FILES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    let store = FILES.get_or_init(|| {
        let bench = Bench::new();
        bench.configure_all(COLUMNS);
        collect_on_cables(&bench, BOARDS);
        let store = files(&bench.batch()).into_iter();
        store
            .map(|path| (name_of(&path), fs::read(&path).unwrap()))
            .filter(|(name, _)| name.starts_with("batch.db"))
            .collect()
    });
    let bench = Bench::new();
    for (name, bytes) in store {
        let path = bench.batch().join(name);
        private(&path, "");
        fs::write(&path, bytes).unwrap();
    }
    bench
}

/// Starts a sandbox, and points the batch to it and to its root; `more` goes behind the section `[certificates]`.
pub fn serve(bench: &Bench, switches: &[&str], more: &str) -> Service {
    let service = Service::start(bench.home(), &[&["--polls", "0"], switches].concat());
    trust(bench, &service, more);
    service
}

/// The setting of the intermediate certificate, which the sandbox does not send by itself.
pub fn issuing(service: &Service) -> String {
    let issuing = service.dir.join("issuing.pem");
    format!("intermediates = \"{}\"\n", issuing.display())
}

pub fn trust(bench: &Bench, service: &Service, more: &str) {
    let root = service.dir.join("device-root.pem");
    bench.configure(&format!(
        "{}[certificates]\nroot = \"{}\"\n{}{more}",
        section(service),
        root.display(),
        issuing(service)
    ));
}

/// Submits, waits, and fetches the report, which ends with this code.
#[track_caller]
pub fn reported(bench: &Bench, code: i32) {
    let _ = ask(bench, &["submit"], 0);
    let _ = ask(bench, &["status", "--wait"], 0);
    let _ = ask(bench, &["report"], code);
}

/// The certificates in the store.
pub fn stored(bench: &Bench) -> Vec<Certificate> {
    let reader = Reader::open(&bench.batch()).unwrap();
    let mut all = Vec::new();
    let keep = |one| {
        all.push(one);
        Ok::<_, StoreError>(())
    };
    reader.certificates(keep).unwrap();
    reader.verify_log().unwrap();
    all
}

/// How many rows the log has.
pub fn logged(bench: &Bench) -> i64 {
    let reader = Reader::open(&bench.batch()).unwrap();
    reader.verify_log().unwrap().seq
}

/// OpenSSL finds each stored chain to lead to the root, and each certificate to be for the key of its board's request and to say its name.
#[track_caller]
pub fn judge_stored(bench: &Bench, service: &Service, count: usize) {
    let certificates = stored(bench);
    assert_eq!(certificates.len(), count);
    let reader = Reader::open(&bench.batch()).unwrap();
    let folder = bench.home().join("judged");
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let root = service.dir.join("device-root.pem").display().to_string();
    for one in certificates {
        let chain = certificates_in(&one.what.chain);
        let (leaf, above) = chain.split_first().unwrap();
        assert_eq!(above.len(), 1, "the root is left out");
        let leaf = file("leaf.der", leaf);
        let above = file("above.der", &above[0]);
        let pem = |der: &str, name: &str| {
            let path = folder.join(name).display().to_string();
            openssl(&["x509", "-inform", "DER", "-in", der, "-out", &path]);
            path
        };
        let (leaf, above) = (pem(&leaf, "leaf.pem"), pem(&above, "above.pem"));
        openssl(&["verify", "-CAfile", &root, "-untrusted", &above, &leaf]);
        let board = reader.board(&one.name).unwrap().unwrap();
        let request = file("request.der", &board.what.csr);
        let of_request = openssl(&[
            "req", "-inform", "DER", "-in", &request, "-noout", "-pubkey",
        ]);
        let of_leaf = openssl(&["x509", "-in", &leaf, "-noout", "-pubkey"]);
        assert_eq!(of_leaf, of_request, "{}", one.name);
        let said = openssl(&[
            "x509",
            "-in",
            &leaf,
            "-noout",
            "-subject",
            "-serial",
            "-ext",
            "subjectAltName",
        ]);
        let names = [
            format!("CN = {}", one.name),
            format!("DNS:{}.devices.example.com", one.name),
            format!("serial={}", one.what.serial.to_uppercase()),
        ];
        assert!(names.iter().all(|name| said.contains(name)), "{said}");
    }
}

#[track_caller]
fn openssl(arguments: &[&str]) -> String {
    let mut command = Command::new("openssl");
    run(command.args(arguments).stdin(Stdio::null()))
        .expect(0)
        .stdout
}

/// The lines of this event.
pub fn events(ran: &Ran, event: &str) -> Vec<Value> {
    let lines = ran.json().into_iter();
    lines.filter(|line| line["event"] == event).collect()
}

/// Changes what the sandbox keeps of the rows of its only job.
pub fn change_outcomes(service: &Service, change: impl Fn(u64, &mut Value)) {
    let mut jobs = fs::read_dir(service.dir.join("jobs")).unwrap();
    let path = jobs.next().unwrap().unwrap().path().join("outcomes.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let changed: String = (1..)
        .zip(text.lines())
        .map(|(row, line)| {
            let mut outcome: Value = serde_json::from_str(line).unwrap();
            change(row, &mut outcome);
            format!("{outcome}\n")
        })
        .collect();
    assert_ne!(text, changed);
    fs::write(&path, changed).unwrap();
}

/// The names in the batch's folder that begin so.
pub fn named(folder: &Path, beginning: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| name_of(&entry.unwrap().path()))
        .filter(|name| name.starts_with(beginning))
        .collect();
    names.sort_unstable();
    names
}
