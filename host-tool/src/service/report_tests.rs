//! Reports in the shapes one may expect, and in shapes nobody wants.

use proptest::prelude::*;

use super::*;

fn read(text: impl AsRef<[u8]>) -> Result<Vec<ReportRow>, ReportError> {
    Report::open(text.as_ref(), &ReportColumns::default())?.collect()
}

fn row(line: u64, name: &str, outcome: RowOutcome, message: Option<&str>) -> ReportRow {
    ReportRow {
        line,
        name: Some(name.to_owned()),
        common_name: None,
        serial: None,
        outcome,
        message: message.map(str::to_owned),
    }
}

#[test]
fn rows_are_read_by_the_names_of_their_columns() {
    let rows = read(
        "status,device_name,message\nSUCCESS,a,\nFailed,b,\"bad, CSR\"\nwarning,c,hm\n,,\nODD,d,\n",
    )
    .unwrap();
    assert_eq!(
        rows,
        [
            row(2, "a", RowOutcome::Succeeded, None),
            row(3, "b", RowOutcome::Failed, Some("bad, CSR")),
            row(4, "c", RowOutcome::Warning, Some("hm")),
            row(6, "d", RowOutcome::Unknown("ODD".to_owned()), None),
        ]
    );
}

#[test]
fn other_spellings_are_read_too() {
    let text = "\u{feff}\"Subject.Common_Name\";\"Result\";\"Failure Reason\";\"Serial Number\";\r\n\"x\";\"issued\";\"\";\"0A\";\r\n";
    let rows = read(text).unwrap();
    assert_eq!(rows[0].common_name.as_deref(), Some("x"));
    assert_eq!(rows[0].serial.as_deref(), Some("0A"));
    assert_eq!(rows[0].outcome, RowOutcome::Succeeded);
    assert_eq!(
        read("name\tstatus\nx\tOK\n").unwrap()[0].outcome,
        RowOutcome::Succeeded
    );
}

#[test]
fn columns_can_be_set() {
    let columns: ReportColumns =
        toml::from_str("name = [\"Gerät\"]\nstatus = [\"Ergebnis\"]").unwrap();
    let rows: Vec<_> = Report::open("gerät,ERGEBNIS\nx,ok\n".as_bytes(), &columns)
        .unwrap()
        .collect();
    assert_eq!(rows.len(), 1);
    assert!(toml::from_str::<ReportColumns>("nome = []").is_err());
}

#[test]
fn what_does_not_fit_is_named() {
    for (text, word) in [
        ("", "empty"),
        ("\r\n \n", "empty"),
        ("{\"rows\":[]}", "JSON"),
        ("PK\u{3}\u{4}xx", "ZIP"),
        ("<html>", "HTML"),
        ("who,what\nx,y\n", "its columns are who, what"),
        ("device_name,message\nx,y\n", "device_name, message"),
        ("status\nok\n", "its columns are status"),
        ("a\u{1b}[2J,b\n", "a\u{fffd}[2J, b"),
    ] {
        match read(text) {
            Err(ReportError::Unrecognised { found }) => assert!(found.contains(word), "{found}"),
            other => panic!("{text:?}: {other:?}"),
        }
    }
}

#[test]
fn a_row_without_an_outcome_is_not_a_success() {
    let rows = read("device_name,status\na\nb,\n").unwrap();
    assert!(
        rows.iter()
            .all(|row| row.outcome == RowOutcome::Unknown(String::new()))
    );
}

#[test]
fn a_record_without_end_is_given_up() {
    let endless = io::Cursor::new("device_name,status\nx,\"").chain(io::repeat(b'y'));
    let mut report = Report::open(endless, &ReportColumns::default()).unwrap();
    assert!(matches!(
        report.next(),
        Some(Err(ReportError::Broken { .. }))
    ));
    assert!(report.next().is_none());
    let header = io::Cursor::new("\"").chain(io::repeat(b'y'));
    assert!(Report::open(header, &ReportColumns::default()).is_err());
}

#[test]
fn many_short_rows_do_not_wear_the_budget_out() {
    let rows = (0..100_000).map(|index| format!("device-{index:09},SUCCESS\n"));
    let text = format!("device_name,status\n{}", rows.collect::<String>());
    assert!(text.len() as u64 > 2 * MAX_RECORD);
    assert_eq!(read(text).unwrap().len(), 100_000);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_borne(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(bytes);
    }

    #[test]
    fn arbitrary_rows_are_borne(rows in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut text = b"device_name,status,message\n".to_vec();
        text.extend(rows);
        for row in read(text).unwrap_or_default() {
            prop_assert!(row.message.unwrap_or_default().chars().all(|c| !c.is_control()));
        }
    }
}
