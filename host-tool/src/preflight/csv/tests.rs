//! Faults are found at their places, and a file without faults is read as the `csv` crate reads it.

use super::*;
use crate::preflight::{Code, Finding};
use proptest::prelude::*;
use std::io::Read;

type Read1 = (Vec<Vec<String>>, Vec<(Code, Option<u64>, Option<usize>)>);

fn read(bytes: impl Read) -> Read1 {
    let (mut rows, begun) = Rows::begin(bytes).unwrap();
    let place = |finding: &Finding| {
        let column = finding.column.as_ref().map(|column| column.number);
        (finding.code, finding.line, column)
    };
    let mut found: Vec<_> = begun.findings.iter().map(place).collect();
    let mut read = Vec::new();
    while let Some(chunk) = rows.next_chunk().unwrap() {
        found.extend(chunk.noted.iter().map(|(_, finding)| place(finding)));
        for row in &chunk.rows {
            let cells = chunk.cells(row).iter();
            let text = |cell| String::from_utf8_lossy(chunk.bytes(cell)).into_owned();
            read.push(cells.map(text).collect());
        }
    }
    (read, found)
}

fn cells(rows: &[&[&str]]) -> Vec<Vec<String>> {
    let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
    rows.iter().map(row).collect()
}

#[test]
fn faults_of_quoting_have_their_places() {
    use Code::{
        BlankBesideQuote, ByteOrderMark, EmptyRow, LoneCarriageReturn, QuoteInValue,
        TextAfterQuote, UnclosedQuote,
    };
    for (text, code, line, column) in [
        ("a,b\nc,d\"e\nf,g\n", QuoteInValue, 2, 2),
        ("a,b\n\"c\"d,e\nf,g\n", TextAfterQuote, 2, 1),
        ("a,b\nc,\"d\ne\"f,g\nh,i\n", UnclosedQuote, 2, 2),
        ("a,b\nc,\"d\ne\n", UnclosedQuote, 2, 2),
        ("a,b\n\"c\", \"d\"\n", BlankBesideQuote, 2, 2),
        ("a,b\n\"c\" ,\"d\"\n", BlankBesideQuote, 2, 1),
        ("a,b\n\"c\nc\",\"d\" \"e\"\n", TextAfterQuote, 3, 2),
        ("a,b\rc,d\n", LoneCarriageReturn, 1, 2),
        ("a,b\n\nc,d\n", EmptyRow, 2, 1),
        ("a,b\n\"c\n\n\",d\n\ne,f", EmptyRow, 5, 1),
    ] {
        assert_eq!(
            read(text.as_bytes()).1,
            [(code, Some(line), Some(column))],
            "{text:?}"
        );
    }
    let (rows, found) = read("\u{feff}a,b\n".as_bytes());
    assert_eq!(rows, cells(&[&["a", "b"]]));
    assert_eq!(found, [(ByteOrderMark, Some(1), None)]);
}

#[test]
fn what_is_borne_is_no_finding() {
    for text in [
        "a,b\r\n\"c\"\"\",\"\r\n\"\r\n",
        "a\n b \n",
        "",
        "\"a\"",
        "a,b\n c,d \n",
    ] {
        assert_eq!(read(text.as_bytes()).1, [], "{text:?}");
    }
}

#[test]
fn records_that_run_together_are_told_apart_from_careless_blanks() {
    let both = cells(&[&["a", "b", ""], &["1", "2", ""], &["3", "4"]]);
    let (rows, found) = read(&b"\"a\",\"b\", \"1\",\"2\", \"3\",\"4\"\n"[..]);
    assert_eq!(
        (rows, found),
        (both, vec![(Code::RecordsRunTogether, Some(1), None)])
    );
    let (rows, found) = read(&b"\"a\",\"b\" \"1\",\"2\" \"3\",\"4\" \n"[..]);
    let both = cells(&[&["a", "b"], &["1", "2"], &["3", "4"]]);
    assert_eq!(
        (rows, found),
        (both, vec![(Code::RecordsRunTogether, Some(1), None)])
    );
    for careless in [
        "\"a\", \"b\", \"c\", \"d\"\n",
        "\"a\",\"b\", \"c\"\n",
        "\"a\",\"b\", \"c\",\"d\",\"e\",\"f\"\n\"g\"\n",
        " \"a\",\"b\"\n",
    ] {
        let (rows, found) = read(careless.as_bytes());
        assert_eq!(rows[0][1], "b", "{careless}");
        assert!(
            found
                .iter()
                .all(|(code, ..)| *code == Code::BlankBesideQuote)
                && !found.is_empty(),
            "{careless} {found:?}"
        );
    }
}

#[test]
fn sizes_are_bounded() {
    use crate::preflight::limits::{MAX_CELL, MAX_COLUMNS, MAX_ROW};
    let codes = |text: String| {
        let (rows, found) = read(text.as_bytes());
        let most = rows.iter().flatten().map(String::len).max().unwrap();
        assert!(most <= MAX_CELL, "{most}");
        found.into_iter().map(|(code, ..)| code).collect::<Vec<_>>()
    };
    assert_eq!(codes(format!("a\n\"{}\"\n", "x".repeat(MAX_CELL))), []);
    assert_eq!(
        codes(format!("a\n\"{}\"\nb\n", "x\n".repeat(MAX_CELL))),
        [Code::CellTooLong]
    );
    assert_eq!(codes(format!("{}\nb\n", ",".repeat(MAX_COLUMNS - 1))), []);
    assert_eq!(
        codes(format!("{}\nb\n", ",".repeat(MAX_COLUMNS))),
        [Code::RowTooLong]
    );
    let wide = vec!["x".repeat(MAX_CELL); 1 + MAX_ROW / MAX_CELL].join(",");
    assert_eq!(codes(format!("{wide}\nb\n")), [Code::RowTooLong]);
}

#[test]
fn other_encodings_are_hopeless() {
    let utf16 = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<_>>()
    };
    for bytes in [utf16("\u{feff}a,b"), utf16("a,b")] {
        assert!(Rows::begin(&bytes[..]).unwrap().1.hopeless);
    }
    assert!(!Rows::begin(&b"a,b"[..]).unwrap().1.hopeless);
}

/// A few bytes a read, so that everything is cut everywhere.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn by_the_crate(bytes: &[u8]) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes)
        .byte_records()
        .map(|record| {
            let lossy = |cell| String::from_utf8_lossy(cell).into_owned();
            record.unwrap().iter().map(lossy).collect()
        })
        .collect()
}

proptest! {
    #[test]
    fn without_a_fault_it_reads_what_the_crate_reads(
        text in prop::collection::vec(prop::sample::select(&b"ab\",\n\r \"\","[..]), 0..40)
    ) {
        let (rows, found) = read(&text[..]);
        if found.iter().all(|(code, ..)| matches!(code, Code::EmptyRow | Code::LoneCarriageReturn)) {
            prop_assert_eq!(rows, by_the_crate(&text));
        }
    }

    #[test]
    fn what_the_crate_writes_has_no_fault(
        rows in prop::collection::vec(prop::collection::vec(any::<String>(), 3), 1..8)
    ) {
        let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        prop_assert_eq!(read(&bytes[..]), (rows, Vec::new()));
    }

    #[test]
    fn pieces_and_the_whole_agree(
        text in prop::collection::vec(prop::sample::select(&b"a\",\n\r \xc3"[..]), 0..60), pieces in 1..5usize
    ) {
        prop_assert_eq!(read(Drip(&text, pieces)), read(&text[..]));
    }
}
