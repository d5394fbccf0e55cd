//! What the live page costs the bench: 500 boards at once over TLS, without a page, with a page that nobody looks at, with three that
//! are read by plain programs, and with three in real browsers.
//!
//! `cargo bench -p nameplate-tests --bench page`; `-- --rounds N` changes how often, `--only unread|readers|browsers` what. In each round every kind is run once, one after
//! the other, and its rate is held against that of the run without a page just before it. A lost board ends the benchmark; speed never
//! fails it. Browsers draw on the same processors as the bench and the boards: what they cost is not the host's.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use nameplate_tests::bench::{Bench, TOKEN, free_address};
use nameplate_tests::browser::Browser;
use nameplate_tests::collecting::Collecting;
use nameplate_tests::load;
use nameplate_tests::load::network::Host;
use nameplate_tests::processes::until;
use nameplate_tests::web::Site;

/// Boards at once.
const BOARDS: u16 = 500;
/// Pages at once.
const PAGES: usize = 3;
/// The same calm before each run.
const SETTLE: Duration = Duration::from_millis(500);
/// How often.
const ROUNDS: usize = 9;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    None,
    Unread,
    Readers,
    Browsers,
}

/// Boards a second, and the host's processor time a board in microseconds.
struct Run {
    rate: f64,
    cpu: f64,
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let after = |flag: &str| {
        let at = arguments.iter().position(|word| word == flag)?;
        arguments.get(at + 1).cloned()
    };
    let rounds = after("--rounds").map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    let only = after("--only");
    nameplate::bench::raise_open_files();
    println!(
        "{BOARDS} boards at once over TLS, {rounds} rounds; rates against the run without a page of the same round"
    );
    let kinds = [
        ("unread", Kind::Unread),
        ("readers", Kind::Readers),
        ("browsers", Kind::Browsers),
    ];
    let is_asked = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let kinds = kinds.into_iter().filter(|(name, _)| is_asked(name));
    let kinds: Vec<_> = kinds.map(|(_, kind)| kind).collect();
    let mut ratios = vec![Vec::new(); kinds.len()];
    let mut costs = vec![Vec::new(); kinds.len()];
    for round in 1..=rounds {
        for (at, kind) in kinds.iter().copied().enumerate() {
            // In turn first and second: what runs second may find a warmer machine, or a busier one.
            let (without, with) = if round % 2 == 0 {
                let with = run(kind);
                (run(Kind::None), with)
            } else {
                (run(Kind::None), run(kind))
            };
            println!(
                "  {round} {kind:8?} {:6.0}/s against {:6.0}/s, ratio {:.3}; the host's processor time a board {:4.0} µs against {:4.0} µs",
                with.rate,
                without.rate,
                with.rate / without.rate,
                with.cpu,
                without.cpu
            );
            ratios[at].push(with.rate / without.rate);
            costs[at].push(with.cpu - without.cpu);
        }
    }
    for (at, kind) in kinds.into_iter().enumerate() {
        println!(
            "{kind:8?} ratio of rates: median {:.3}, mean {:.3} ± {:.3} (standard error); processor time of the host {:+.0} µs a board (median)",
            median(&mut ratios[at]),
            mean(&ratios[at]),
            standard_error(&ratios[at]),
            median(&mut costs[at])
        );
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// How far the mean of so many is likely to be from the truth.
fn standard_error(values: &[f64]) -> f64 {
    let (mean, count) = (mean(values), values.len() as f64);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (count - 1.0).max(1.0) / count).sqrt()
}

fn run(kind: Kind) -> Run {
    let bench = Bench::new();
    let boards = load::make(&bench.batch(), 1, BOARDS);
    let host = Host::new(bench.door, &bench.certificate(), TOKEN);
    let page = free_address();
    let mut command = bench.nameplate("collect");
    command.args(["--listen", &bench.door.to_string(), "--timeout", "120"]);
    command.args(["--expect", &BOARDS.to_string()]);
    if kind != Kind::None {
        command.args(["--page", &page.to_string()]);
    }
    let url = format!("http://{page}/");
    let mut browsers: Vec<_> = if kind == Kind::Browsers {
        (0..PAGES).map(|_| Browser::start()).collect()
    } else {
        Vec::new()
    };
    let collecting = Collecting::start(&bench, &mut command);
    collecting.wait_for_the_door();
    for browser in &mut browsers {
        browser.open(&url);
        browser.until("document.body.dataset.connection === 'live'");
    }
    let readers = if kind == Kind::Readers {
        readers(&url)
    } else {
        Vec::new()
    };
    // Those with pages have had a moment more since their door opened.
    std::thread::sleep(SETTLE);
    let load = host.collect(&boards, boards.len());
    assert_eq!(load.served, usize::from(BOARDS), "{:?}", load.faults);
    let collected = collecting.finish();
    for reader in readers {
        assert!(reader.join().unwrap() > 1, "it was told of nothing");
    }
    let told = collected.of_kind("collected").count();
    assert_eq!(told, usize::from(BOARDS), "{}", collected.log);
    let (last, _) = collected.of_kind("collected").last().unwrap();
    Run {
        rate: f64::from(BOARDS) / last.duration_since(load.begun).as_secs_f64(),
        cpu: collected.cpu / f64::from(BOARDS) * 1e6,
    }
}

/// Three that read the feed to its end, each on a thread; returns once each has been told all that stands.
fn readers(url: &str) -> Vec<JoinHandle<usize>> {
    let ready = Arc::new(AtomicUsize::new(0));
    let site = Site::of(url);
    let readers = (0..PAGES).map(|_| {
        let (site, ready) = (site.clone(), Arc::clone(&ready));
        std::thread::spawn(move || {
            let mut events = site.events();
            events.next().expect("all that stands");
            ready.fetch_add(1, Ordering::Relaxed);
            1 + events.count()
        })
    });
    let readers = readers.collect();
    until("each reader listens", || {
        ready.load(Ordering::Relaxed) == PAGES
    });
    readers
}
