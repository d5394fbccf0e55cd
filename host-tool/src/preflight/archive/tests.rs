//! The directory and its entries, byte by byte. Hostile ZIPs as a whole are tested end to end, made by Python's zipfile.

use std::fs::File;
use std::io::{Read, Write};

use super::*;

fn zip() -> Vec<u8> {
    let mut zip = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, method) in [
        ("a.pem", ::zip::CompressionMethod::Stored),
        ("b.pem", ::zip::CompressionMethod::Deflated),
    ] {
        let options = ::zip::write::SimpleFileOptions::default().compression_method(method);
        zip.start_file(name, options).unwrap();
        zip.write_all(name.repeat(100).as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Every entry's name and contents, or the first fault.
fn read(bytes: &[u8]) -> std::io::Result<Vec<(String, String)>> {
    let file = file(bytes);
    let mut directory = Directory::open(&file, bytes.len() as u64)?;
    let ends = directory.begins;
    let mut all = Vec::new();
    while let Some(entry) = directory.next()? {
        let mut text = String::new();
        unpack(&file, &entry, ends)?.read_to_string(&mut text)?;
        all.push((entry.name.to_string(), text));
    }
    Ok(all)
}

#[test]
fn entries_are_read_whole() {
    let expected = ["a.pem", "b.pem"].map(|name| (name.to_owned(), name.repeat(100)));
    assert_eq!(read(&zip()).unwrap(), expected);
}

/// Every bit counts: a changed one is a fault, or lies in a field that says nothing of contents (times, versions, attributes).
#[test]
fn no_changed_bit_changes_what_is_read() {
    let good = zip();
    let expected = read(&good).unwrap();
    let mut borne = 0;
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut changed = good.clone();
            changed[at] ^= 1 << bit;
            if let Ok(all) = read(&changed) {
                borne += 1;
                assert_eq!(all, expected, "byte {at}, bit {bit}");
            }
        }
    }
    assert!(borne > 0 && borne < good.len() * 4, "{borne}");
}

#[test]
fn no_part_of_it_is_taken_for_the_whole() {
    let good = zip();
    for length in 0..good.len() {
        assert!(read(&good[..length]).is_err(), "{length}");
    }
}
