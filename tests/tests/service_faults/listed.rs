//! `list` of a batch of several jobs: which of them each board is in.

use crate::bench::{ask, collected, serve};

#[test]
fn each_board_has_the_name_of_its_job() {
    let bench = collected();
    let _service = serve(&bench, &["--polls", "0"]);
    assert!(bench.list().iter().all(|board| board.get("job").is_none()));
    let _ = ask(&bench, &["submit", "--split", "2"], 0);
    let shown = ask(&bench, &["list"], 0).stdout;
    let mut lines = shown.lines();
    assert!(lines.next().unwrap().contains("JOB"), "{shown}");
    let listed = bench.list();
    let jobs = ["batch-1-of-2", "batch-2-of-2"];
    for ((board, line), (part, name)) in listed.iter().zip(lines).zip((1..).zip(jobs)) {
        let job = &board["job"];
        assert_eq!(
            (&job["name"], &job["part"], &job["parts"]),
            (&name.into(), &part.into(), &2.into())
        );
        assert!(job["id"].as_str().is_some_and(|id| !id.is_empty()), "{job}");
        assert!(line.contains(name) && line.contains("submitted"), "{line}");
        for field in ["mac", "name", "link", "state", "key_sha256"] {
            assert!(board[field].is_string(), "{field}: {board}");
        }
    }
    assert_eq!(listed.len(), 2);
}

#[test]
fn an_only_job_has_no_column() {
    let bench = collected();
    let _service = serve(&bench, &["--polls", "0"]);
    let _ = ask(&bench, &["submit"], 0);
    let shown = ask(&bench, &["list"], 0).stdout;
    assert!(!shown.contains("JOB"), "{shown}");
    assert!(
        bench
            .list()
            .iter()
            .all(|board| board["job"]["name"] == "batch")
    );
}
