//! What nobody here can know, a person settles.

use super::*;

/// A batch whose submission was killed after the post, at a service that could not be asked before it.
fn doubtful() -> (Bench, Service) {
    let bench = Bench::with(1);
    let service = Service::new(&[Post::KilledAfter], &[List::NoSuchRoute]);
    bench.submit_killed(&service);
    assert_eq!(service.calls(), ["list", "post"]);
    (bench, service)
}

fn again() -> Settle {
    Settle {
        job_id: None,
        again: true,
    }
}

fn named(job: &str) -> Settle {
    Settle {
        job_id: Some(id(job)),
        again: false,
    }
}

#[test]
fn a_job_of_the_name_that_may_have_been_there_before_is_not_taken() {
    let (bench, service) = doubtful();
    let error = bench.submit(&service).unwrap_err();
    assert!(matches!(error, SubmitError::CannotKnow { source: None }));
    assert!(error.next_step().contains("--job-id") && error.next_step().contains("--again"));
    assert_eq!(service.calls(), ["list"]);
}

#[test]
fn a_service_that_can_not_be_asked_settles_nothing() {
    let (bench, service) = doubtful();
    service.inner().lists.push_back(List::NoSuchRoute);
    let error = bench.submit(&service).unwrap_err();
    assert!(matches!(error, SubmitError::CannotKnow { source: Some(_) }));
    assert!(error.next_step().contains("--job-id"));
    // It may only be away: then nobody need look in a portal.
    service.inner().lists.push_back(List::Unreachable);
    let error = bench.submit(&service).unwrap_err();
    assert!(matches!(error, SubmitError::CannotKnow { source: Some(_) }));
    assert!(
        !error.next_step().contains("--job-id"),
        "{}",
        error.next_step()
    );
    assert_eq!(service.calls(), ["list", "list"]);
}

#[test]
fn several_jobs_of_the_name_are_shown_and_none_taken() {
    let bench = Bench::with(1);
    let service = Service::new(&[Post::KilledAfter], &[]);
    bench.submit_killed(&service);
    service.make(BATCH);
    service.calls();
    let error = bench.submit(&service).unwrap_err();
    assert!(error.to_string().contains("job-1, job-2"), "{error}");
    assert_eq!(service.calls(), ["list"]);
    assert_eq!(
        bench.settle(&service, &named("job-1")).unwrap(),
        Submitted::Found(id("job-1"))
    );
    assert_eq!(service.calls(), ["status"]);
}

#[test]
fn a_person_names_the_job() {
    let (bench, service) = doubtful();
    let error = bench.settle(&service, &named("job-7")).unwrap_err();
    assert!(matches!(error, SubmitError::NotThatJob { .. }), "{error}");
    assert_eq!(
        bench.job().unwrap().service_id,
        None,
        "a slip binds nothing"
    );
    assert_eq!(
        bench.settle(&service, &named("job-1")).unwrap(),
        Submitted::Found(id("job-1"))
    );
    assert_eq!(service.calls(), ["status", "status"]);
    assert_eq!(bench.states(), [BoardState::Submitted]);
    // Named again: the same job is fine, another is not.
    assert_eq!(
        bench.settle(&service, &named("job-1")).unwrap(),
        Submitted::Before(id("job-1"))
    );
    let error = bench.settle(&service, &named("job-2")).unwrap_err();
    assert!(matches!(error, SubmitError::OtherJob { .. }), "{error}");
    assert_eq!(service.calls(), [""; 0]);
}

#[test]
fn a_person_says_that_there_is_none() {
    let (bench, service) = doubtful();
    assert_eq!(
        bench.settle(&service, &again()).unwrap(),
        Submitted::Now(id("job-2"))
    );
    assert_eq!(service.calls(), ["post"]);
    assert_eq!(
        bench.settle(&service, &again()).unwrap(),
        Submitted::Before(id("job-2"))
    );
    assert_eq!(service.calls(), [""; 0], "it is settled");
}

#[test]
fn a_job_is_named_only_where_one_is_missing() {
    let bench = Bench::with(1);
    let service = Service::default();
    let error = bench.settle(&service, &named("job-1")).unwrap_err();
    assert!(matches!(error, SubmitError::NothingToSettle), "{error}");
    assert_eq!(service.calls(), [""; 0]);
    assert_eq!(bench.job(), None);
}

#[test]
fn another_file_than_the_intent_s_is_not_sent() {
    let mut bench = Bench::with(1);
    let service = Service::new(&[Post::KilledBefore], &[]);
    bench.submit_killed(&service);
    service.calls();
    bench.cell = CsrCell::MultiLine;
    std::fs::write(bench.file(), "something else").unwrap();
    let error = bench.submit(&service).unwrap_err();
    assert!(matches!(error, SubmitError::FileChanged { .. }), "{error}");
    assert_eq!(service.calls(), ["list", "sleep", "list"]);
    bench.cell = CsrCell::OneLine;
    assert_eq!(bench.submit(&service).unwrap(), Submitted::Now(id("job-1")));
    assert_eq!(service.calls(), ["list", "sleep", "list", "post", "list"]);
}

#[test]
fn the_intent_s_own_file_is_sent_whatever_the_configuration_says_now() {
    let mut bench = Bench::with(1);
    let service = Service::new(&[Post::KilledBefore], &[]);
    bench.submit_killed(&service);
    let before = std::fs::read(bench.file()).unwrap();
    bench.cell = CsrCell::MultiLine;
    assert_eq!(bench.submit(&service).unwrap(), Submitted::Now(id("job-1")));
    assert_eq!(std::fs::read(bench.file()).unwrap(), before);
}
