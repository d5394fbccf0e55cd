//! The batch CSV before judges that we did not write: Python's `csv`, OpenSSL, and the sandbox at its strictest.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{self, collect_on_cables};
use nameplate_tests::programs::{Ran, run};
use nameplate_tests::service::Service;
use serde_json::{Value, json};

/// Columns with everything that a CSV must bear.
const SECTIONS: &str = r#"
[columns]
device_name = "{name}"
device_description = "Fühler, \"Typ C\"; 50 % – 温度 'x' \\ \"\""
"subject.common_name" = "{name}"
"subject.organization_name" = "Müller & Söhne, \"Werk 3\""
"subject.organization_unit" = ["Linie 3", "Prüfstand, 7"]
"subject.country" = "DE"
"subject.state" = "Baden-Württemberg"
"subject.serial_number" = "{mac_plain}"
"san.dns_name" = ["{name}.devices.example.com", "{mac_hyphens}.example.com"]
"san.uri" = "urn:dev:mac:{mac_plain}"
"san.ip_address" = "192.0.2.7"
"x.note" = "=1+1,\"\" ;|  two blanks  "
"x.number" = "42"
"x.empty" = ""

[request]
key_usage = ["digitalSignature", "keyAgreement"]
extended_key_usage = ["clientAuth", "1.3.6.1.4.1.99999.7"]
basic_constraints = true
"#;

const BOARDS: u16 = 3;

/// What the judge is to find.
fn expected(cell: &str) -> Value {
    let header = [
        "device_name",
        "device_description",
        "subject.common_name",
        "subject.organization_name",
        "subject.organization_unit",
        "subject.organization_unit",
        "subject.country",
        "subject.state",
        "subject.serial_number",
        "san.dns_name",
        "san.dns_name",
        "san.uri",
        "san.ip_address",
        "x.note",
        "x.number",
        "x.empty",
    ];
    let rows = numbers().map(|number| {
        let (name, mac) = (board::name(number), board::mac(number));
        let (plain, hyphens) = (mac.replace(':', ""), mac.replace(':', "-"));
        json!([
            name,
            "Fühler, \"Typ C\"; 50 % – 温度 'x' \\ \"\"",
            name,
            "Müller & Söhne, \"Werk 3\"",
            "Linie 3",
            "Prüfstand, 7",
            "DE",
            "Baden-Württemberg",
            plain,
            format!("{name}.devices.example.com"),
            format!("{hyphens}.example.com"),
            format!("urn:dev:mac:{plain}"),
            "192.0.2.7",
            "=1+1,\"\" ;|  two blanks  ",
            "42",
            "",
        ])
    });
    let subjects = numbers().map(|number| {
        json!([
            format!("commonName={}", board::name(number)),
            "organizationName=Müller & Söhne, \"Werk 3\"",
            "organizationalUnitName=Linie 3",
            "organizationalUnitName=Prüfstand, 7",
            "countryName=DE",
            "stateOrProvinceName=Baden-Württemberg",
            format!("serialNumber={}", board::mac(number).replace(':', "")),
        ])
    });
    let sans = numbers().map(|number| {
        let (name, mac) = (board::name(number), board::mac(number));
        json!([
            format!("DNS:{name}.devices.example.com"),
            format!("DNS:{}.example.com", mac.replace(':', "-")),
            format!("URI:urn:dev:mac:{}", mac.replace(':', "")),
            "IP Address:192.0.2.7",
        ])
    });
    json!({
        "cell": cell,
        "header": header,
        "rows": rows.collect::<Vec<_>>(),
        "subject": subjects.collect::<Vec<_>>(),
        "sans": sans.collect::<Vec<_>>(),
        "text": [
            "Digital Signature, Key Agreement",
            "TLS Web Client Authentication, 1.3.6.1.4.1.99999.7",
            "CA:FALSE",
            "Public Key Algorithm: id-ecPublicKey",
            "NIST CURVE: P-256",
            "Signature Algorithm: ecdsa-with-SHA256",
        ],
    })
}

fn numbers() -> impl Iterator<Item = u16> {
    1..=BOARDS
}

/// A batch of boards on cables, with this form of the cell.
fn collect(cell: &str) -> Bench {
    let bench = Bench::new();
    configure(&bench, cell, "");
    collect_on_cables(&bench, BOARDS);
    bench
}

fn configure(bench: &Bench, cell: &str, service: &str) {
    bench.configure_all(&format!(
        "[batch]\ncsr_cell = \"{cell}\"\n{SECTIONS}{service}"
    ));
}

fn export(bench: &Bench) -> PathBuf {
    let path = bench.home().join("out.csv");
    let _ = run(bench
        .nameplate("export")
        .args(["--force", "--output"])
        .arg(&path))
    .expect(0);
    path
}

/// The judge's word on a file.
fn judge(bench: &Bench, cell: &str, file: &Path) -> Ran {
    let expectations = bench.home().join("expected.json");
    fs::write(&expectations, expected(cell).to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/judge_csv.py");
    run(Command::new("python3")
        .arg(script)
        .arg(file)
        .arg(expectations))
}

/// Submits, and holds the file that was sent to the judge too; the sandbox takes this form of cell only, and no row whose
/// CSV differs from its request.
fn submit(bench: &Bench, cell: &str, form: &str) {
    let switches = ["--polls", "0", "--csr-form", form, "--mismatch", "refuse"];
    let service = Service::start(bench.home(), &switches);
    configure(bench, cell, &Bench::service_section(&service));
    let _ = run(&mut bench.nameplate("submit")).expect(0);
    let _ = run(bench.nameplate("status").arg("--wait")).expect(0);
    let _ = run(&mut bench.nameplate("report"))
        .expect(0)
        .says("3 issued, 0 failed");
    let _ = judge(bench, cell, &bench.batch().join("batch.csv"))
        .expect(0)
        .says("3 requests accepted");
}

#[test]
fn one_unbroken_line_in_each_cell() {
    let bench = collect("one-line");
    let file = export(&bench);
    let _ = judge(&bench, "one-line", &file)
        .expect(0)
        .says("3 requests accepted");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 1 + usize::from(BOARDS));
    submit(&bench, "one-line", "line");
    assert_eq!(
        fs::read_to_string(bench.batch().join("batch.csv")).unwrap(),
        text
    );
}

#[test]
fn several_lines_in_each_cell() {
    let bench = collect("multi-line");
    let _ = judge(&bench, "multi-line", &export(&bench))
        .expect(0)
        .says("3 requests accepted");
    submit(&bench, "multi-line", "lines");
}

#[test]
fn the_judge_finds_every_fault() {
    let bench = collect("one-line");
    let good = fs::read_to_string(export(&bench)).unwrap();
    let lines: Vec<_> = good.lines().collect();
    let (first, first_request) = lines[1].rsplit_once(',').unwrap();
    let (second, second_request) = lines[2].rsplit_once(',').unwrap();
    let with = |one: &str, two: &str| format!("{}\n{one}\n{two}\n{}\n", lines[0], lines[3]);
    let swapped = with(
        &format!("{first},{second_request}"),
        &format!("{second},{first_request}"),
    );
    let damaged = first_request.replacen("MII", "MIJ", 1);
    let cases = [
        (format!("\u{feff}{good}"), "byte order mark"),
        (good.replace('\n', "\r\n"), "carriage return"),
        (
            good.replacen("\"42\"", "42", 1),
            "not every value is quoted",
        ),
        (good.trim_end().to_owned(), "not every value is quoted"),
        (good.replacen("board-0001", "board-0009", 1), "the rows are"),
        (good.replacen("\"x.empty\",", "", 1), "values, the header"),
        (
            good.replacen("-----BEGIN", "------BEGIN", 1),
            "one unbroken line",
        ),
        (swapped, "the subject is"),
        (
            with(&format!("{first},{damaged}"), lines[2]),
            "does not accept",
        ),
        (with(lines[1], lines[1]), "the rows are"),
    ];
    for (text, fault) in cases {
        let path = bench.home().join("bad.csv");
        assert_ne!(text, good, "{fault}");
        fs::write(&path, text).unwrap();
        let _ = judge(&bench, "one-line", &path).expect(1).says(fault);
    }
    let latin = good
        .as_bytes()
        .split(|byte| *byte == 0xC3)
        .collect::<Vec<_>>()
        .concat();
    let path = bench.home().join("latin.csv");
    fs::write(&path, latin).unwrap();
    let _ = judge(&bench, "one-line", &path).expect(1).says("utf-8");
    let _ = judge(&bench, "multi-line", &export(&bench))
        .expect(1)
        .says("not PEM in lines");
}
