//! Small ZIPs and lists, good and bad. What the sandbox hands out is tested end to end.

use std::io::Write;

use base64ct::{Base64, Encoding};

use super::*;

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = ::zip::write::SimpleFileOptions::default();
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A certificate and its key, PEM.
fn device(name: &str) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    let certificate = parameters.self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

/// What comes of it, and the names in the folder; nothing is there after an error.
fn unpacked(bytes: &[u8], keys: bool) -> Result<(Unpacked, Vec<String>), String> {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("out");
    let names = |path: &Path| {
        let entries = std::fs::read_dir(path).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort_unstable();
        names
    };
    match unpack(&file(bytes), keys, &folder) {
        Ok(unpacked) => {
            assert_eq!(names(home.path()), ["out"]);
            Ok((unpacked, names(&folder)))
        }
        Err(error) => {
            assert!(names(home.path()).is_empty(), "{error} left something");
            Err(format!("{error}: {:?}", std::error::Error::source(&error)))
        }
    }
}

#[test]
fn keys_are_held_against_their_certificates() {
    let (certificate, key) = device("a");
    let (other, other_key) = device("b");
    let good = zip_of(&[
        ("a.pem", certificate.as_bytes()),
        ("a.key", key.as_bytes()),
        ("b.key", other_key.as_bytes()),
        ("b.pem", (other.clone() + &certificate).as_bytes()),
    ]);
    let (all, names) = unpacked(&good, true).unwrap();
    assert_eq!((all.certificates, all.keys, all.matched), (2, 2, 2));
    assert!(all.faults.lines().is_empty(), "{:?}", all.faults);
    assert_eq!(names, ["a.key", "a.pem", "b.key", "b.pem"]);
    let bad = zip_of(&[
        ("a.pem", certificate.as_bytes()),
        ("a.key", other_key.as_bytes()),
        ("b.pem", other.as_bytes()),
        ("c.key", key.as_bytes()),
        ("d.pem", b"hello"),
    ]);
    let (all, _) = unpacked(&bad, true).unwrap();
    let lines = all.faults.lines().join("\n");
    for words in [
        "a: the private key does not belong",
        "b: a certificate without",
        "c: a private key without",
        "d.pem: it is neither",
    ] {
        assert!(lines.contains(words), "{lines}");
    }
    assert_eq!(all.matched, 0);
}

#[test]
fn certificates_alone_are_whole_where_devices_made_their_keys() {
    let (certificate, _) = device("a");
    let der = pem::parse(&certificate).unwrap().into_contents();
    let zip = zip_of(&[("a.pem", certificate.as_bytes()), ("b.der", &der)]);
    let (all, _) = unpacked(&zip, false).unwrap();
    assert_eq!((all.certificates, all.keys), (2, 0));
    assert!(all.faults.lines().is_empty(), "{:?}", all.faults);
}

#[test]
fn a_hostile_zip_leaves_nothing() {
    let (pem, _) = device("a");
    let pem = pem.as_bytes();
    let zeros = vec![0; 300_000];
    let bomb: Vec<(String, Vec<u8>)> = (0..40)
        .map(|number| (format!("{number}.pem"), vec![0; 250_000]))
        .collect();
    let bomb: Vec<(&str, &[u8])> = bomb
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let names = |name: &'static str| zip_of(&[("a.pem", pem), (name, pem)]);
    for (zip, words) in [
        (zip_of(&[]), "no certificate in it"),
        (names("../a.pem"), "leads out"),
        (names("/a.pem"), "absolute"),
        (names("b/a.pem"), "folder"),
        (names("b\\a.pem"), "backslash"),
        (names("A.PEM"), "more than once"),
        (names("."), "can't be a file's name"),
        (names("b\nc.pem"), "can't be a file's name"),
        (zip_of(&[("a.pem", &zeros)]), "300000 bytes"),
        (zip_of(&bomb), "unpacks from"),
        (zip_of(&[("a.pem", b"hello")]), "no certificate in it"),
        (b"hello".to_vec(), "neither a ZIP nor"),
        (Vec::new(), "neither a ZIP nor"),
    ] {
        let error = unpacked(&zip, false).unwrap_err();
        assert!(error.contains(words), "{words}: {error}");
    }
    let good = zip_of(&[("a.pem", pem)]);
    for length in 0..good.len() {
        assert!(unpacked(&good[..length], false).is_err(), "{length}");
    }
}

#[test]
fn a_list_becomes_files_by_their_names() {
    let (a, key) = device("../a");
    let (b, _) = device("b");
    let der = pem::parse(&b).unwrap().into_contents();
    let list = serde_json::json!([
        {"certificate": a, "private_key": key},
        {"certificate": Base64::encode_string(&der), "common_name": "B"},
        {"certificate": b, "common_name": "b", "serial_number": "07", "more": [1]},
        {"certificate": b, "common_name": "b"},
    ]);
    let (all, names) = unpacked(list.to_string().as_bytes(), false).unwrap();
    assert_eq!(
        names,
        ["07.pem", "B.der", "_a.key", "_a.pem", "certificate-4.pem"]
    );
    assert_eq!((all.certificates, all.keys), (4, 1));
    for (text, words) in [
        ("[]", "no certificate in it"),
        ("{}", "not a JSON list"),
        ("[{\"certificate\": 7}]", "not a JSON list"),
        ("[{}]", "has no \"certificate\""),
        ("[{\"certificate\": \"?\"}]", "neither PEM nor base64"),
        ("[] []", "not a JSON list"),
    ] {
        let error = unpacked(text.as_bytes(), false).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
    let long = format!("[{{\"certificate\": \"{}\"}}]", "A".repeat(2_000_000));
    assert!(
        unpacked(long.as_bytes(), false)
            .unwrap_err()
            .contains("too long")
    );
}
