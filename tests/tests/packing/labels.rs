//! Labels of 20 boards, drawn by librsvg and poppler and read by zbar.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use nameplate::labels::Size;
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

/// How many pages a PDF has, as poppler counts them.
fn pages(pdf: &Path) -> usize {
    let about = said("pdfinfo", &[pdf.to_str().unwrap()]);
    let line = about.lines().find(|line| line.starts_with("Pages:"));
    line.unwrap()["Pages:".len()..].trim().parse().unwrap()
}

/// What zbar reads of one label after the other, cut out of the pages at 300 dots an inch where the sheet has them: a scanner is held
/// to one. The first `skip` places are empty.
fn read_pdf(pdf: &Path, size: Size, skip: usize, labels: usize) -> BTreeSet<String> {
    const DOTS: f32 = 300.0 / 25.4;
    let folder = tempfile::tempdir().unwrap();
    let dots = |millimetres: f32| format!("{:.0}", millimetres * DOTS);
    let mut pictures = Vec::new();
    for place in skip..skip + labels {
        let page = (place / size.on_a_page() + 1).to_string();
        let (x, y) = size.place(place % size.on_a_page());
        let stem = folder.path().join(format!("label-{place}"));
        let mut arguments = vec!["-r", "300", "-gray", "-png", "-singlefile"];
        let numbers = [dots(x), dots(y), dots(size.width), dots(size.height)];
        arguments.extend(["-f", &page, "-l", &page]);
        for (argument, number) in ["-x", "-y", "-W", "-H"].iter().zip(&numbers) {
            arguments.extend([*argument, number]);
        }
        arguments.extend([pdf.to_str().unwrap(), stem.to_str().unwrap()]);
        said("pdftoppm", &arguments);
        pictures.push(stem.with_extension("png"));
    }
    let paths: Vec<_> = pictures.iter().map(AsRef::as_ref).collect();
    read(&paths)
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
    for (size, on_pages) in [
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
        let codes = read_pdf(&pdf, size.parse().unwrap(), 0, BOARDS.into());
        assert_eq!(codes, expected(1..=BOARDS), "{size}");
        assert_eq!(pages(&pdf), on_pages, "{size}");
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
    let codes = read_pdf(&pdf, "l7160".parse().unwrap(), 20, 2);
    assert_eq!(codes, expected([1, 3]));
    assert_eq!(pages(&pdf), 2, "one label had room on the first");
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
