//! The boards that failed, as a further job: the rules are those of the first.

use super::*;
use crate::store::Outcome;

/// Four boards, of which the second and the third failed in their first job.
fn failed(service: &Service) -> Bench {
    let mut bench = Bench::with(4);
    bench.submit(service).unwrap();
    let mut store = bench.store();
    let outcome = |(n, result): (u8, Result<(), &str>)| Outcome {
        name: format!("b-{n}"),
        result: result.map_err(str::to_owned),
    };
    let said = [(1, Ok(())), (2, Err("no")), (3, Err("no")), (4, Ok(()))];
    store.record_report(1, "report.csv", "ab").unwrap();
    store.apply_report(1, said.map(outcome)).unwrap();
    drop(store);
    service.calls();
    bench.rework = true;
    bench
}

fn rows(bench: &Bench, file: &str) -> usize {
    let path = bench.dir.path().join("batch").join(file);
    std::fs::read_to_string(path).unwrap().lines().count() - 1
}

#[test]
fn it_is_one_job_with_a_name_of_its_own() {
    let service = Service::new(&[], &[]);
    let bench = failed(&service);
    let made = bench.submit(&service).unwrap();
    assert_eq!(made, Submitted::Now(id("job-2")));
    assert_eq!(service.inner().jobs[1].1, "line-3 rework 1");
    assert_eq!(service.calls(), ["list", "post", "list"]);
    assert_eq!(rows(&bench, "batch-rework-1.csv"), 2);
    assert_eq!(rows(&bench, "batch.csv"), 4);
    // Again: it is on its way.
    let again = bench.submit_all(&service).unwrap();
    let before = ["job-1", "job-2"].map(|job| Submitted::Before(id(job)));
    assert_eq!(again, before);
    assert_eq!(service.jobs(), 2);
}

#[test]
fn whatever_is_interrupted_when_it_is_one_job() {
    for (post, calls) in [
        (
            Post::KilledBefore,
            &["list", "sleep", "list", "post", "list"][..],
        ),
        (Post::KilledAfter, &["list"]),
    ] {
        for by_rework in [true, false] {
            let service = Service::new(&[Post::Made, post], &[]);
            let mut bench = failed(&service);
            bench.submit_killed(&service);
            service.calls();
            bench.rework = by_rework;
            let all = bench.submit_all(&service).unwrap();
            assert_eq!(all.len(), 2);
            assert_eq!(service.calls(), calls);
            assert_eq!(service.jobs(), 2);
        }
    }
}

#[test]
fn its_file_is_written_again_where_it_is_gone() {
    let service = Service::new(&[Post::Made, Post::KilledBefore], &[]);
    let bench = failed(&service);
    bench.submit_killed(&service);
    let file = bench.dir.path().join("batch/batch-rework-1.csv");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    bench.submit_all(&service).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

#[test]
fn a_refused_one_leaves_them_failed() {
    let service = Service::new(&[Post::Made, Post::Refused], &[]);
    let bench = failed(&service);
    let error = bench.submit(&service).unwrap_err();
    assert!(matches!(error, SubmitError::Service(_)), "{error}");
    let failed = BoardState::Failed;
    assert_eq!(bench.states()[1..3], [failed, failed]);
    assert_eq!(bench.jobs().len(), 1);
    bench.submit(&service).unwrap();
    assert_eq!(bench.states()[1..3], [BoardState::Submitted; 2]);
}

#[test]
fn a_name_that_is_taken_is_refused() {
    let service = Service::new(&[], &[]);
    let bench = failed(&service);
    service.make("line-3 rework 1");
    let error = bench.submit(&service).unwrap_err();
    assert!(matches!(error, SubmitError::NameTaken { .. }), "{error}");
    assert_eq!(bench.jobs().len(), 1);
}

#[test]
fn it_may_be_several_jobs_too() {
    let service = Service::new(&[], &[]);
    let mut bench = failed(&service);
    bench.split = Split::Into(2);
    let all = bench.submit_all(&service).unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(service.inner().jobs[2].1, "line-3 rework 1-2-of-2");
    assert_eq!(rows(&bench, "batch-rework-1-2-of-2.csv"), 1);
}

#[test]
fn there_is_nothing_to_submit_again_where_nothing_failed() {
    let service = Service::new(&[], &[]);
    let mut bench = Bench::with(1);
    bench.rework = true;
    let error = bench.submit(&service).unwrap_err();
    assert!(matches!(error, SubmitError::NothingToRework), "{error}");
    bench.rework = false;
    bench.submit(&service).unwrap();
    bench.rework = true;
    let error = bench.submit(&service).unwrap_err();
    assert!(
        matches!(error, SubmitError::Store(StoreError::NoReportYet { .. })),
        "{error}"
    );
    assert_eq!(service.jobs(), 1);
}
