//! OpenSSL as the judge of the DER: it verifies the signature, and shows what was asked for.
//!
//! A machine without `openssl` fails these tests: they are not skipped.

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::{full, public_key, small, try_write};
use nameplate_csr::{AltName, Attribute, Request};

/// Runs `openssl` with `input` on standard input, and gives its standard output and standard error together.
#[allow(clippy::panic, clippy::unwrap_used, reason = "a test's helper")]
fn openssl(arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("these tests need the program `openssl`: {error}"));
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "openssl {arguments:?}: {text}");
    text
}

fn request_text(der: &[u8]) -> String {
    let arguments = [
        "req",
        "-inform",
        "DER",
        "-verify",
        "-noout",
        "-text",
        "-nameopt",
        "utf8,sep_multiline,sname",
    ];
    openssl(&arguments, der)
}

/// Whether `lines` stand in `text` in this order, other lines between them.
#[track_caller]
fn assert_lines(text: &str, lines: &[&str]) {
    let mut found = text.lines().map(str::trim);
    for line in lines {
        assert!(
            found.any(|candidate| candidate == *line),
            "no line {line:?} at its place in:\n{text}"
        );
    }
}

#[test]
fn the_full_request_verifies_and_shows_all_that_was_asked() {
    let der = try_write(&full(&public_key())).unwrap();
    let text = request_text(&der);
    assert!(text.contains("self-signature verify OK"), "{text}");
    let lines = [
        "Version: 1 (0x0)",
        "Subject:",
        "C=DE",
        "ST=Baden-Württemberg",
        "L=Tübingen",
        "O=Example Geräte GmbH",
        "OU=Line 3",
        "OU=検査",
        "OU=Revision C",
        "CN=board-17 🦀",
        "serialNumber=02:00:5E:10:00:11",
        "Public Key Algorithm: id-ecPublicKey",
        "ASN1 OID: prime256v1",
        "Requested Extensions:",
        "X509v3 Basic Constraints: critical",
        "CA:FALSE",
        "X509v3 Key Usage: critical",
        "Digital Signature",
        "X509v3 Extended Key Usage:",
        "TLS Web Server Authentication, TLS Web Client Authentication, Code Signing, E-mail Protection, Time Stamping, 1.3.6.1.4.1.99999.8.1",
        "X509v3 Subject Alternative Name:",
        "Signature Algorithm: ecdsa-with-SHA256",
    ];
    assert_lines(&text, &lines);
    for name in [
        "DNS:board-17.devices.example.com, ",
        "URI:urn:dev:mac:02005efffe100011, ",
        "IP Address:192.0.2.17, ",
        "IP Address:2001:DB8:0:0:0:0:0:11, ",
        "othername:",
    ] {
        assert!(text.contains(name), "no {name:?} in:\n{text}");
    }
}

#[test]
fn a_request_without_extensions_keeps_its_empty_attributes() {
    let der = try_write(&small(&public_key())).unwrap();
    let text = request_text(&der);
    assert!(text.contains("self-signature verify OK"), "{text}");
    assert_lines(&text, &["CN=board-17", "Attributes:", "(none)"]);
    let structure = openssl(&["asn1parse", "-inform", "DER"], &der);
    assert!(structure.contains("l=   0 cons: cont [ 0 ]"), "{structure}");
}

#[test]
fn names_without_a_subject_are_critical() {
    let key = public_key();
    for (subject, heading) in [
        (&[][..], "X509v3 Subject Alternative Name: critical"),
        (
            &[Attribute::CommonName("a")][..],
            "X509v3 Subject Alternative Name:",
        ),
    ] {
        let request = Request {
            subject,
            san: &[AltName::Dns("a.example")],
            ..small(&key)
        };
        let text = request_text(&try_write(&request).unwrap());
        assert!(text.contains("self-signature verify OK"), "{text}");
        assert_lines(&text, &[heading, "DNS:a.example"]);
    }
}

/// The tree of the full request, element by element, without offsets: depth, header length, length, type, value.
#[test]
fn the_structure_of_the_full_request_is_as_the_standards_say() {
    let der = try_write(&full(&public_key())).unwrap();
    let text = openssl(&["asn1parse", "-inform", "DER"], &der);
    let tree: String = text
        .lines()
        .filter_map(|line| line.split_once("d="))
        .map(|(_, rest)| rest.trim_end().to_owned() + "\n")
        .collect();
    assert_eq!(tree, include_str!("golden/full.asn1parse"));
}

/// What asn1parse does not open by itself: the names within their OCTET STRING.
#[test]
fn the_structure_of_the_names_is_as_the_standards_say() {
    let der = try_write(&full(&public_key())).unwrap();
    let text = openssl(&["asn1parse", "-inform", "DER"], &der);
    let mut lines = text.lines();
    assert!(lines.any(|line| line.ends_with(":X509v3 Subject Alternative Name")));
    let offset = lines.next().unwrap().split(':').next().unwrap().trim();
    let arguments = ["asn1parse", "-inform", "DER", "-strparse", offset];
    let text = openssl(&arguments, &der);
    let elements: Vec<String> = text
        .lines()
        .filter_map(|line| line.split_once("l= "))
        .map(|(_, rest)| rest.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let expected = [
        "120 cons: SEQUENCE",
        "28 prim: cont [ 2 ]",
        "28 prim: cont [ 6 ]",
        "4 prim: cont [ 7 ]",
        "16 prim: cont [ 7 ]",
        "34 cons: cont [ 0 ]",
        "8 prim: OBJECT :1.3.6.1.5.5.7.8.4",
        "22 cons: cont [ 0 ]",
        "20 cons: SEQUENCE",
        "10 prim: OBJECT :1.3.6.1.4.1.99999.7.1",
        "6 prim: OCTET STRING [HEX DUMP]:02005E100011",
    ];
    assert_eq!(elements, expected);
}
