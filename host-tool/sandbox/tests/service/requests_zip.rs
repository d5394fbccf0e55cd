//! A ZIP of certificate requests: one job, and devices named by either reading; hostile ones are refused.

use std::io::Write;

use nameplate_sandbox::{Switches, Validate, ZipNames};
use zip::write::SimpleFileOptions;

use super::bench::{Bench, Part, csr};

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, contents) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(contents.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn parts(bench: &Bench, zip: &[u8]) -> Vec<Part> {
    let mut parts = bench.parts("");
    parts.retain(|part| !part.is("data"));
    parts.push(Part::file("data", "requests.zip", zip));
    parts
}

fn bench(zip_names: ZipNames, validate: Validate) -> Bench {
    Bench::with(Switches {
        zip_names,
        validate,
        // Neither is asked of what has no columns and no cells.
        required_columns: vec!["san.dns_name".into()],
        csr_form: nameplate_sandbox::CsrForm::Lines,
        ..Switches::default()
    })
}

#[test]
fn each_request_becomes_a_certificate_under_either_name() {
    let (good, other) = (csr("cn-1"), csr("cn-2"));
    let files = [
        ("a.csr", &*good),
        ("b.pem", &other),
        ("c.csr", "no request"),
    ];
    for (naming, names) in [
        (ZipNames::FileName, ["a", "b", "c"]),
        (ZipNames::CommonName, ["cn-1", "cn-2", "c"]),
    ] {
        for validate in [Validate::Upload, Validate::Processing] {
            let bench = bench(naming, validate);
            let id = bench.post(&parts(&bench, &zip(&files))).id();
            let report = bench.report(&id);
            assert_eq!(report.len(), files.len());
            for (at, row) in report.iter().enumerate() {
                assert_eq!(row["device_name"], names[at], "{row:?}");
                let status = if at < 2 { "SUCCESS" } else { "FAILED" };
                assert_eq!(row["status"], status, "{row:?}");
            }
            assert_eq!(report[1]["subject.common_name"], "cn-2");
            assert_eq!(bench.certificates(&id).len(), 2);
        }
    }
}

#[test]
fn two_devices_of_one_name_are_one() {
    let request = csr("same");
    let files = [("a.csr", &*request), ("b.csr", &csr("same"))];
    let bench = bench(ZipNames::CommonName, Validate::Upload);
    let id = bench.post(&parts(&bench, &zip(&files))).id();
    let report = bench.report(&id);
    assert_eq!(report[0]["status"], "SUCCESS");
    assert!(report[1]["message"].contains("already stands in row 1"));
}

#[test]
fn hostile_zips_are_refused() {
    let bench = bench(ZipNames::FileName, Validate::Upload);
    let long = "x".repeat(70_000);
    for (files, words) in [
        (&[][..], "no entry"),
        (&[("../a.csr", "x")], "not a plain name"),
        (&[("/a.csr", "x")], "not a plain name"),
        (&[("b/a.csr", "x")], "not a plain name"),
        (&[("a.csr", "x"), ("A.csr", "x")], "have the name"),
        (&[("a.csr", "x"), ("b.csv", "x")], "2 entries"),
        (&[("a.exe", "x")], "a.exe"),
        (&[("a.csr", &*long)], "more than"),
    ] {
        let (code, message) = bench.post(&parts(&bench, &zip(files))).error();
        assert_eq!(code, "invalid_request");
        assert!(message.contains(words), "{message}");
    }
}
