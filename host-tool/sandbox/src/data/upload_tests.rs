#![allow(clippy::unwrap_used, clippy::panic)]
use std::io::Write;

use super::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

type Made = ZipWriter<File>;

fn unpacked(naming: ZipNames, make: impl FnOnce(&mut Made)) -> Result<(Held, String), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut zip = ZipWriter::new(File::create(path("a.zip")).unwrap());
    make(&mut zip);
    zip.finish().unwrap();
    let result = unpack(&path("a.zip"), &path("a.csv"), &path("b.csv"), naming);
    let files = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    names.retain(|name| !["a.zip", "a.csv", "b.csv"].contains(&name.to_str().unwrap()));
    assert!(names.is_empty(), "{names:?}");
    match result {
        Ok(held) => {
            let file = if held == Held::Csv { "a.csv" } else { "b.csv" };
            Ok((held, std::fs::read_to_string(path(file)).unwrap()))
        }
        Err(Fault::File(text)) => Err(text),
        Err(Fault::Read(error)) => panic!("{error}"),
    }
}

fn unpack_files(naming: ZipNames, files: &[(&str, &str)]) -> Result<(Held, String), String> {
    unpacked(naming, |zip| {
        for (name, contents) in files {
            add(zip, name, contents.as_bytes());
        }
    })
}

fn add(zip: &mut Made, name: &str, contents: &[u8]) {
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(contents).unwrap();
}

fn refused(files: &[(&str, &str)]) -> String {
    unpack_files(ZipNames::FileName, files).unwrap_err()
}

fn request(common_name: &str) -> String {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, common_name);
    let key = KeyPair::generate().unwrap();
    parameters.serialize_request(&key).unwrap().pem().unwrap()
}

#[test]
fn one_csv_is_unpacked() {
    let (held, text) = unpack_files(ZipNames::FileName, &[("data.CSV", "a,b\n")]).unwrap();
    assert_eq!((held, text.as_str()), (Held::Csv, "a,b\n"));
}

#[test]
fn requests_become_rows_under_either_name() {
    let pem = request("the common name");
    let files = [("a.b.csr", pem.as_str()), ("c.PEM", "no request")];
    for (naming, first) in [
        (ZipNames::FileName, "a.b"),
        (ZipNames::CommonName, "the common name"),
    ] {
        let (held, text) = unpack_files(naming, &files).unwrap();
        assert_eq!(held, Held::Requests);
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
        assert_eq!(rows[0], [first, &pem][..]);
        assert_eq!(rows[1], ["c", "no request"][..]);
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in [
        "../a.csr",
        "/etc/a.csr",
        "b/a.csr",
        "b\\a.csr",
        "c:a.csr",
        ".csr",
        "..csr",
        "a\u{7}.csr",
    ] {
        let text = refused(&[(name, "x")]);
        assert!(text.contains("not a plain name"), "{name}: {text}");
    }
    let text = unpacked(ZipNames::FileName, |zip| {
        zip.add_directory("a.csr", SimpleFileOptions::default())
            .unwrap();
    });
    assert!(text.unwrap_err().contains("not a plain"));
    let text = unpacked(ZipNames::FileName, |zip| {
        zip.add_symlink("a.csr", "/etc/passwd", SimpleFileOptions::default())
            .unwrap();
    });
    assert!(text.unwrap_err().contains("not a plain file"));
}

#[test]
fn what_is_neither_one_csv_nor_requests_is_refused() {
    for (files, words) in [
        (&[][..], "no entry"),
        (&[("a.csv", ""), ("b.csv", "")], "2 entries"),
        (&[("a.csv", ""), ("b.csr", "")], "2 entries"),
        (&[("a.csr", ""), ("b.txt", "")], "b.txt"),
        (&[("a.csr", ""), ("A.CSR", "")], "the name"),
    ] {
        let text = refused(files);
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    let long = "x".repeat(csr::LONGEST + 1);
    assert!(refused(&[("a.csr", &long)]).contains("more than 65536 bytes"));
    // A thousand to one.
    let zeros = vec![b'0'; 4 * 1024 * 1024];
    let text = unpacked(ZipNames::FileName, |zip| add(zip, "a.csv", &zeros));
    assert!(text.unwrap_err().contains("more than 1048576 bytes"));
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    let mut zip = ZipWriter::new(File::create(&path).unwrap());
    add(&mut zip, "a.csr", b"x");
    add(&mut zip, "b.csr", b"y");
    zip.finish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let text: Vec<u8> = bytes
        .iter()
        .map(|b| if *b == b'b' { b'a' } else { *b })
        .collect();
    std::fs::write(&path, text).unwrap();
    let target = folder.path().join("x");
    match unpack(&path, &target, &target, ZipNames::FileName) {
        Err(Fault::File(text)) => assert!(text.contains("same name"), "{text}"),
        other => panic!("{:?}", other.map_err(|_| ())),
    }
    assert!(!target.exists());
}

#[test]
fn what_is_no_zip_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "PK\u{3}\u{4}hello").unwrap();
    let target = file.path().with_extension("csv");
    assert!(matches!(
        unpack(file.path(), &target, &target, ZipNames::FileName),
        Err(Fault::File(_))
    ));
}
