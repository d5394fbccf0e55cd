//! What `nameplate export` wrote is clean; what was done to it afterwards is found, at its line.

use std::fs;
use std::path::PathBuf;

use nameplate_tests::bench::{Bench, COLUMNS};
use nameplate_tests::board::collect_on_cables;
use nameplate_tests::programs::run;

use super::{check, findings, places};

/// A batch of three boards, exported with this form of cell.
fn exported(cell: &str) -> (Bench, PathBuf) {
    let bench = Bench::new();
    bench.configure_all(&format!("[batch]\ncsr_cell = \"{cell}\"\n{COLUMNS}"));
    collect_on_cables(&bench, 3);
    let path = bench.home().join("out.csv");
    let _ = run(bench.nameplate("export").arg("--output").arg(&path)).expect(0);
    (bench, path)
}

#[test]
fn an_exported_batch_is_clean_in_both_forms() {
    for cell in ["one-line", "multi-line"] {
        let (_bench, path) = exported(cell);
        let (found, summary) = findings(&path, &["--strict"], 0);
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(
            (&summary["rows"], &summary["keys"]),
            (&3.into(), &"client".into())
        );
        let _ = check(&path, &[])
            .expect(0)
            .says("0 errors, 0 warnings in 3 rows");
    }
}

#[test]
fn swapped_requests_are_named_on_both_rows() {
    for (cell, lines) in [("one-line", [2, 3]), ("multi-line", [2, 12])] {
        let (bench, path) = exported(cell);
        let text = fs::read_to_string(&path).unwrap();
        let requests: Vec<_> = text.split("\"-----BEGIN").skip(1).collect();
        let [one, two] = [0, 1].map(|at| requests[at].split_once('"').unwrap().0);
        let swapped = text
            .replace(one, "(one)")
            .replace(two, one)
            .replace("(one)", two);
        let path = bench.home().join("swapped.csv");
        fs::write(&path, swapped).unwrap();
        let (found, _) = findings(&path, &[], 1);
        let mut named: Vec<_> = places(&found)
            .into_iter()
            .map(|(code, line)| {
                assert_eq!(code, "csr-mismatch");
                line.unwrap()
            })
            .collect();
        named.dedup();
        let text = fs::read_to_string(&path).unwrap();
        let begins: Vec<_> = (1_u64..)
            .zip(text.lines())
            .filter(|(_, line)| line.starts_with("\"board-"))
            .map(|(number, _)| number)
            .collect();
        assert_eq!(named, begins[..2], "{found:?}");
        assert_eq!(named[0], lines[0]);
        // Common name and host name, in each of the two.
        assert_eq!(found.len(), 4);
        assert!(
            found[0]["what"]
                .as_str()
                .unwrap()
                .contains("its request says \"board-000")
        );
    }
}

#[test]
fn a_shifted_row_a_copied_row_and_a_changed_request_are_found() {
    let (bench, path) = exported("one-line");
    let good = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = good.lines().collect();
    let file = |lines: &[&str]| {
        let path = bench.home().join("bad.csv");
        fs::write(&path, lines.join("\n")).unwrap();
        path
    };
    let copied = file(&[lines[0], lines[1], lines[2], lines[1]]);
    let found = places(&findings(&copied, &[], 1).0);
    let on_4 = |code: &str| (code.to_owned(), Some(4));
    let repeated = [
        "duplicate-device-name",
        "duplicate-common-name",
        "duplicate-key",
    ];
    assert_eq!(found, repeated.map(on_4));
    // A base64 character of the signature, behind which nothing is padding.
    let at = lines[2].find("-----END").unwrap() - 20;
    let other = if lines[2].as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    let changed = format!("{}{other}{}", &lines[2][..at], &lines[2][at + 1..]);
    let found = places(&findings(&file(&[lines[0], lines[1], &changed]), &[], 1).0);
    assert_eq!(found, [("csr-signature".to_owned(), Some(3))]);
    let short = lines[1].split_once(',').unwrap().1;
    let found = places(&findings(&file(&[lines[0], short, lines[2]]), &[], 1).0);
    assert_eq!(found, [("column-count".to_owned(), Some(2))]);
}

#[test]
fn a_template_is_held_against_the_header() {
    let (bench, path) = exported("one-line");
    let template = bench.home().join("template.csv");
    let all = "device_name,device_description,subject.common_name,subject.organization_name,san.dns_name,csr";
    let arguments = ["--template", template.to_str().unwrap()];
    fs::write(&template, all).unwrap();
    assert!(findings(&path, &arguments, 0).0.is_empty());
    for (template_says, code, expected) in [
        (
            format!("subject.country,{all}"),
            1,
            "template-column-missing",
        ),
        (all.replace(",san.dns_name", ""), 0, "template-extra-column"),
        (
            all.replace(
                "device_name,device_description",
                "device_description,device_name",
            ),
            0,
            "template-order",
        ),
    ] {
        fs::write(&template, template_says).unwrap();
        let found = places(&findings(&path, &arguments, code).0);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, expected);
    }
    fs::write(&template, "").unwrap();
    let _ = check(&path, &arguments).expect(2).says("no template");
}
