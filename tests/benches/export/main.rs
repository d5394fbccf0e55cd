//! How fast `nameplate export` writes a batch, and what it takes of memory; beside it, in the same run, plain copying of the same
//! bytes, and a plain loop of the crate `csv` that reads and writes them. And 500,000 names of `nameplate mac-sequence`.
//!
//! `NAMEPLATE_ROWS` says how many boards (default 40,000; 370,000 make about 200 MB). Each has a request and a key of its own, and
//! all go through the store's own writer. Other programs on the machine slow all of it down: the processors' time does not know them.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss
)]

mod boards;
mod run;

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::thread::available_parallelism;

use nameplate_tests::bench::private;
use nameplate_tests::programs::nameplate;

use run::{Took, watched, within};

/// How often the export is run.
const RUNS: usize = 3;
/// Names of one MAC sequence: as many as the service takes.
const NAMES: u32 = 500_000;

fn main() {
    let rows =
        std::env::var("NAMEPLATE_ROWS").map_or(40_000, |text| text.parse().expect("a number"));
    let cores = available_parallelism().map_or(1, usize::from);
    let home = tempfile::tempdir().unwrap();
    let batch = home.path().join("batch");
    boards::fill(&batch, rows, cores);
    private(&batch.join("bench.toml"), boards::SETTINGS);
    let stored = fs::metadata(batch.join("batch.db")).unwrap().len();
    println!("{rows} boards, a store of {stored} bytes, {cores} cores");
    // What was written to fill the store is not to be on its way to the disk while it is read.
    rustix::fs::sync();

    let file = home.path().join("batch.csv");
    let mut exports: Vec<_> = (0..RUNS).map(|_| exported(home.path(), &file)).collect();
    let bytes = fs::metadata(&file).unwrap().len();
    assert_eq!(lines(&file), rows + 1);
    for export in &exports {
        say("nameplate export", bytes, export);
        println!("  {} KiB at the most", export.peak_kib);
    }
    exports.sort_by_key(|export| export.wall);
    let export = exports.swap_remove(RUNS / 2);

    let copy = home.path().join("copy.csv");
    let copied = within(|| plain_copy(&file, &copy));
    say("copied, and on the disk", bytes, &copied);
    let written = within(|| plain_csv(&file, &copy));
    say("read and written by the crate csv", bytes, &written);
    assert_eq!(fs::metadata(&copy).unwrap().len(), bytes);
    println!(
        "export (the median) is at {:.2} of the crate csv's speed by the clock, {:.2} by the processors' time",
        written.wall.as_secs_f64() / export.wall.as_secs_f64(),
        written.processor.as_secs_f64() / export.processor.as_secs_f64()
    );

    let names = home.path().join("names.csv");
    let mut sequence = nameplate(home.path());
    sequence.args(["mac-sequence", "--start", "02:00:00:00:00:00"]);
    sequence.args(["--increment", "1", "--count", &NAMES.to_string()]);
    let sequence = watched(sequence.arg("--output").arg(&names));
    assert_eq!(lines(&names), NAMES as usize + 1);
    println!(
        "nameplate mac-sequence, {NAMES} names: {:.2} s, {:.2} s of a processor, {} KiB at the most",
        sequence.wall.as_secs_f64(),
        sequence.processor.as_secs_f64(),
        sequence.peak_kib
    );
}

/// The whole program, from its start to the file on the disk.
fn exported(home: &Path, file: &Path) -> Took {
    let _ = fs::remove_file(file);
    let mut export = nameplate(home);
    export.args(["export", "--format", "csv", "--batch"]);
    watched(export.arg(home.join("batch")).arg("--output").arg(file))
}

fn say(what: &str, bytes: u64, took: &Took) {
    let speed = |time: std::time::Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    println!(
        "{what}: {bytes} bytes, {:.2} s, {:.0} MB/s; {:.2} s of a processor, {:.0} MB/s",
        took.wall.as_secs_f64(),
        speed(took.wall),
        took.processor.as_secs_f64(),
        speed(took.processor)
    );
}

fn lines(path: &Path) -> usize {
    let text = fs::read(path).unwrap();
    text.split(|byte| *byte == b'\n').count() - 1
}

fn plain_copy(from: &Path, to: &Path) {
    // Not by the kernel's own copying, which may copy nothing at all.
    let mut from = BufReader::new(File::open(from).unwrap());
    let mut to = BufWriter::new(File::create(to).unwrap());
    std::io::copy(&mut from, &mut to).unwrap();
    to.flush().unwrap();
    to.get_ref().sync_all().unwrap();
}

fn plain_csv(from: &Path, to: &Path) {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(from)
        .unwrap();
    let file = File::create(to).unwrap();
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(&file);
    let mut row = csv::ByteRecord::new();
    while reader.read_byte_record(&mut row).unwrap() {
        writer.write_byte_record(&row).unwrap();
    }
    writer.flush().unwrap();
    drop(writer);
    file.sync_all().unwrap();
}
