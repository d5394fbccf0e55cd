//! What must hold after every kill, and what at the end.

use std::collections::BTreeSet;
use std::fs;

use nameplate_tests::board::{name, state};
use nameplate_tests::programs::run;

use super::batch::Batch;

impl Batch {
    /// Keeps in mind whether a board was told that it is recorded.
    pub fn hear(&mut self, number: u16) {
        let log = state(&self.bench, number).with_extension("log");
        if fs::read_to_string(log)
            .unwrap()
            .contains("has recorded this board")
        {
            self.told.insert(name(number));
        }
    }

    /// What holds after every single kill.
    pub fn check_what_was_promised(&mut self) {
        let output = fs::read_to_string(self.output()).unwrap();
        for line in output.lines() {
            let event: serde_json::Value = serde_json::from_str(line).expect("a whole line");
            if event["event"] == "collected" {
                self.told.insert(event["name"].as_str().unwrap().to_owned());
            }
        }
        for number in 1..=self.size {
            self.hear(number);
        }
        let Some(reader) = self.reader() else {
            assert!(self.told.is_empty());
            return;
        };
        reader.verify_log().unwrap();
        for name in &self.told {
            assert!(
                reader.board(name).unwrap().is_some(),
                "{name} was told that it is recorded"
            );
        }
        assert!(self.jobs().len() <= 1);
        let csv = fs::read_to_string(self.bench.batch().join("batch.csv")).unwrap_or_default();
        // Whole, or not there.
        assert!(
            csv.is_empty() || csv.lines().count() == usize::from(self.size) + 1,
            "{csv}"
        );
    }

    /// The last run, which nobody disturbs.
    pub fn run_to_the_end(&mut self) {
        let ran = run(&mut self.command()).expect(0);
        fs::write(self.output(), &ran.stdout).unwrap();
        self.check_what_was_promised();
        let expected: Vec<_> = (1..=self.size).map(name).collect();
        let listed = self.bench.list();
        let mut names: Vec<_> = listed
            .iter()
            .map(|board| board["name"].as_str().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!(names, expected);
        assert!(
            listed.iter().all(|board| board["state"] == "done"),
            "{listed:?}"
        );
        let keys: BTreeSet<_> = listed
            .iter()
            .map(|board| board["key_sha256"].as_str().unwrap())
            .collect();
        assert_eq!(keys.len(), expected.len());
        let csv = fs::read_to_string(self.bench.batch().join("batch.csv")).unwrap();
        for name in &expected {
            let rows = csv
                .lines()
                .filter(|row| row.starts_with(&format!("\"{name}\",")));
            assert_eq!(rows.count(), 1, "{name} in {csv}");
        }
        let job = self.reader().unwrap().current_job().unwrap().unwrap();
        assert_eq!(self.jobs(), [job.service_id.unwrap()]);
        self.nothing_half_done_is_left();
    }

    fn nothing_half_done_is_left(&self) {
        let unknown = self.bench.left_over();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
