//! Boards that were met and are not in the batch.

use super::*;

fn sighting(link: &str, who: Option<u8>, error: Option<&str>) -> Sighting {
    Sighting {
        link: link.into(),
        mac: who.map(|n| board(n).mac),
        name: who.map(|n| board(n).name),
        state: error.map_or(SightingState::Seen, |_| SightingState::Failed),
        error: error.map(str::to_owned),
        at_ms: 0,
    }
}

fn listed(reader: &Reader) -> Vec<String> {
    let mut lines = Vec::new();
    let visit = |entry| {
        lines.push(match entry {
            Entry::Board(board) => format!("{} {}", board.what.name, board.state),
            Entry::Sighting(seen) => format!(
                "{} {:?} {} {:?}",
                seen.link, seen.name, seen.state, seen.error
            ),
        });
        Ok::<_, StoreError>(())
    };
    reader.entries(visit).unwrap();
    lines
}

#[test]
fn they_are_listed_until_the_board_is_collected() {
    let bench = Bench::new();
    let store = bench.batch("a");
    let writer = store.start_writer(bench.station()).unwrap();
    let handle = writer.handle();
    handle
        .sighting(sighting("/dev/ttyACM1", None, None))
        .unwrap();
    handle
        .sighting(sighting("/dev/ttyACM2", Some(1), Some("bad signature")))
        .unwrap();
    handle
        .sighting(sighting("/dev/ttyACM2", Some(1), Some("bad signature")))
        .unwrap();
    handle
        .sighting(sighting("/dev/ttyACM3", Some(3), Some("old nonce")))
        .unwrap();
    handle.record(board(2)).unwrap();
    assert_eq!(
        listed(store.reader()),
        [
            "b-2 collected",
            "/dev/ttyACM1 None seen None",
            r#"/dev/ttyACM2 Some("b-1") failed Some("bad signature")"#,
            r#"/dev/ttyACM3 Some("b-3") failed Some("old nonce")"#,
        ]
    );
    let counts = store.reader().counts().unwrap();
    assert_eq!((counts.seen, counts.refused, counts.boards()), (1, 2, 1));
    // Refusals are logged once each, plain sightings not at all.
    let told = events(store.reader());
    assert_eq!(
        told.iter()
            .filter(|told| told.starts_with("board.refused"))
            .count(),
        2
    );

    handle.record(board(1)).unwrap();
    assert_eq!(
        listed(store.reader()).len(),
        3,
        "both its refusal and its silent link are settled"
    );
    assert!(listed(store.reader())[2].contains("b-3"));
    drop(handle);
    writer.finish().unwrap();
}

#[test]
fn they_are_bounded_in_number_and_size() {
    let bench = Bench::new();
    let store = bench.batch("a");
    let mut books = store.books(bench.station()).unwrap();
    let most = usize::try_from(MAX_SIGHTINGS).unwrap();
    let flood: Vec<_> = (0..most + 5)
        .map(|n| sighting(&format!("tls {n}"), None, None))
        .chain([sighting(
            &"é".repeat(MAX_REASON_BYTES),
            None,
            Some(&"é".repeat(MAX_REASON_BYTES)),
        )])
        .map(|sighting| group::Record::Sighting(Box::new(sighting)))
        .collect();
    books.commit(&flood).unwrap();
    let lines = listed(store.reader());
    assert_eq!(lines.len(), most);
    assert!(
        lines[0].starts_with("tls 6 "),
        "the oldest made room: {}",
        lines[0]
    );
    assert!(lines[most - 1].len() < MAX_NAME_BYTES + MAX_REASON_BYTES + 50);
    assert_eq!(
        books.station.begin().map(drop).ok(),
        Some(()),
        "the station was left alone"
    );
}

#[test]
fn a_flood_of_refusals_does_not_fill_the_log() {
    let bench = Bench::new();
    let store = bench.batch("a");
    let almost = format!(
        "UPDATE batch SET refusals_logged = {}",
        MAX_REFUSALS_LOGGED - 2
    );
    bench.tamper("a", &almost);
    let mut books = store.books(bench.station()).unwrap();
    for n in 0..5 {
        let refusal = sighting(&format!("tls {n}"), None, Some("bad join token"));
        books
            .commit(&[group::Record::Sighting(Box::new(refusal))])
            .unwrap();
    }
    let told = events(store.reader());
    assert_eq!(
        told,
        [
            "batch.created a",
            "board.refused tls 0",
            "board.refusals-end tls 1"
        ]
    );
    assert_eq!(store.reader().counts().unwrap().refused, 5);
}
