//! ZIPs that Python's zipfile made, honest and hostile.

use std::fs;
use std::path::Path;
use std::process::Command;

use nameplate_tests::programs::run;

use super::{findings, places, python};

const NAMES: &str = "subject.common_name\\na\\nb\\n";

/// A ZIP as the body of a Python script fills it; `z` is the file, `info(name)` an entry's head.
fn zip(folder: &Path, body: &str) -> std::path::PathBuf {
    let path = folder.join("a.zip");
    let script = format!(
        "import sys, zipfile, warnings\nwarnings.simplefilter('ignore')\nD = zipfile.ZIP_DEFLATED\ninfo = zipfile.ZipInfo\n\
         with zipfile.ZipFile(sys.argv[1], 'w', D) as z:\n    {}\n",
        body.replace('\n', "\n    ")
    );
    python(&script, &[&path]);
    path
}

#[test]
fn hostile_zips_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    for (body, code) in [
        ("pass", "zip-empty"),
        ("z.writestr('../a.csv', 'x')", "zip-path"),
        ("z.writestr(info('/etc/a.csv'), 'x')", "zip-path"),
        ("z.writestr('c:a.csv', 'x')", "zip-path"),
        ("z.writestr('b\\\\a.csv', 'x')", "zip-path"),
        ("z.writestr('b/../../a.csv', 'x')", "zip-path"),
        ("z.writestr('b/a.csv', 'x')", "zip-nested"),
        (
            "i = info('a.csv')\ni.create_system = 3\ni.external_attr = 0o120777 << 16\nz.writestr(i, '/etc/passwd')",
            "zip-special",
        ),
        (
            "z.writestr('a.pem', 'x')\nz.writestr('a.pem', 'y')",
            "zip-repeated-name",
        ),
        (
            "z.writestr('a.pem', 'x')\nz.writestr('A.PEM', 'y')",
            "zip-repeated-name",
        ),
        ("z.writestr('a.csv', b'\\0' * 50_000_000)", "zip-expansion"),
        ("z.writestr('a.csv', 'x', zipfile.ZIP_BZIP2)", "zip-method"),
        (
            "z.writestr('a.csv', 'x')\nz.writestr('b.csv', 'x')",
            "zip-contents",
        ),
        (
            "z.writestr('a.csv', 'x')\nz.writestr('b.pem', 'x')",
            "zip-contents",
        ),
        ("z.writestr('a.pem', 'x' * 70_000)", "zip-entry-too-large"),
    ] {
        let path = zip(folder.path(), body);
        let (found, _) = findings(&path, &[], 1);
        let codes: Vec<_> = places(&found).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [code], "{body} {found:?}");
        assert!(!found[0]["what"].as_str().unwrap().is_empty());
    }
    // Nothing but the ZIP itself was written.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn zips_that_lie_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = zip(
        folder.path(),
        &format!("z.writestr('a.csv', '{NAMES}' * 9)"),
    );
    let good = fs::read(&path).unwrap();
    let central = good
        .windows(4)
        .position(|bytes| bytes == b"PK\x01\x02")
        .unwrap();
    let end = good
        .windows(4)
        .position(|bytes| bytes == b"PK\x05\x06")
        .unwrap();
    let changed = |at: usize, with: &[u8]| {
        let mut bytes = good.clone();
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    };
    for (bytes, code) in [
        (changed(central + 24, &[1, 0, 0, 0]), "zip-lies"),
        (changed(central + 16, &[1, 2, 3, 4]), "zip-lies"),
        (changed(central + 8, &[1, 0]), "zip-encrypted"),
        (changed(30, b"b.csv"), "zip-lies"),
        (changed(0, b"PK\x07\x08"), "zip-lies"),
        (changed(central + 42, &[200, 0, 0, 0]), "zip-lies"),
        (changed(end + 10, &[2, 0]), "zip-damaged"),
        (changed(end + 16, &[1, 0, 0, 0]), "zip-damaged"),
        (good[..good.len() - 1].to_owned(), "zip-damaged"),
        (changed(35, &[0xFF; 8]), "zip-damaged"),
        ([&good[..], b"x"].concat(), "zip-damaged"),
    ] {
        fs::write(&path, bytes).unwrap();
        let (found, _) = findings(&path, &[], 1);
        let last = places(&found).pop().unwrap().0;
        assert_eq!(last, code, "{found:?}");
    }
}

#[test]
fn honest_zips_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for (method, body) in [
        ("deflate", format!("z.writestr('a.csv', '{NAMES}')")),
        (
            "stored",
            format!("z.writestr('a.csv', '{NAMES}', zipfile.ZIP_STORED)"),
        ),
        (
            "with a comment",
            format!("z.writestr('a.csv', '{NAMES}')\nz.comment = b'PK\\x05\\x06 hello'"),
        ),
        (
            "forced to 64 bits",
            format!("with z.open('a.csv', 'w', force_zip64=True) as f: f.write(b'{NAMES}')"),
        ),
    ] {
        let (found, summary) = findings(&zip(folder.path(), &body), &["--strict"], 0);
        assert!(found.is_empty(), "{method} {found:?}");
        assert_eq!(
            (&summary["kind"], &summary["rows"]),
            (&"csv-zip".into(), &2.into())
        );
    }
    // A fault is named with its line inside of the entry.
    let path = zip(
        folder.path(),
        &format!("z.writestr('names.csv', '{NAMES}c,d\\n')"),
    );
    let (found, _) = findings(&path, &[], 1);
    assert_eq!(
        (&found[0]["entry"], &found[0]["line"]),
        (&"names.csv".into(), &4.into())
    );
}

#[test]
fn requests_in_a_zip_are_verified_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        let _ = run(Command::new("openssl")
            .args([
                "req",
                "-new",
                "-nodes",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
            ])
            .args([
                "-keyout",
                "/dev/null",
                "-subj",
                &format!("/CN={name}"),
                "-out",
            ])
            .arg(folder.path().join(name)))
        .expect(0);
    }
    let pack = |body: &str| {
        let read = format!(
            "a, b = (open('{0}/' + n).read() for n in 'ab')\n{body}",
            folder.path().display()
        );
        zip(folder.path(), &read)
    };
    let good = pack("z.writestr('a.pem', a)\nz.writestr('b.csr', b)");
    let (found, summary) = findings(&good, &["--strict"], 0);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(
        (&summary["kind"], &summary["rows"]),
        (&"csr-zip".into(), &2.into())
    );
    let bad = pack(
        "z.writestr('1.pem', a)\nz.writestr('2.pem', b[:-90] + 'AAAA' + b[-86:])\nz.writestr('3.pem', a)\n\
         z.writestr('4.pem', a.replace('-----B', '------B'))\nz.writestr('5.pem', '')\nz.writestr('6.der', b'\\x30\\xff')",
    );
    let (found, _) = findings(&bad, &[], 1);
    let named: Vec<_> = found
        .iter()
        .map(|finding| {
            (
                finding["entry"].as_str().unwrap(),
                finding["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            ("2.pem", "csr-signature"),
            ("3.pem", "duplicate-key"),
            ("4.pem", "pem-marker"),
            ("5.pem", "value-missing"),
            ("6.der", "pem-marker"),
        ]
    );
}

#[test]
fn more_entries_than_16_bits_count_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = zip(
        folder.path(),
        "for i in range(66_000): z.writestr(f'{i}.pem', 'x', zipfile.ZIP_STORED)",
    );
    let (_, summary) = findings(&path, &[], 1);
    assert_eq!(
        (&summary["rows"], &summary["codes"]["pem-marker"]),
        (&66_000.into(), &66_000.into())
    );
}
