//! The greatest upload needs no more memory than the smallest. A file of its own, because the peak
//! is the process's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of a test fail it by panicking"
)]

use nameplate::service::{BatchService, DataFile, JobData, MAX_DATA_FILE, NewJob};

#[path = "common/service_double.rs"]
mod service_double;
use service_double::Double;

/// Greatest growth of the peak, in KiB.
const MOST_KIB: u64 = 40 * 1024;

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn two_hundred_megabytes_are_sent_in_little_memory() {
    let double = Double::start(|talk, head| {
        talk.say("HTTP/1.1 100 Continue\r\n\r\n");
        assert!(talk.skip(head.length()));
        talk.answer(200, &[], "{\"id\":\"job-1\"}");
    });
    let path = double.folder().join("batch.csv");
    std::fs::File::create(&path)
        .unwrap()
        .set_len(MAX_DATA_FILE)
        .unwrap();
    let data = DataFile::look_at(&path).unwrap();
    let before = peak_kib();
    let id = double
        .client()
        .create_job(
            &NewJob::client_keys("line-3"),
            JobData::File(&data),
            &|_, _| {},
        )
        .unwrap();
    let growth = peak_kib() - before;
    assert_eq!(id.as_str(), "job-1");
    assert!(double.heads()[0].length() > MAX_DATA_FILE);
    println!("peak memory grew by {growth} KiB");
    assert!(growth < MOST_KIB, "peak memory grew by {growth} KiB");
}
