//! Requests that OpenSSL made, in files that Python's csv module wrote; OpenSSL judges what was changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nameplate_tests::programs::run;
use nameplate_tests::random::Random;

use super::{findings, places, python};

const WRITE: &str = r#"
import csv, pathlib, sys
out, folder = sys.argv[1:]
with open(out, "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file)
    writer.writerow(["device_name", "subject.common_name", "subject.organization_unit", "san.dns_name", "csr"])
    for path in sorted(pathlib.Path(folder).glob("*.pem")):
        name = path.stem
        writer.writerow([name, f"Gerät, \"{name}\"", "Linie 3", f"{name}.example.com", path.read_text()])
"#;

/// Makes a request of this kind for the row that [`WRITE`] writes.
fn request(folder: &Path, name: &str, kind: &[&str], more: &[&str]) -> PathBuf {
    let path = folder.join(format!("{name}.pem"));
    let subject = format!("/CN=Gerät, \"{name}\"/OU=Linie 3");
    let _ = run(Command::new("openssl")
        .args(["req", "-new", "-nodes", "-utf8", "-newkey"])
        .args(kind)
        .args(["-keyout", "/dev/null", "-subj", &subject, "-addext"])
        .arg(format!("subjectAltName=DNS:{name}.example.com"))
        .args(more)
        .arg("-out")
        .arg(&path))
    .expect(0);
    path
}

const P256: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

#[test]
fn good_requests_of_every_kind_are_clean() {
    let folder = tempfile::tempdir().unwrap();
    let curve = |name: &str| format!("ec_paramgen_curve:{name}");
    for (at, name) in ["P-256", "P-384", "P-521"].iter().enumerate() {
        for hash in ["-sha256", "-sha384", "-sha512"] {
            let name = &curve(name);
            let _ = request(
                folder.path(),
                &format!("ec-{at}{hash}"),
                &["ec", "-pkeyopt", name],
                &[hash],
            );
        }
    }
    for hash in ["-sha256", "-sha384", "-sha512"] {
        let _ = request(folder.path(), &format!("rsa{hash}"), &["rsa:2048"], &[hash]);
    }
    let _ = request(folder.path(), "ed", &["ed25519"], &[]);
    let out = folder.path().join("out.csv");
    python(WRITE, &[&out, folder.path()]);
    let (found, summary) = findings(&out, &["--strict"], 0);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(summary["rows"], 13);
}

#[test]
fn weak_requests_are_refused_although_openssl_takes_them() {
    let folder = tempfile::tempdir().unwrap();
    for (name, kind, more, code) in [
        ("a", P256, &["-sha1"][..], "csr-algorithm"),
        ("b", &["rsa:1024"][..], &[][..], "csr-key"),
        ("c", &["rsa:2048"][..], &["-sha1"][..], "csr-algorithm"),
        (
            "d",
            &["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"][..],
            &[][..],
            "csr-key",
        ),
        (
            "e",
            &["rsa:2048"][..],
            &["-sigopt", "rsa_padding_mode:pss"][..],
            "csr-algorithm",
        ),
        ("f", P256, &["-newhdr"][..], "csr-new-label"),
        ("g", &["ed448"][..], &[][..], "csr-key"),
    ] {
        let folder = folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        let pem = request(&folder, name, kind, more);
        assert!(openssl_accepts(&pem), "{name}");
        let out = folder.join("out.csv");
        python(WRITE, &[&out, &folder]);
        let exit = i32::from(code != "csr-new-label");
        let found = places(&findings(&out, &[], exit).0);
        assert_eq!(found, [(code.to_owned(), Some(2))]);
    }
}

fn openssl_accepts(pem: &Path) -> bool {
    let ran = run(Command::new("openssl")
        .args(["req", "-verify", "-noout", "-in"])
        .arg(pem));
    // Older versions end with 0 whatever the signature is.
    ran.code == Some(0) && format!("{}{}", ran.stdout, ran.stderr).contains("verify OK")
}

/// Puts each DER file of a folder into PEM, as OpenSSL would, whatever it holds.
const PEM: &str = r#"
import base64, pathlib, sys
for path in pathlib.Path(sys.argv[1]).glob("*.der"):
    body = base64.encodebytes(path.read_bytes()).decode()
    text = f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n"
    path.with_suffix(".pem").write_text(text)
"#;

/// One changed bit, wherever it is: the two judges agree, row by row.
#[test]
fn changed_requests_are_judged_as_openssl_judges_them() {
    let folder = tempfile::tempdir().unwrap();
    let pem = request(folder.path(), "board", P256, &[]);
    let der = folder.path().join("board.der");
    let _ = run(Command::new("openssl")
        .args(["req", "-outform", "DER", "-in"])
        .arg(&pem)
        .arg("-out")
        .arg(&der))
    .expect(0);
    fs::remove_file(&pem).unwrap();
    let der = fs::read(der).unwrap();
    let mutants = folder.path().join("mutants");
    fs::create_dir(&mutants).unwrap();
    let mut random = Random::new(4);
    let mut paths = Vec::new();
    for at in 0..der.len() {
        let mut changed = der.clone();
        // A few are left as they are, so that both answers occur.
        if at % 16 != 0 {
            changed[at] ^= 1 << random.below(8);
        }
        let path = mutants.join(format!("{at:04}.der"));
        fs::write(&path, changed).unwrap();
        paths.push(path.with_extension("pem"));
    }
    python(PEM, &[&mutants]);
    let out = folder.path().join("out.csv");
    let written = WRITE
        .replace("{name}", "board")
        .replace("name = path.stem", "name = 'board'");
    python(&written, &[&out, &mutants]);
    let (found, _) = findings(&out, &[], 1);
    let text = fs::read_to_string(&out).unwrap();
    let begins: Vec<_> = (1_u64..)
        .zip(text.lines())
        .filter(|(_, line)| line.starts_with("board,"))
        .map(|(line, _)| line)
        .collect();
    assert_eq!(begins.len(), paths.len());
    // The line of a finding may be inside of the row.
    let of_request = [
        "csr-unreadable",
        "csr-signature",
        "csr-key",
        "csr-algorithm",
        "der-trailing",
    ];
    let refused: std::collections::BTreeSet<_> = found
        .iter()
        .filter(|finding| of_request.contains(&finding["code"].as_str().unwrap()))
        .map(|finding| {
            let line = finding["line"].as_u64().unwrap();
            begins.partition_point(|begin| *begin <= line) - 1
        })
        .collect();
    let mut accepted = 0;
    for (at, path) in paths.iter().enumerate() {
        let judge = openssl_accepts(path);
        accepted += usize::from(judge);
        assert_eq!(!refused.contains(&at), judge, "byte {at}");
    }
    assert!(
        accepted >= der.len() / 16 && accepted < der.len() / 2,
        "{accepted}"
    );
}
