//! The 200 MB limit: held, without holding 200 MB.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nameplate_sandbox::DEFAULT_DATA_LIMIT;

use super::bench::{BOUNDARY, Bench, JOBS, form};

/// So many bytes of one letter, counted as they are taken.
struct Letters {
    left: u64,
    taken: Arc<AtomicU64>,
}

impl Read for Letters {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = usize::try_from(self.left).unwrap().min(buffer.len());
        buffer[..length].fill(b'x');
        self.left -= length as u64;
        self.taken.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// A whole good request around a file of so many bytes.
fn body(bench: &Bench, length: u64) -> (impl Read + 'static, u64, Arc<AtomicU64>) {
    let mut parts = bench.parts("");
    let file = parts.pop().unwrap();
    let mut head = form(&parts);
    head.truncate(head.len() - format!("--{BOUNDARY}--\r\n").len());
    head.extend(format!("--{BOUNDARY}\r\n{}\r\n\r\n", file.head).bytes());
    let tail = format!("\r\n--{BOUNDARY}--\r\n").into_bytes();
    let taken = Arc::new(AtomicU64::new(0));
    let total = head.len() as u64 + length + tail.len() as u64;
    let letters = Letters {
        left: length,
        taken: Arc::clone(&taken),
    };
    let body = io::Cursor::new(head)
        .chain(letters)
        .chain(io::Cursor::new(tail));
    (body, total, taken)
}

fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let kilobytes = line.split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() * 1024
}

fn send(bench: &Bench, length: u64, expect: bool) -> (super::bench::Answer, u64) {
    let path = format!("{JOBS}?job_type=device_registration");
    let (body, total, taken) = body(bench, length);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let total = total.to_string();
    let mut headers = vec![("content-type", &*kind), ("content-length", &*total)];
    if expect {
        headers.push(("expect", "100-continue"));
    }
    let answer = bench
        .try_stream("POST", &path, Some(bench.key()), &headers, body)
        .unwrap();
    (answer, taken.load(Ordering::Relaxed))
}

#[test]
fn the_limit_and_one_byte_more() {
    let bench = Bench::new();
    // Exactly the limit is received whole; it is no CSV, and that is what is said of it.
    let (answer, _) = send(&bench, DEFAULT_DATA_LIMIT, false);
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.error().1.contains("longer than"));
    let (answer, taken) = send(&bench, DEFAULT_DATA_LIMIT + 1, false);
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert!(answer.error().1.starts_with("data: "));
    assert_eq!(taken, DEFAULT_DATA_LIMIT + 1);
    // Other tests run in this process at the same time, so the bound is generous; a file held in
    // memory, even once, would break it.
    let peak = peak_memory();
    println!(
        "peak memory of the whole test process: {} MB",
        peak / 1_000_000
    );
    assert!(peak < DEFAULT_DATA_LIMIT, "{peak}");
    let left = std::fs::read_dir(bench.dir.path().join("incoming")).unwrap();
    assert_eq!(left.count(), 0);
}

#[test]
fn a_client_that_asks_first_sends_nothing() {
    let bench = Bench::new();
    let (answer, taken) = send(&bench, 2 * DEFAULT_DATA_LIMIT, true);
    assert_eq!(answer.status, 413);
    assert_eq!(taken, 0);
    let seen = bench.running().requests();
    assert!(seen.iter().all(|seen| seen.expect_continue));
}

#[test]
fn a_client_that_goes_away_makes_no_job() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the cable was pulled"))
        }
    }
    let bench = Bench::new();
    let parts = bench.parts(&super::bench::csv_of(&["dev-1"]));
    let mut start = form(&parts);
    start.truncate(start.len() - 100);
    let path = format!("{JOBS}?job_type=device_registration");
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [("content-type", &*kind), ("content-length", "100000")];
    let body = io::Cursor::new(start).chain(Broken);
    assert!(
        bench
            .try_stream("POST", &path, Some(bench.key()), &headers, body)
            .is_err()
    );
    while bench.running().requests().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(bench.get(JOBS).json()["total"], 0);
}
