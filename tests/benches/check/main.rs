//! How fast `nameplate check` is: rows a second, memory, and the share of what the signatures alone would take.
//!
//! `NAMEPLATE_ROWS` says how many rows (default 40,000; 370,000 make about 200 MB). Each row has a request and a key of its own.
//! Beside it, in the same run: the verification of those signatures alone, and a plain loop of the crates `csv` and `x509-parser`
//! on one core.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64ct::{Base64, Encoding};
use nameplate_tests::programs::{finish, nameplate, start};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use x509_parser::prelude::{FromDer, X509CertificationRequest};

const HEADER: &str = "\"device_name\",\"subject.common_name\",\"san.dns_name\",\"csr\"\n";
/// Requests on which the bare verification is measured.
const SAMPLE: usize = 5_000;

fn main() {
    let rows =
        std::env::var("NAMEPLATE_ROWS").map_or(40_000, |text| text.parse().expect("a number"));
    let cores = available_parallelism().map_or(1, usize::from);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("batch.csv");
    write(&path, rows, cores);
    let bytes = fs::metadata(&path).unwrap().len();
    println!("{rows} rows, {bytes} bytes, {cores} cores");
    let verification = verification(&path);
    println!(
        "verification alone, one core: {:.1} µs",
        micros(verification)
    );
    let (ran, peak) = check(folder.path(), &path);
    let each = ran / u32::try_from(rows).unwrap();
    println!(
        "nameplate check: {:.2} s, {:.0} rows/s, {peak} KiB at the most",
        ran.as_secs_f64(),
        1e6 / micros(each)
    );
    let least = verification / u32::try_from(cores).unwrap();
    println!(
        "share of rows × verification ÷ cores: {:.2}",
        micros(least) / micros(each)
    );
    let plain = plain_loop(&path) / u32::try_from(rows).unwrap();
    println!(
        "plain loop of csv and x509-parser, one core: {:.0} rows/s",
        1e6 / micros(plain)
    );
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// A file of so many rows.
fn write(path: &Path, rows: usize, cores: usize) {
    let parts: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let part = |core: usize| {
            scope.spawn(move || {
                let mut out = Vec::new();
                for number in (core..rows).step_by(cores) {
                    row(number, &mut out);
                }
                out
            })
        };
        let parts: Vec<_> = (0..cores).map(part).collect();
        parts.into_iter().map(|part| part.join().unwrap()).collect()
    });
    let mut file = fs::File::create(path).unwrap();
    file.write_all(HEADER.as_bytes()).unwrap();
    for part in parts {
        file.write_all(&part).unwrap();
    }
}

fn row(number: usize, out: &mut Vec<u8>) {
    let name = format!("board-{number:06}");
    let host = format!("{name}.example.com");
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let mut parameters = CertificateParams::new(vec![host.clone()]).unwrap();
    parameters.distinguished_name = DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, &name);
    let request = parameters.serialize_request(&key).unwrap();
    let text = Base64::encode_string(request.der());
    writeln!(
        out,
        "\"{name}\",\"{name}\",\"{host}\",\"-----BEGIN CERTIFICATE REQUEST-----{text}-----END CERTIFICATE REQUEST-----\""
    )
    .unwrap();
}

/// The requests of a file, in DER.
fn requests(path: &Path) -> impl Iterator<Item = Vec<u8>> {
    let rows = csv::Reader::from_path(path).unwrap().into_records();
    rows.map(|row| {
        let row = row.unwrap();
        let cell = row.get(3).unwrap();
        let body = cell.trim_start_matches("-----BEGIN CERTIFICATE REQUEST-----");
        let body = body.trim_end_matches("-----END CERTIFICATE REQUEST-----");
        Base64::decode_vec(body).unwrap()
    })
}

/// The time of one verification, everything else prepared.
fn verification(path: &Path) -> Duration {
    let requests: Vec<_> = requests(path).take(SAMPLE).collect();
    let parsed: Vec<_> = requests
        .iter()
        .map(|der| X509CertificationRequest::from_der(der).unwrap().1)
        .collect();
    let begun = Instant::now();
    for request in &parsed {
        let info = &request.certification_request_info;
        let key = &info.subject_pki.subject_public_key.data;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
            .verify(info.raw, &request.signature_value.data)
            .unwrap();
    }
    begun.elapsed() / u32::try_from(parsed.len()).unwrap()
}

fn plain_loop(path: &Path) -> Duration {
    let begun = Instant::now();
    for der in requests(path) {
        let (_, request) = X509CertificationRequest::from_der(&der).unwrap();
        request.verify_signature().unwrap();
        black_box(&request);
    }
    begun.elapsed()
}

/// The command's time and its greatest resident memory in KiB.
fn check(home: &Path, path: &Path) -> (Duration, u64) {
    let begun = Instant::now();
    let child = start(nameplate(home).arg("check").arg("--strict").arg(path));
    let status = format!("/proc/{}/status", child.id());
    let looking = std::thread::spawn(move || {
        let mut peak = 0;
        while let Ok(text) = fs::read_to_string(&status) {
            let Some(line) = text.lines().find(|line| line.starts_with("VmHWM:")) else {
                break;
            };
            let kib = line
                .split_whitespace()
                .nth(1)
                .and_then(|kib| kib.parse().ok());
            peak = peak.max(kib.unwrap_or(0));
            std::thread::sleep(Duration::from_millis(5));
        }
        peak
    });
    let _ = finish(child).expect(0).says("0 errors, 0 warnings");
    let ran = begun.elapsed();
    (ran, looking.join().unwrap())
}
