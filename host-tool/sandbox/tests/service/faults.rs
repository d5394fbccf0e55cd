//! Faults that were asked for.

use nameplate_sandbox::{Fault, KeyShown, Switches};

use super::bench::{Bench, JOBS, csv_of};

fn bench(faults: &[&str]) -> Bench {
    let fault: Vec<Fault> = faults.iter().map(|text| text.parse().unwrap()).collect();
    Bench::with(Switches {
        fault,
        ..Switches::default()
    })
}

fn jobs(bench: &Bench) -> u64 {
    bench.get(JOBS).json()["total"].as_u64().unwrap()
}

#[test]
fn statuses_come_with_their_code_and_stop_after_a_while() {
    for (status, code) in [
        (401, "invalid_api_key"),
        (403, "access_denied"),
        (404, "resource_not_found"),
        (413, "invalid_request"),
        (500, "internal_error"),
        (503, "service_unavailable"),
    ] {
        let bench = bench(&[&format!("create={status}:times=1")]);
        let answer = bench.submit(&csv_of(&["dev-1"]));
        assert_eq!(answer.status, status);
        assert_eq!(answer.error().0, code);
        assert_eq!(jobs(&bench), 0);
        assert_eq!(bench.submit(&csv_of(&["dev-1"])).status, 200);
    }
}

#[test]
fn retry_after_in_seconds_and_as_a_date() {
    let bench = bench(&[
        "status=429:retry-after=7:times=1",
        "status=503:retry-after-date=60:times=1",
    ]);
    let path = format!("{JOBS}/x");
    let first = bench.get(&path);
    assert_eq!(
        (first.status, &first.headers["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    let second = bench.get(&path);
    assert_eq!(second.status, 503);
    let date = second.headers["retry-after"].to_str().unwrap();
    assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
    assert_eq!(bench.get(&path).status, 404);
}

#[test]
fn garbage_and_redirects() {
    let bench = bench(&[
        "status=garbage:times=1",
        "any=redirect=https://127.0.0.1:9/elsewhere:times=1",
    ]);
    let path = format!("{JOBS}/x");
    let garbage = bench.get(&path);
    assert_eq!(garbage.status, 200);
    assert!(serde_json::from_slice::<serde_json::Value>(&garbage.body).is_err());
    let redirect = bench.get(&path);
    assert_eq!(redirect.status, 307);
    assert_eq!(
        redirect.headers["location"],
        "https://127.0.0.1:9/elsewhere"
    );
}

#[test]
fn a_dropped_connection_makes_no_job_and_a_lost_answer_makes_one() {
    let bench = bench(&["create=drop:times=1", "create=lost-answer:times=1"]);
    let parts = bench.parts(&csv_of(&["dev-1"]));
    assert!(bench.try_post(&parts).is_err());
    assert_eq!(jobs(&bench), 0);
    assert!(bench.try_post(&parts).is_err());
    assert_eq!(jobs(&bench), 1);
    let outcomes: Vec<String> = bench
        .running()
        .requests()
        .into_iter()
        .filter(|seen| seen.method == "POST")
        .map(|seen| seen.outcome)
        .collect();
    assert_eq!(outcomes, ["drop", "lost-answer"]);
}

#[test]
fn a_hanging_service_can_still_be_stopped() {
    let mut bench = bench(&["status=hang"]);
    let client = super::bench::agent(bench.running().ca_file());
    let url = format!("{}{JOBS}/x", bench.running().url());
    let key = bench.running().api_key().to_owned();
    let waiting =
        std::thread::spawn(move || client.get(url).header("x-api-key", key).call().is_err());
    while bench.running().requests().is_empty() {
        std::thread::yield_now();
    }
    let seen = bench.running().requests().remove(0);
    assert_eq!((seen.outcome.as_str(), seen.status), ("hang", None));
    assert_eq!(seen.api_key, KeyShown::Right);
    assert!(!waiting.is_finished());
    // Nobody answers; closing the service ends the wait.
    bench.running = None;
    assert!(waiting.join().unwrap());
}
