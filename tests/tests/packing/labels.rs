//! Labels of 20 boards, drawn by librsvg and poppler and read by zbar.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{collect_on_cables, mac, name};
use nameplate_tests::programs::run;

use super::said;

const BOARDS: u16 = 20;

/// What the codes of these boards must say, by the format that is documented.
fn expected(numbers: impl IntoIterator<Item = u16>) -> BTreeSet<String> {
    numbers
        .into_iter()
        .map(|number| {
            let digits = mac(number).replace(':', "").to_uppercase();
            format!("{digits} {}", name(number))
        })
        .collect()
}

fn read(pictures: &[&Path]) -> BTreeSet<String> {
    let mut arguments = vec!["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"];
    arguments.extend(pictures.iter().map(|path| path.to_str().unwrap()));
    let text = said("zbarimg", &arguments);
    let lines: Vec<_> = text.lines().map(str::to_owned).collect();
    let all: BTreeSet<_> = lines.iter().cloned().collect();
    assert_eq!(all.len(), lines.len(), "a code stands there twice: {text}");
    all
}

/// What zbar reads on a PDF's pages at 300 dots an inch, and how many pages there are.
fn read_pdf(bench: &Bench, pdf: &Path) -> (BTreeSet<String>, usize) {
    let folder = tempfile::tempdir_in(bench.home()).unwrap();
    let stem = folder.path().join("page");
    let (pdf, stem) = (pdf.to_str().unwrap(), stem.to_str().unwrap());
    said("pdftoppm", &["-r", "300", "-gray", "-png", pdf, stem]);
    let entries = fs::read_dir(folder.path()).unwrap();
    let pages: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    let paths: Vec<_> = pages.iter().map(AsRef::as_ref).collect();
    (read(&paths), pages.len())
}

#[test]
fn zbar_reads_every_label_of_svg_and_pdf() {
    let bench = Bench::new();
    collect_on_cables(&bench, BOARDS);

    let _ = run(bench.nameplate("labels").args(["--format", "svg"])).expect(0);
    let folder = bench.batch().join("labels");
    let mut codes = BTreeSet::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let svg = entry.unwrap().path();
        let png = bench.home().join("label.png");
        let (from, to) = (svg.to_str().unwrap(), png.to_str().unwrap());
        said("rsvg-convert", &["-d", "300", "-p", "300", "-o", to, from]);
        let code = read(&[&png]);
        assert_eq!(code.len(), 1, "{from}");
        let board = svg.file_stem().unwrap().to_str().unwrap();
        assert!(
            code.first().unwrap().ends_with(&format!(" {board}")),
            "{from}"
        );
        codes.extend(code);
    }
    assert_eq!(codes, expected(1..=BOARDS));

    // Each of the sheets, the smallest label among them, and a label printer's.
    for (size, pages) in [
        ("l7160", 1),
        ("l7651", 1),
        ("l4731", 1),
        ("5160", 1),
        ("5167", 1),
        ("50x25", 20),
        ("25x25", 20),
    ] {
        let pdf = bench.home().join(format!("{size}.pdf"));
        let mut labels = bench.nameplate("labels");
        labels.args(["--size", size, "--output"]).arg(&pdf);
        let _ = run(&mut labels).expect(0).says("20 labels");
        let (codes, counted) = read_pdf(&bench, &pdf);
        assert_eq!(codes, expected(1..=BOARDS), "{size}");
        assert_eq!(counted, pages, "{size}");
        let text = said("pdftotext", &["-layout", pdf.to_str().unwrap(), "-"]);
        for number in 1..=BOARDS {
            assert!(text.contains(&mac(number)), "{size}: {text}");
        }
    }
}

#[test]
fn some_boards_on_what_is_left_of_a_sheet() {
    let bench = Bench::new();
    collect_on_cables(&bench, 3);
    let pdf = bench.batch().join("labels.pdf");
    let mut labels = bench.nameplate("labels");
    labels.args(["--size", "l7160", "--start", "21", &name(3), &mac(1)]);
    let _ = run(&mut labels).expect(0).says("2 labels");
    let (codes, pages) = read_pdf(&bench, &pdf);
    assert_eq!(codes, expected([1, 3]));
    assert_eq!(pages, 2, "one label had room on the first");
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_written() {
    let bench = Bench::new();
    let _ = run(&mut bench.nameplate("labels")).expect(1);
    collect_on_cables(&bench, 1);
    let labels = |arguments: &[&str]| run(bench.nameplate("labels").args(arguments));
    let _ = labels(&["--size", "l1"]).expect(2).says("l7651");
    let _ = labels(&["--size", "8x8"]).expect(2).says("larger --size");
    let _ = labels(&["--size", "50x25", "--start", "2"])
        .expect(2)
        .says("has 1 label");
    let _ = labels(&["nobody"]).expect(2).says("nameplate list");
    assert!(!bench.batch().join("labels.pdf").exists());
    for format in ["pdf", "svg"] {
        let _ = labels(&["--format", format]).expect(0);
        let _ = labels(&["--format", format]).expect(2).says("--force");
        let _ = labels(&["--format", format, "--force"]).expect(0);
    }
}
