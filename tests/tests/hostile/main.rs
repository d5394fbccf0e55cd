//! Hostile connections, boards and ports at a real `nameplate collect`: boards beside them are all collected, memory and
//! threads stay bounded, the operator sees which port or address it is, and strangers do not change the exit code.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod crowds;
mod members;
mod ports;
mod strangers;

use std::process::Command;

use nameplate_tests::bench::{Bench, TOKEN};
use nameplate_tests::load::network::Host;
use nameplate_tests::load::{self, Quick};
use nameplate_tests::programs::Ran;
use nameplate_tests::watched::Watched;
use serde_json::Value;

/// A bench whose door is open, and boards for it.
struct Open {
    bench: Bench,
    collecting: Watched,
    host: Host,
}

impl Open {
    /// Until `expect` boards are there. Arguments may be on `more`.
    fn new(bench: Bench, expect: usize, more: impl FnOnce(&mut Command)) -> Self {
        let mut command = bench.nameplate("collect");
        command.args(["--listen", &bench.door.to_string(), "--timeout", "170"]);
        command.args(["--expect", &expect.to_string()]);
        more(&mut command);
        let mut collecting = Watched::start(&mut command);
        collecting.wait("the door", |events| {
            events.iter().any(|event| event["event"] == "listening")
        });
        let host = Host::new(bench.door, &bench.certificate(), TOKEN);
        Self {
            bench,
            collecting,
            host,
        }
    }

    /// Boards that answer at once.
    fn boards(&self, count: u16) -> Vec<Quick> {
        load::make(&self.bench.batch(), 1, count)
    }

    /// All of these are collected, all at once, and none is lost on the way.
    #[track_caller]
    fn collect(&self, boards: &[Quick]) {
        let load = self.host.collect(boards, boards.len());
        assert_eq!(load.faults, [""; 0], "{:#?}", self.collecting.events);
        assert_eq!(load.served, boards.len());
    }

    /// Waits until this was told of this port or address, with these words.
    #[track_caller]
    fn wait(&mut self, event: &str, link: &str, words: &str) {
        self.collecting
            .wait(&format!("{event} on {link}: {words}"), |events| {
                events.iter().any(|told| is(told, event, link, words))
            });
    }

    /// The end, which comes by itself.
    #[track_caller]
    fn end(self, code: i32, boards: usize) -> Ended {
        let ran = self.collecting.finish().expect(code);
        let list = self.bench.list();
        let collected = list.iter().filter(|board| board["state"] == "collected");
        assert_eq!(collected.count(), boards, "{list:#?}");
        Ended { ran, list }
    }
}

/// What was told, and what is listed afterwards.
struct Ended {
    ran: Ran,
    list: Vec<Value>,
}

impl Ended {
    /// The list has this port or address in this state, with these words, and the operator was told of it.
    #[track_caller]
    fn names(&self, link: &str, state: &str, words: &str) {
        let mut all = self.list.iter();
        let is_listed = all.any(|entry| {
            entry["link"] == link
                && entry["state"] == state
                && entry["error"]
                    .as_str()
                    .is_some_and(|error| error.contains(words))
        });
        assert!(is_listed, "{link} {state} {words:?}: {:#?}", self.list);
        let mut lines = self.ran.stderr.lines();
        let is_told = lines.any(|line| line.contains(words) && line.contains(link));
        assert!(is_told, "{link} {words:?}: {}", self.ran.stderr);
    }

    /// How many lines the operator was told with these words.
    fn lines(&self, words: &str) -> usize {
        let lines = self.ran.stderr.lines();
        lines.filter(|line| line.contains(words)).count()
    }
}

fn is(told: &Value, event: &str, link: &str, words: &str) -> bool {
    told["event"] == event
        && told["link"] == link
        && told["error"]
            .as_str()
            .is_some_and(|error| error.contains(words))
}
