//! How fast `nameplate check` is: rows a second, memory, and the share of what the signatures alone would take.
//!
//! `NAMEPLATE_ROWS` says how many rows (default 40,000; 370,000 make about 200 MB). Each row has a request and a key of its own.
//! Beside it, in the same run: the verification of those signatures alone, on one core and on all of them at once, and a plain loop
//! of the crates `csv` and `x509-parser` on one core. Two cores of a virtual machine may be one core's two threads, which slow
//! each other down: what all cores do at once is what the command is held to.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss
)]

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
    let rows = u32::try_from(rows).unwrap();
    let requests: Vec<_> = requests(&path).take(SAMPLE).collect();
    for at_once in [1, cores] {
        let took = verification(&requests, at_once);
        println!(
            "verification alone, {at_once} at once: {:.1} µs, {:.1} µs of a processor",
            micros(took.wall),
            micros(took.processor)
        );
    }
    let before = verification(&requests, cores);
    let (ran, peak) = check(folder.path(), &path);
    println!(
        "nameplate check: {:.2} s, {:.0} rows/s, {:.1} µs of a processor a row, {peak} KiB at the most",
        ran.wall.as_secs_f64(),
        f64::from(rows) / ran.wall.as_secs_f64(),
        micros(ran.processor / rows)
    );
    // The machine's speed drifts: before and after.
    let after = verification(&requests, cores);
    let share = |before: Duration, after: Duration, of: Duration| {
        micros(before + after) / 2.0 / micros(of / rows)
    };
    // The first is what an operator sees and suffers from whatever else runs here; the second does not.
    println!(
        "share of rows × verification ÷ cores: {:.2}; of the processors' time: {:.2}",
        share(before.wall, after.wall, ran.wall) / cores as f64,
        share(before.processor, after.processor, ran.processor)
    );
    let plain = plain_loop(&path) / rows;
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

/// Time by the clock and time on processors.
struct Took {
    wall: Duration,
    processor: Duration,
}

/// Time on processors so far, of a process; in steps of 10 ms. `None` where it has ended.
fn processor(stat: &str) -> Option<Duration> {
    let text = fs::read_to_string(stat).ok()?;
    // The second field, a name in parentheses, may hold blanks.
    let (_, fields) = text.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks()? + ticks()?)))
}

/// The time of one verification, everything else prepared, on so many cores at once.
fn verification(requests: &[Vec<u8>], at_once: usize) -> Took {
    let parsed: Vec<_> = requests
        .iter()
        .map(|der| X509CertificationRequest::from_der(der).unwrap().1)
        .collect();
    let all = || {
        for request in &parsed {
            let info = &request.certification_request_info;
            let key = &info.subject_pki.subject_public_key.data;
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
                .verify(info.raw, &request.signature_value.data)
                .unwrap();
        }
    };
    let before = processor("/proc/self/stat").unwrap();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(all);
        }
    });
    let wall = begun.elapsed();
    let processor = processor("/proc/self/stat").unwrap().saturating_sub(before);
    let count = u32::try_from(parsed.len()).unwrap();
    Took {
        wall: wall / count,
        processor: processor / count / u32::try_from(at_once).unwrap(),
    }
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
fn check(home: &Path, path: &Path) -> (Took, u64) {
    // Builds the program where it is stale, which is not what is measured.
    let mut command = nameplate(home);
    let begun = Instant::now();
    let child = start(command.arg("check").arg("--strict").arg(path));
    let folder = format!("/proc/{}", child.id());
    let looking = std::thread::spawn(move || {
        let (mut peak, mut time) = (0, Duration::ZERO);
        while let Some(now) = processor(&format!("{folder}/stat")) {
            time = time.max(now);
            let status = fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
            let line = status.lines().find(|line| line.starts_with("VmHWM:"));
            let kib = line.and_then(|line| line.split_whitespace().nth(1));
            peak = peak.max(kib.and_then(|kib| kib.parse().ok()).unwrap_or(0));
            std::thread::sleep(Duration::from_millis(5));
        }
        (peak, time)
    });
    let _ = finish(child).expect(0).says("0 errors, 0 warnings");
    let wall = begun.elapsed();
    let (peak, processor) = looking.join().unwrap();
    (Took { wall, processor }, peak)
}
