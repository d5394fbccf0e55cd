//! Batch files that somebody gives to `nameplate check`: CSV, a CSV in a ZIP, a ZIP of certificate requests.
//!
//! - It comes to an end, with findings that can be shown and that lie within the file, each counted.
//! - A CSV in which nothing is found is read by the crate `csv` as the same rows.

use std::io::{Cursor, Write as _};
use std::sync::atomic::AtomicBool;

use nameplate::preflight::{Finding, Keys, Kind, Options, Service, check};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::input::Input;
use crate::scratch;

/// Greatest finding, in characters: some sentence and a few quotes of 80.
const SHOWN: usize = 1000;

/// What it is held to, what is made of the rest, and the rest.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let how = input.byte();
    let options = Options {
        service: if how & 1 == 0 {
            Service::DeviceTrustManager
        } else {
            Service::IotTrustManager
        },
        keys: [None, Some(Keys::Client), Some(Keys::Server), None][usize::from(how >> 1 & 3)],
        ..Options::default()
    };
    let bytes = match how >> 3 & 7 {
        0..=3 => input.rest().to_vec(),
        4 => zipped(&mut input, true),
        5 => zipped(&mut input, false),
        kind => {
            let changes = input.below(4);
            let changes = input.take(5 * changes);
            let whole = zipped(&mut input, kind == 6);
            Input::new(changes).edited(&whole, 4)
        }
    };
    let ending = if bytes.starts_with(b"PK") {
        ".zip"
    } else {
        ".csv"
    };
    judge(&bytes, ending, &options);
}

/// A ZIP of the rest: one CSV, or requests with an empty line between them.
fn zipped(input: &mut Input<'_>, is_csv: bool) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let method = if input.flag() {
        CompressionMethod::Deflated
    } else {
        CompressionMethod::Stored
    };
    let options = SimpleFileOptions::default().compression_method(method);
    let rest = input.rest();
    if is_csv {
        zip.start_file("batch.csv", options).expect("a file");
        zip.write_all(rest).expect("room");
    } else {
        let text = String::from_utf8_lossy(rest);
        for (number, request) in text.split("\n\n").take(20).enumerate() {
            let name = format!("{number}.csr");
            zip.start_file(name, options).expect("a file");
            zip.write_all(request.as_bytes()).expect("room");
        }
    }
    zip.finish().expect("a ZIP").into_inner()
}

fn judge(bytes: &[u8], ending: &str, options: &Options) {
    let file = scratch::named(bytes, ending);
    let lines = bytes
        .iter()
        .filter(|byte| matches!(**byte, b'\n' | b'\r'))
        .count() as u64
        + 1;
    let mut findings = 0_u64;
    let stop = AtomicBool::new(false);
    let mut sink = |finding: &Finding| {
        findings += 1;
        let shown = &finding.what;
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        assert!(shown.chars().count() <= SHOWN, "{shown}");
        if finding.entry.is_none() {
            assert!(
                finding.line.is_none_or(|line| (1..=lines).contains(&line)),
                "{finding:?}"
            );
        }
        if let Some(column) = &finding.column {
            assert!(!column.name.chars().any(char::is_control) && column.number >= 1);
        }
    };
    let summary = check(file.path(), options, &stop, &mut sink).expect("a file that is there");
    assert_eq!(summary.bytes, bytes.len() as u64);
    let counted: u64 = summary.tally.counts().map(|(_, count)| count).sum();
    assert!(findings <= counted);
    if summary.kind == Kind::Csv {
        // Records may also run together on one line; that is a finding.
        if counted == 0 {
            assert!(summary.rows <= lines);
            same_rows(bytes, summary.rows);
        }
    }
}

fn same_rows(bytes: &[u8], rows: u64) {
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let records: Result<Vec<_>, _> = reader.byte_records().collect();
    let records = records.expect("a CSV without a fault");
    assert_eq!(records.len() as u64, rows);
}
