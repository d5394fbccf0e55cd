//! The feed as another program reads it.

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{mac, name};
use nameplate_tests::programs::nameplate;
use nameplate_tests::staged::page_of;
use nameplate_tests::watched::Watched;
use nameplate_tests::web::Site;
use serde_json::Value;

use super::collected;

/// What stands, as a page would have it.
#[derive(Default)]
struct Kept {
    rows: std::collections::BTreeMap<u64, Value>,
    head: Value,
}

impl Kept {
    fn take(&mut self, kind: &str, data: &Value) {
        if kind == "snapshot" {
            assert_eq!(data["format"], 1);
            self.rows.clear();
        }
        self.head = data["head"].clone();
        for row in data["rows"].as_array().into_iter().flatten() {
            self.rows.insert(row["id"].as_u64().unwrap(), row.clone());
        }
        for id in data["gone"].as_array().into_iter().flatten() {
            self.rows.remove(&id.as_u64().unwrap());
        }
    }
}

#[test]
fn whoever_comes_is_told_all_that_stands_and_what_changes_until_the_end() {
    let staged = collected(3);
    let site = Site::of(&staged.url);
    let mut feed = site.events();
    let (kind, first) = feed.next().unwrap();
    assert_eq!(kind, "snapshot");
    let rows = first["rows"].as_array().unwrap();
    let mut seen: Vec<_> = rows
        .iter()
        .map(|row| {
            [
                &row["place"],
                &row["name"],
                &row["mac"],
                &row["stage"],
                &row["tone"],
            ]
            .map(|value| value.as_str().unwrap().to_owned())
        })
        .collect();
    seen.sort();
    let expected: Vec<_> = (1..=3)
        .map(|number| {
            [
                format!("A{number}"),
                name(number),
                mac(number),
                "recorded".to_owned(),
                "ready".to_owned(),
            ]
        })
        .collect();
    assert_eq!(seen, expected);
    assert_eq!(
        (&first["head"]["done"], &first["head"]["target"]),
        (&3.into(), &900.into())
    );
    // A second one that comes later, and the first again.
    assert_eq!(site.events().next().unwrap().1["rows"], first["rows"]);
    let ran = staged.watched.interrupt();
    let mut last = None;
    for (kind, data) in feed {
        assert_ne!(kind, "snapshot");
        last = Some((kind, data));
    }
    let (kind, data) = last.unwrap();
    assert_eq!(
        (kind.as_str(), &data["head"]["ended"]),
        ("end", &true.into())
    );
    assert!(
        Site::of(&staged.url).try_ask("GET", "/", b"").is_err(),
        "{ran:?}"
    );
}

#[test]
fn a_whole_demo_is_followed_from_its_first_board_to_its_last() {
    let bench = Bench::new();
    let mut command = nameplate(bench.home());
    command.args(["demo", "--boards", "4", "--page", "127.0.0.1:0", "--batch"]);
    command.arg(bench.home().join("demo"));
    let mut watched = Watched::start(&mut command);
    let url = page_of(&mut watched);
    let mut kept = Kept::default();
    let mut phases = Vec::new();
    let mut kinds = Vec::new();
    for (kind, data) in Site::of(&url).events() {
        kept.take(&kind, &data);
        let phase = kept.head["phase"].as_str().unwrap().to_owned();
        if phases.last() != Some(&phase) {
            phases.push(phase);
        }
        kinds.push(kind);
    }
    let ran = watched.finish().expect(0);
    assert_eq!(kinds.last().map(String::as_str), Some("end"), "{kinds:?}");
    let done = kept
        .rows
        .values()
        .filter(|row| row["stage"] == "done")
        .count();
    assert_eq!(done, 4, "{:?}\n{ran:?}", kept.rows);
    assert_eq!(
        (&kept.head["done"], &kept.head["target"]),
        (&4.into(), &4.into())
    );
    assert!(
        phases.iter().any(|phase| phase == "bringing certificates"),
        "{phases:?}"
    );
}
