//! Whole files, checked in this process: what is found where, and that nothing at all makes it panic.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use rcgen::{CertificateParams, DnType, KeyPair};

use super::*;

type Found = Vec<(&'static str, Option<u64>, Option<usize>)>;

fn check_as(name: &str, bytes: &[u8], options: &Options) -> (Found, Summary) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    check_file(&path, options)
}

fn check_file(path: &Path, options: &Options) -> (Found, Summary) {
    let mut found = Vec::new();
    let summary = check(path, options, &AtomicBool::new(false), &mut |finding| {
        let fit = |text: &str| !text.chars().any(char::is_control) && text.chars().count() < 700;
        assert!(fit(&finding.what), "{:?}", finding.what);
        assert!(!finding.what.is_empty());
        let column = finding.column.as_ref().map(|column| column.number);
        found.push((finding.code.word(), finding.line, column));
    });
    (found, summary.unwrap())
}

fn found(text: &str) -> Found {
    check_as("a.csv", text.as_bytes(), &Options::default()).0
}

fn codes(text: &str) -> Vec<&'static str> {
    found(text).into_iter().map(|(code, ..)| code).collect()
}

/// The cell of a request with this common name and host name, made once.
fn request(name: &str) -> String {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let mut parameters = CertificateParams::new(vec![format!("{name}.example.com")]).unwrap();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    let pem = parameters.serialize_request(&key).unwrap().pem().unwrap();
    pem.lines().collect()
}

/// Three devices without a fault.
fn good() -> &'static str {
    static GOOD: OnceLock<String> = OnceLock::new();
    GOOD.get_or_init(|| {
        let rows: Vec<_> = ["a", "b", "c"]
            .iter()
            .map(|name| {
                format!(
                    "\"{name}\",\"{name}\",\"{name}.example.com\",\"{}\"\n",
                    request(name)
                )
            })
            .collect();
        let header = "\"device_name\",\"subject.common_name\",\"san.dns_name\",\"csr\"\n";
        format!("{header}{}", rows.concat())
    })
}

#[test]
fn a_good_file_is_clean() {
    assert_eq!(found(good()), []);
    assert_eq!(found(&good().replace('\n', "\r\n")), []);
    let (_, summary) = check_as("a.csv", good().as_bytes(), &Options::default());
    assert_eq!(
        (summary.rows, summary.keys, summary.kind),
        (3, Some(Keys::Client), Kind::Csv)
    );
}

#[test]
fn headers() {
    for (header, expected) in [
        ("device_name,subject.common_name", &[][..]),
        (
            "subject.common_name,subject.organization_unit,subject.organization_unit",
            &[],
        ),
        (
            "subject.common_name,san.dns_name,san.dns_name",
            &["repeated-name-column"],
        ),
        (
            "subject.common_name,device_name,device_name",
            &["repeated-column"],
        ),
        ("subject.common_name,x", &["unknown-column"]),
        ("subject.common_name,device-name", &["misspelled-column"]),
        (
            "subject.comon_name,Device_Name",
            &["misspelled-column", "misspelled-column"],
        ),
        (
            "subject.common_name,CSR",
            &["misspelled-column", "csr-column-missing"],
        ),
        (
            "subject.common_name,unique_identifier",
            &["other-service-column"],
        ),
        (
            "subject.common_name, device_name",
            &["blanks-in-column-name"],
        ),
        ("subject.common_name,,device_name", &["column-name-empty"]),
        ("subject.common_name,device_name,", &["trailing-column"]),
        ("Example01,DigiCert", &["header-missing"]),
        ("subject.common_name;device_name", &["wrong-delimiter"]),
    ] {
        let columns = header.trim_end_matches(',').split(',').count();
        let row: Vec<_> = (0..columns).map(|column| format!("v{column}")).collect();
        let text = format!("{header}\n{}\n", row.join(","));
        assert_eq!(codes(&text), expected, "{header}");
    }
    assert_eq!(codes(""), ["file-empty"]);
    assert_eq!(codes("\n\n"), ["empty-row", "empty-row", "file-empty"]);
    assert_eq!(codes("subject.common_name\n"), ["no-rows"]);
    assert_eq!(
        codes("subject.common_name,\"device_name\n"),
        ["unclosed-quote"]
    );
}

#[test]
fn rows() {
    let names = "device_name,subject.common_name\n";
    for (rows, expected) in [
        (
            "a,a\nb,b,\nc,c\n",
            &[("trailing-column", Some(3), Some(3))][..],
        ),
        ("a,a\nb\n", &[("column-count", Some(3), None)]),
        ("a,a\nb,b,b\n", &[("column-count", Some(3), None)]),
        ("a,a\n,b\n", &[("value-missing", Some(3), Some(1))]),
        (
            "a,a\nb, \n",
            &[
                ("blanks-around-value", Some(3), Some(2)),
                ("value-missing", Some(3), Some(2)),
            ],
        ),
        ("a,a\na,b\n", &[("duplicate-device-name", Some(3), Some(1))]),
        ("a,a\nb,a\n", &[("same-common-name", Some(2), Some(2))]),
        (
            "a,a\nb,b\nc,a\n",
            &[("duplicate-common-name", Some(4), Some(2))],
        ),
        (
            "a,a\nb,a\nc,a\nd,d\ne,a\n",
            &[
                ("duplicate-common-name", Some(4), Some(2)),
                ("duplicate-common-name", Some(6), Some(2)),
            ],
        ),
        (
            "\"a\na\",a\nb,\"b\"c\n",
            &[
                ("text-after-quote", Some(4), Some(2)),
                ("control-character", Some(2), Some(1)),
            ][..],
        ),
    ] {
        let mut expected = expected.to_vec();
        let mut found = found(&format!("{names}{rows}"));
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{rows:?}");
    }
}

#[test]
fn bytes_that_are_no_text_have_their_place() {
    let (found, _) = check_as(
        "a.csv",
        b"subject.common_name\na\nM\xfcller\n",
        &Options::default(),
    );
    assert_eq!(found, [("encoding", Some(3), Some(1))]);
}

#[test]
fn macs_are_one_whatever_their_spelling() {
    let text = "subject.common_name,mac\na,00:1a:c2:00:00:01\nb,00-1A-C2-00-00-01\n";
    assert_eq!(
        found(text),
        [
            ("unknown-column", Some(1), Some(2)),
            ("duplicate-mac", Some(3), Some(2))
        ]
    );
}

#[test]
fn a_row_is_held_to_its_request() {
    let (name, request) = ("a", request("a"));
    let row = |cn: &str, dns: &str| {
        let text = format!("subject.common_name,san.dns_name,csr\n{cn},{dns},{request}\n");
        found(&text)
            .into_iter()
            .map(|(code, _, column)| (code, column))
            .collect::<Vec<_>>()
    };
    assert_eq!(row(name, "a.example.com"), []);
    assert_eq!(row(name, "A.Example.com"), []);
    assert_eq!(row("b", "a.example.com"), [("csr-mismatch", Some(1))]);
    assert_eq!(
        row("b", "b.example.com"),
        [("csr-mismatch", Some(1)), ("csr-mismatch", Some(2))]
    );
    assert_eq!(row(name, ""), [("empty-in-csv", Some(2))]);
    let more = format!("subject.common_name,subject.country,csr\na,DE,{request}\n");
    assert_eq!(codes(&more), ["not-in-csr"]);
}

#[test]
fn forms_of_the_cell_that_are_mixed_are_told_once() {
    let one = good();
    let mut lines: Vec<_> = one.lines().map(str::to_owned).collect();
    for line in lines.iter_mut().skip(2) {
        *line = line
            .replace("REQUEST-----M", "REQUEST-----\nM")
            .replace("-----END", "\n-----END");
    }
    assert_eq!(
        found(&lines.join("\n")),
        [("csr-forms-mixed", Some(3), None)]
    );
}

#[test]
fn the_name_and_the_size_of_the_file_count() {
    let (found, _) = check_as("a.txt", good().as_bytes(), &Options::default());
    assert_eq!(found, [("file-name", None, None)]);
    let (found, _) = check_as("a.zip", good().as_bytes(), &Options::default());
    assert_eq!(found, [("file-name", None, None)]);
    // A file of that size with nothing in it: one hole, and one value that is far too long.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "subject.common_name\na\n").unwrap();
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(200_000_001)
        .unwrap();
    let (found, _) = check_file(&path, &Options::default());
    assert_eq!(found[0], ("file-too-large", None, None));
    assert_eq!(found[1], ("cell-too-long", Some(3), Some(1)));
    assert_eq!(found.len(), 2);
}

#[test]
fn it_ends_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, good()).unwrap();
    let stopped = check(
        &path,
        &Options::default(),
        &AtomicBool::new(true),
        &mut |_| {},
    );
    assert!(matches!(stopped, Err(PreflightError::Interrupted)));
}

/// A ZIP with this in it, as the `zip` crate writes it.
fn zipped(name: &str, bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file(name, options).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_zip_is_read_as_what_is_in_it() {
    let zip = zipped("a.csv", good().as_bytes());
    let (found, summary) = check_as("a.zip", &zip, &Options::default());
    assert_eq!(
        (found, summary.kind, summary.rows),
        (vec![], Kind::CsvInZip, 3)
    );
    let (found, _) = check_as("a.csv", &zip, &Options::default());
    assert_eq!(found, [("file-name", None, None)]);
}

#[test]
fn what_stands_before_a_fault_of_the_zip_is_checked() {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for name in ["a.pem", "b.pem"] {
        zip.start_file(name, options).unwrap();
        zip.write_all(b"no request").unwrap();
    }
    let mut bytes = zip.finish().unwrap().into_inner();
    let last = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    bytes[last + 16] ^= 1;
    let (found, summary) = check_as("a.zip", &bytes, &Options::default());
    let codes: Vec<_> = found.into_iter().map(|(code, ..)| code).collect();
    assert_eq!((codes, summary.rows), (vec!["pem-marker", "zip-lies"], 1));

    // A CSV whose checksum is wrong: its rows are read all the same.
    let mut bytes = zipped("a.csv", b"subject.common_name\na,b\n");
    let last = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    bytes[last + 16] ^= 1;
    let (found, _) = check_as("a.zip", &bytes, &Options::default());
    let codes: Vec<_> = found.into_iter().map(|(code, ..)| code).collect();
    assert_eq!(codes, ["column-count", "zip-lies"]);
}

/// Bytes changed, taken out, put in and repeated.
fn damage(mut bytes: Vec<u8>, edits: &[(u8, prop::sample::Index, u8)]) -> Vec<u8> {
    for (kind, at, with) in edits {
        if bytes.is_empty() {
            break;
        }
        let at = at.index(bytes.len());
        match kind % 5 {
            0 => bytes[at] = *with,
            1 => bytes[at] ^= 1 << (with % 8),
            2 => drop(bytes.remove(at)),
            3 => bytes.insert(at, *with),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

fn edits() -> impl Strategy<Value = Vec<(u8, prop::sample::Index, u8)>> {
    let with = prop_oneof![any::<u8>(), prop::sample::select(&b"\",\n\r -\0\xff"[..])];
    prop::collection::vec((any::<u8>(), any::<prop::sample::Index>(), with), 1..5)
}

proptest! {
    #[test]
    fn any_bytes_are_borne(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = check_as("a.csv", &bytes, &Options::default());
        let _ = check_as("a.zip", &[&b"PK\x03\x04"[..], &bytes].concat(), &Options::default());
    }

    #[test]
    fn damaged_csvs_are_borne(edits in edits()) {
        let bytes = damage(good().as_bytes().to_vec(), &edits);
        let _ = check_as("a.csv", &bytes, &Options::default());
    }

    #[test]
    fn damaged_zips_are_borne(edits in edits()) {
        let zip = zipped("a.csv", b"subject.common_name\na\nb\n");
        let _ = check_as("a.zip", &damage(zip, &edits), &Options::default());
        let zip = zipped("a.pem", good().as_bytes());
        let _ = check_as("a.zip", &damage(zip, &edits), &Options::default());
    }

    #[test]
    fn a_changed_bit_of_a_request_s_base64_is_found(row in 1..4_usize, at in 0..150_usize) {
        let mut lines: Vec<_> = good().lines().map(str::to_owned).collect();
        let from = lines[row].find("MI").unwrap() + at;
        let other = if lines[row].as_bytes()[from] == b'Q' { "R" } else { "Q" };
        lines[row].replace_range(from..=from, other);
        let found = found(&lines.join("\n"));
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].1, Some(row as u64 + 1));
        prop_assert!(found[0].0.starts_with("csr-"), "{:?}", found);
    }
}
