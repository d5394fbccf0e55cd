//! Two benches and one name: both find it free before either has sent its job.

use super::*;

/// A submission that was killed before its job was sent, and then somebody else's job of that name.
fn killed_and_overtaken(listed_as: Option<(&'static str, u64)>) -> (Bench, Service) {
    let bench = Bench::with(3);
    let service = Service::new(&[Post::KilledBefore], &[]);
    bench.submit_killed(&service);
    service.make(BATCH);
    service.inner().listed_as = listed_as;
    service.calls();
    (bench, service)
}

#[test]
fn who_sees_both_jobs_is_told_and_goes_on_with_its_own() {
    let bench = Bench::with(1);
    let service = Service::new(&[Post::MadeAfterAnother], &[]);
    let error = bench.submit(&service).unwrap_err();
    let words = error.to_string();
    assert!(
        words.contains("submitted as job job-2") && words.contains("same time: job-1"),
        "{words}"
    );
    assert!(error.next_step().contains("goes on with job job-2"));
    let before = Submitted::Before(id("job-2"));
    assert_eq!(bench.submit(&service).unwrap(), before);
    assert_eq!(service.jobs(), 2);
}

#[test]
fn a_submission_that_arrives_late_is_told_beside_the_one_after_it() {
    let bench = Bench::with(1);
    let lists = [List::Real, List::Empty, List::Empty, List::Empty];
    let service = Service::new(&[Post::MadeAnswerLost], &lists);
    assert!(bench.submit(&service).is_err());
    let error = bench.submit(&service).unwrap_err();
    assert!(matches!(error, SubmitError::Twin { .. }), "{error}");
}

#[test]
fn who_can_not_look_afterwards_has_its_job_all_the_same() {
    let bench = Bench::with(1);
    let service = Service::new(&[], &[List::Real, List::Unreachable]);
    assert_eq!(bench.submit(&service).unwrap(), Submitted::Now(id("job-1")));
}

#[test]
fn a_job_of_another_number_of_rows_is_not_taken_for_ours() {
    for listed_as in [("COMPLETE", 2), ("COMPLETE", 4), ("IN_PROGRESS", 4)] {
        let (bench, service) = killed_and_overtaken(Some(listed_as));
        let error = bench.submit(&service).unwrap_err();
        assert!(
            matches!(error, SubmitError::CannotKnow { source: None }),
            "{listed_as:?}: {error}"
        );
        assert_eq!(service.calls(), ["list"]);
        assert_eq!(bench.job().unwrap().service_id, None);
    }
}

#[test]
fn a_service_that_has_not_counted_yet_is_believed() {
    for listed_as in [None, Some(("QUEUED", 0)), Some(("IN_PROGRESS", 2))] {
        let (bench, service) = killed_and_overtaken(listed_as);
        let found = Submitted::Found(id("job-1"));
        assert_eq!(bench.submit(&service).unwrap(), found);
    }
}

/// What its report then shows takes it back.
#[test]
fn what_was_found_and_given_back_is_not_taken_again() {
    let (bench, service) = killed_and_overtaken(Some(("COMPLETE", 3)));
    let _ = bench.submit(&service).unwrap();
    assert!(bench.job().unwrap().answer_lost_ms.is_some());
    bench.store().record_disowned(1, "not ours").unwrap();
    assert_eq!(bench.states(), [BoardState::Collected; 3]);
    let error = bench.submit(&service).unwrap_err();
    assert!(matches!(error, SubmitError::CannotKnow { source: None }));
    let again = Settle {
        again: true,
        ..Settle::default()
    };
    let made = bench.settle(&service, &again).unwrap();
    assert_eq!(made, Submitted::Now(id("job-2")), "a person has looked");
    assert_eq!(bench.states(), [BoardState::Submitted; 3]);
    assert_eq!(bench.job().unwrap().answer_lost_ms, None);
    bench.store().reader().verify_log().unwrap();
}
