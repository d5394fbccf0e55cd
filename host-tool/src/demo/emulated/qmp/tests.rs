//! A QEMU that is played by a thread.

use super::*;
use std::io::{BufRead, BufReader};

const GREETING: &str = r#"{"QMP": {"version": {}, "capabilities": []}}"#;

/// A QEMU that gives these answers, one a request after that for the capabilities; `ID` stands for the request's.
fn qemu(answers: &'static [&'static str]) -> Qmp {
    let (ours, theirs) = UnixStream::pair().unwrap();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(theirs.try_clone().unwrap()).lines();
        let mut theirs = theirs;
        writeln!(theirs, "{GREETING}").unwrap();
        for answer in [r#"{"return": {}, "id": ID}"#].iter().chain(answers) {
            let Some(Ok(request)) = lines.next() else {
                return;
            };
            let request: Value = serde_json::from_str(&request).unwrap();
            let answer = answer.replace("ID", &request["id"].to_string());
            if writeln!(theirs, "{answer}").is_err() {
                return;
            }
        }
    });
    Qmp::new(ours)
}

#[test]
fn answers_are_found_among_events_and_late_answers() {
    let mut qmp = qemu(&[
        "{\"event\": \"STOP\"}\r\n{\"return\": {}, \"id\": 77}\r\n{\"return\": {\"running\": false}, \"id\": ID}",
        r#"{"return": {}, "id": ID}"#,
    ]);
    // A machine that stands still is not stopped once more.
    assert!(!qmp.stop().unwrap());
    qmp.cont().unwrap();
}

#[test]
fn a_refusal_comes_in_words_and_another_command_may_follow() {
    let mut qmp = qemu(&[
        r#"{"error": {"class": "GenericError", "desc": "Invalid addr\u001b"}, "id": ID}"#,
        r#"{"return": {}, "id": ID}"#,
    ]);
    let refused = qmp.memsave(0, 1, Path::new("x")).unwrap_err().to_string();
    assert!(
        refused.contains("refuses \"memsave\": Invalid addr"),
        "{refused}"
    );
    assert!(!refused.contains('\u{1b}'));
    qmp.memsave(0, 1, Path::new("x")).unwrap();
}

#[test]
fn nonsense_and_an_end_are_told() {
    for nonsense in ["what", r#"{"id": ID}"#, r#"{"error": 7, "id": ID}"#] {
        let answers = Box::leak(Box::new([nonsense]));
        let strange = qemu(answers).cont().unwrap_err();
        assert!(matches!(strange, QmpError::Strange("cont")), "{strange}");
    }
    let gone = qemu(&[]).quit().unwrap_err();
    assert!(
        matches!(
            gone,
            QmpError::Gone {
                command: "quit",
                ..
            }
        ),
        "{gone}"
    );
}

#[test]
fn a_line_without_end_is_not_read_for_ever() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let endless = std::thread::spawn(move || while theirs.write_all(&[b'x'; 4096]).is_ok() {});
    let gone = Qmp::new(ours).cont().unwrap_err();
    assert!(matches!(gone, QmpError::Gone { .. }), "{gone}");
    endless.join().unwrap();
}
