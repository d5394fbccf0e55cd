//! What happens on the bench as JSON, for programs: documented in `host-tool/EVENTS.md`, and stable.

use serde_json::json;

use crate::bench::Event;

/// The event as an object. Who draws it adds the port's `slot`.
#[expect(clippy::too_many_lines, reason = "one list of all there are")]
pub fn as_json(event: &Event<'_>) -> serde_json::Value {
    let mac = |mac: &nameplate_wire::Mac| mac.to_string();
    match event {
        Event::Listening { address } => {
            json!({"event": "listening", "address": address.to_string()})
        }
        Event::Port { link, slot } => json!({"event": "port", "link": link, "slot": slot}),
        Event::Left { link } => json!({"event": "left", "link": link}),
        Event::Skipped { link, who } => json!({
            "event": "skipped", "link": link, "mac": who.map(|(address, _)| mac(&address)),
            "name": who.map(|(_, name)| name)
        }),
        Event::PortTrouble {
            link,
            slot,
            error,
            code,
        } => {
            json!({"event": "port-trouble", "link": link, "slot": slot, "error": error.to_string(), "code": code})
        }
        Event::Log { link, line } => json!({"event": "log", "link": link, "line": line}),
        Event::Seen {
            link,
            mac: address,
            name,
        } => {
            json!({"event": "seen", "link": link, "mac": mac(address), "name": name})
        }
        Event::Collected {
            link,
            mac: address,
            name,
            already,
            bytes,
            boards,
        } => json!({
            "event": "collected", "link": link, "mac": mac(address), "name": name,
            "already": already, "bytes": bytes, "boards": boards
        }),
        Event::Installed {
            link,
            mac: address,
            name,
        } => json!({"event": "installed", "link": link, "mac": mac(address), "name": name}),
        Event::Delivered {
            link,
            mac: address,
            name,
            already,
            had,
            locked,
            bytes,
            done,
            of,
        } => json!({
            "event": "delivered", "link": link, "mac": mac(address), "name": name, "already": already,
            "had": had, "locked": locked, "bytes": bytes, "done": done, "of": of
        }),
        Event::Identified {
            link,
            mac: address,
            name,
            seconds,
        } => json!({
            "event": "identified", "link": link, "mac": mac(address), "name": name, "seconds": seconds
        }),
        Event::NotIdentified {
            link,
            mac: address,
            name,
            reason,
        } => json!({
            "event": "not-identified", "link": link, "mac": mac(address), "name": name, "error": reason
        }),
        Event::Refused {
            link,
            who,
            reason,
            code,
            next_step,
        } => json!({
            "event": "refused", "link": link, "mac": who.map(|(address, _)| mac(&address)),
            "name": who.map(|(_, name)| name), "error": reason, "code": code, "next_step": next_step
        }),
        Event::Lost {
            link,
            who,
            reason,
            code,
            recorded,
        } => json!({
            "event": "lost", "link": link, "mac": who.map(|(address, _)| mac(&address)),
            "name": who.map(|(_, name)| name), "error": reason, "code": code, "recorded": recorded
        }),
        Event::Strangers {
            link,
            connections,
            reason,
        } => json!({
            "event": "strangers", "link": link, "connections": connections, "error": reason
        }),
        Event::Ending { at_work } => json!({"event": "ending", "at_work": at_work}),
        Event::LineStopped => json!({"event": "line-stopped"}),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use nameplate_wire::Mac;

    use super::*;

    const LINK: &str = "/dev/ttyACM0";
    const WHO: (Mac, &str) = (Mac([2; 6]), "sensor-1");

    /// One of each; a new kind is added here, or [`every_event_is_here`] does not compile.
    fn all() -> Vec<Event<'static>> {
        let (link, mac, name) = (LINK, WHO.0, WHO.1);
        let (reason, next_step) = ("why", "what to do");
        vec![
            Event::Listening {
                address: ([127, 0, 0, 1], 7443).into(),
            },
            Event::Port { link, slot: "A1" },
            Event::Left { link },
            Event::PortTrouble {
                link,
                slot: "A1",
                error: &std::fmt::Error,
                code: "port-busy",
            },
            Event::Log {
                link,
                line: "booting",
            },
            Event::Seen { link, mac, name },
            Event::Collected {
                link,
                mac,
                name,
                already: false,
                bytes: 1,
                boards: 1,
            },
            Event::Installed { link, mac, name },
            Event::Delivered {
                link,
                mac,
                name,
                already: false,
                had: false,
                locked: false,
                bytes: 1,
                done: 1,
                of: 1,
            },
            Event::Identified {
                link,
                mac,
                name,
                seconds: 10,
            },
            Event::NotIdentified {
                link,
                mac,
                name,
                reason,
            },
            Event::Refused {
                link,
                who: Some(WHO),
                reason,
                code: "proof-wrong",
                next_step,
            },
            Event::Lost {
                link,
                who: None,
                reason,
                code: "board-silent",
                recorded: false,
            },
            Event::Skipped { link, who: None },
            Event::Strangers {
                link,
                connections: 1,
                reason,
            },
            Event::Ending { at_work: 1 },
            Event::LineStopped,
        ]
    }

    #[test]
    fn every_event_is_here() {
        // A kind that is added makes this match fail to compile.
        let number = |event: &Event<'_>| match event {
            Event::Listening { .. } => 0,
            Event::Port { .. } => 1,
            Event::Left { .. } => 2,
            Event::PortTrouble { .. } => 3,
            Event::Log { .. } => 4,
            Event::Seen { .. } => 5,
            Event::Collected { .. } => 6,
            Event::Installed { .. } => 7,
            Event::Delivered { .. } => 8,
            Event::Identified { .. } => 9,
            Event::NotIdentified { .. } => 10,
            Event::Refused { .. } => 11,
            Event::Lost { .. } => 12,
            Event::Skipped { .. } => 13,
            Event::Strangers { .. } => 14,
            Event::Ending { .. } => 15,
            Event::LineStopped => 16,
        };
        let numbers: BTreeSet<_> = all().iter().map(number).collect();
        assert_eq!(numbers, (0..17).collect());
    }

    /// The events of the document with their fields: rows of tables that begin with a name in backticks.
    fn documented() -> BTreeMap<String, BTreeSet<String>> {
        let document = include_str!("../../EVENTS.md");
        let rows = document.lines().filter(|line| line.starts_with("| `"));
        rows.map(|row| {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            let words = |cell: &str| -> Vec<String> {
                cell.split('`')
                    .skip(1)
                    .step_by(2)
                    .map(str::to_owned)
                    .collect()
            };
            let name = words(cells[1]).remove(0);
            (name, words(cells[2]).into_iter().collect())
        })
        .collect()
    }

    #[test]
    fn the_document_has_each_event_of_the_bench_with_its_fields() {
        let documented = documented();
        for event in all() {
            let object = as_json(&event);
            let object = object.as_object().unwrap();
            let name = object["event"].as_str().unwrap();
            let mut fields: BTreeSet<_> = object.keys().cloned().collect();
            fields.remove("event");
            assert_eq!(documented.get(name), Some(&fields), "{name}");
        }
    }

    /// Names of events as they stand in the source.
    fn written() -> BTreeSet<String> {
        fn look(folder: &std::path::Path, names: &mut BTreeSet<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    look(&path, names);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let parts = text.split("\"event\": \"").skip(1);
                    names.extend(parts.filter_map(|part| Some(part.split_once('"')?.0.to_owned())));
                }
            }
        }
        let mut names = BTreeSet::new();
        look(
            std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
            &mut names,
        );
        // This module's own searching.
        names.retain(|name| {
            name.bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_lowercase())
        });
        names
    }

    #[test]
    fn the_document_has_every_event_that_any_command_writes_and_no_other() {
        let documented: BTreeSet<_> = documented().into_keys().collect();
        assert_eq!(documented, written());
    }
}
