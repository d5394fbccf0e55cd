//! 500 boards at once: the page is written at most once a frame, and only where something has changed; whoever reads slowly, or not at
//! all, holds nobody up.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use nameplate_tests::bench::{Bench, TOKEN};
use nameplate_tests::board::name;
use nameplate_tests::browser::Browser;
use nameplate_tests::load;
use nameplate_tests::load::network::Host;
use nameplate_tests::staged::{Boards, Staged, page_of, slow};
use nameplate_tests::watched::Watched;
use nameplate_tests::web::Site;

const BOARDS: u16 = 500;

/// Notes of each change of the tiles in which frame it was: the clock of a document stands still within a frame.
const WATCH: &str = "
window.frames_ = new Map(); window.touched = new Set();
new MutationObserver((changes) => {
  const frame = document.timeline.currentTime;
  window.frames_.set(frame, (window.frames_.get(frame) ?? 0) + 1);
  for (const change of changes) {
    const tile = change.target.closest?.('.tile');
    if (tile && !change.target.matches('.time')) window.touched.add(tile.dataset.id);
  }
}).observe(document.querySelector('#tiles'), { subtree: true, childList: true, characterData: true, attributes: true });";

#[test]
fn what_comes_several_times_before_a_frame_is_drawn_whole() {
    let bench = Bench::new();
    let door = bench.door.to_string();
    let more = ["--expect", "9", "--listen", &door];
    let mut staged = Staged::start(bench, Boards::default(), &more);
    let mut browser = Browser::at(&staged.url);
    browser.until("document.body.dataset.connection === 'live'");
    // No frame comes until boards that were not there before were seen, and then recorded.
    browser.run(
        "window.held = []; window.frame = requestAnimationFrame; requestAnimationFrame = (draw) => window.held.push(draw)",
    );
    let boards: Vec<_> = (1..=5)
        .map(|number| slow(number, Duration::from_secs(1)).on_network(&staged.bench))
        .collect();
    let names: Vec<_> = (1..=5).map(name).collect();
    staged.watched.wait_collected(&names);
    browser.run("window.other = new EventSource('/events'); other.addEventListener('change', () => { window.heard = true; })");
    browser.until("window.heard");
    browser.run("other.close(); requestAnimationFrame = window.frame; window.held.forEach((draw) => requestAnimationFrame(draw))");
    browser.until("document.querySelectorAll('.tile[data-tone=ready]').length === 5");
    drop(boards);
}

#[test]
fn five_hundred_boards_at_once_cost_one_redraw_a_frame() {
    nameplate::bench::raise_open_files();
    let bench = Bench::new();
    let boards = load::make(&bench.batch(), 1, BOARDS);
    let more = load::make(&bench.batch(), BOARDS + 1, 1);
    let mut command = bench.nameplate("collect");
    command.args(["--listen", &bench.door.to_string(), "--page", "127.0.0.1:0"]);
    command.args(["--expect", &(BOARDS + 2).to_string()]);
    let mut watched = Watched::start(&mut command);
    let url = page_of(&mut watched);
    watched.wait("the door", |events| {
        events.iter().any(|event| event["event"] == "listening")
    });
    // One that asks for the feed and never reads it, and one that reads all.
    let mut deaf =
        TcpStream::connect(url.trim_start_matches("http://").trim_end_matches('/')).unwrap();
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    write!(deaf, "GET /events HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let reader = {
        let site = Site::of(&url);
        std::thread::spawn(move || {
            let mut ready = BTreeSet::new();
            let mut events = 0;
            for (_, data) in site.events() {
                events += 1;
                for row in data["rows"].as_array().into_iter().flatten() {
                    if row["tone"] == "ready" {
                        ready.insert(row["name"].as_str().unwrap().to_owned());
                    }
                }
            }
            (ready, events)
        })
    };
    let mut browser = Browser::at(&url);
    browser.size(1280, 800);
    browser.until("document.body.dataset.connection === 'live'");
    browser.run(WATCH);
    let host = Host::new(bench.door, &bench.certificate(), TOKEN);
    let load = host.collect(&boards, usize::from(BOARDS));
    assert_eq!(load.served, usize::from(BOARDS), "{:?}", load.faults);
    browser.until(&format!(
        "document.querySelectorAll('.tile[data-tone=ready]').length === {BOARDS}"
    ));
    let most = browser.run("return Math.max(...window.frames_.values())");
    assert_eq!(most, 1, "the tiles were written more than once in a frame");
    let own = browser.run("return window.nameplate.frames");
    assert!(own.as_u64().unwrap() > 0);

    // One more comes: no other tile is touched.
    browser.run("window.touched.clear()");
    let load = host.collect(&more, 1);
    assert_eq!(load.served, 1, "{:?}", load.faults);
    browser.until(&format!(
        "document.querySelector('#tiles').textContent.includes('{}')",
        name(BOARDS + 1)
    ));
    browser.until(&format!(
        "document.querySelectorAll('.tile[data-tone=ready]').length === {}",
        BOARDS + 1
    ));
    assert!(
        browser.run("return window.touched.size").as_u64().unwrap() <= 1,
        "others were touched"
    );
    for width in [1280, 400] {
        browser.size(width, 800);
        browser.until("document.documentElement.scrollWidth <= innerWidth");
    }
    drop(browser);
    let _ = watched.interrupt();
    let (ready, events) = reader.join().unwrap();
    assert_eq!(ready.len(), usize::from(BOARDS) + 1);
    assert!(
        events < 10 * 180,
        "changes are told ten times a second at most: {events}"
    );
}
