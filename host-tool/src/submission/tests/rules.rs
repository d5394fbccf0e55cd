//! A batch becomes one job, whatever is interrupted when: every way through, with the calls it makes.

use super::*;

#[test]
fn a_new_batch_is_looked_for_then_posted_once() {
    let bench = Bench::with(3);
    let service = Service::default();
    assert_eq!(bench.submit(&service).unwrap(), Submitted::Now(id("job-1")));
    // And once more: whether another bench did the same at the same time.
    assert_eq!(service.calls(), ["list", "post", "list"]);
    let job = bench.job().unwrap();
    assert_eq!(job.service_id.as_deref(), Some("job-1"));
    assert_eq!((job.intent.name.as_str(), job.intent.data_rows), (BATCH, 3));
    assert_eq!(job.intent.no_job_of_that_name_before, Some(true));
    assert!(Path::new(&job.intent.data_file).is_absolute());
    assert_eq!(
        job.intent.data_sha256,
        sha256_of_file(&bench.file()).unwrap()
    );
    assert_eq!(bench.states(), [BoardState::Submitted; 3]);
    // Again: the service is not even asked.
    assert_eq!(
        bench.submit(&service).unwrap(),
        Submitted::Before(id("job-1"))
    );
    assert_eq!(service.calls(), [""; 0]);
}

#[test]
fn a_batch_without_boards_asks_nothing() {
    let bench = Bench::with(0);
    let service = Service::default();
    let error = bench.submit(&service).unwrap_err();
    assert!(error.next_step().contains("nameplate collect"), "{error}");
    assert_eq!(service.calls(), [""; 0]);
    assert!(!bench.file().exists());
}

#[test]
fn a_name_that_is_taken_is_not_posted_under() {
    let bench = Bench::with(1);
    let service = Service::default();
    service.make(BATCH);
    let error = bench.submit(&service).unwrap_err();
    assert!(matches!(&error, SubmitError::NameTaken { id: taken, .. } if *taken == id("job-1")));
    assert!(error.next_step().contains("batch.name"));
    assert_eq!(service.calls(), ["list"]);
    assert_eq!(bench.job(), None, "nothing is meant yet");
}

#[test]
fn without_a_list_it_is_posted_all_the_same() {
    for list in [List::NoSuchRoute, List::Inconclusive] {
        let bench = Bench::with(1);
        let service = Service::new(&[], &[list]);
        assert_eq!(bench.submit(&service).unwrap(), Submitted::Now(id("job-1")));
        assert_eq!(service.calls(), ["list", "post"]);
        assert_eq!(bench.job().unwrap().intent.no_job_of_that_name_before, None);
    }
}

#[test]
fn a_service_that_is_not_there_gets_nothing_and_leaves_nothing() {
    let bench = Bench::with(1);
    let service = Service::new(&[], &[List::Unreachable]);
    assert!(matches!(
        bench.submit(&service).unwrap_err(),
        SubmitError::Service(_)
    ));
    assert_eq!(service.calls(), ["list"]);
    assert_eq!(bench.job(), None);
    assert_eq!(bench.submit(&service).unwrap(), Submitted::Now(id("job-1")));
}

#[test]
fn a_refusal_gives_the_intent_up_and_a_rerun_posts() {
    for post in [Post::Refused, Post::Unreachable] {
        let bench = Bench::with(2);
        let service = Service::new(&[post], &[]);
        assert!(matches!(
            bench.submit(&service).unwrap_err(),
            SubmitError::Service(_)
        ));
        assert_eq!(service.calls(), ["list", "post"]);
        assert_eq!(bench.job(), None);
        assert_eq!(bench.states(), [BoardState::Collected; 2]);
        assert_eq!(bench.submit(&service).unwrap(), Submitted::Now(id("job-1")));
        assert_eq!(service.calls(), ["list", "post", "list"]);
        assert_eq!(service.jobs(), 1);
    }
}

#[test]
fn a_lost_answer_is_found_by_name_at_once() {
    let bench = Bench::with(1);
    let service = Service::new(&[Post::MadeAnswerLost], &[]);
    assert_eq!(
        bench.submit(&service).unwrap(),
        Submitted::Found(id("job-1"))
    );
    assert_eq!(service.calls(), ["list", "post", "list"]);
    assert!(bench.job().unwrap().answer_lost_ms.is_some());
    assert_eq!(service.jobs(), 1);
}

#[test]
fn a_job_that_shows_up_later_is_found_by_the_rerun() {
    let bench = Bench::with(1);
    let service = Service::new(&[Post::MadeAnswerLost], &[List::Real, List::Empty]);
    let error = bench.submit(&service).unwrap_err();
    assert!(matches!(error, SubmitError::AnswerLost(_)));
    assert!(error.next_step().contains("same command again"));
    assert_eq!(service.calls(), ["list", "post", "list"]);
    assert_eq!(
        bench.submit(&service).unwrap(),
        Submitted::Found(id("job-1"))
    );
    assert_eq!(service.calls(), ["list"]);
    assert_eq!(service.jobs(), 1);
}

#[test]
fn a_job_that_is_only_seen_at_the_second_look_is_not_posted_again() {
    let bench = Bench::with(1);
    let lists = [List::Real, List::Empty, List::Empty, List::Real];
    let service = Service::new(&[Post::MadeAnswerLost], &lists);
    assert!(bench.submit(&service).is_err());
    service.calls();
    assert_eq!(
        bench.submit(&service).unwrap(),
        Submitted::Found(id("job-1"))
    );
    assert_eq!(service.calls(), ["list", "sleep", "list"]);
    assert_eq!(service.jobs(), 1);
}

#[test]
fn a_lost_answer_without_a_job_is_posted_again_after_two_looks() {
    let bench = Bench::with(1);
    let service = Service::new(&[Post::NotMadeAnswerLost], &[]);
    assert!(matches!(
        bench.submit(&service).unwrap_err(),
        SubmitError::AnswerLost(_)
    ));
    assert_eq!(service.calls(), ["list", "post", "list"]);
    assert_eq!(bench.submit(&service).unwrap(), Submitted::Now(id("job-1")));
    assert_eq!(service.calls(), ["list", "sleep", "list", "post", "list"]);
    assert_eq!(service.jobs(), 1);
}

#[test]
fn killed_before_the_post_it_looks_twice_and_posts_once() {
    let bench = Bench::with(2);
    let service = Service::new(&[Post::KilledBefore], &[]);
    bench.submit_killed(&service);
    assert_eq!(bench.job().unwrap().service_id, None);
    service.calls();
    // The file of the intent is gone too: it is written again, byte for byte.
    std::fs::remove_file(bench.file()).unwrap();
    assert_eq!(bench.submit(&service).unwrap(), Submitted::Now(id("job-1")));
    assert_eq!(service.calls(), ["list", "sleep", "list", "post", "list"]);
    assert_eq!(
        bench.job().unwrap().intent.data_sha256,
        sha256_of_file(&bench.file()).unwrap()
    );
}

#[test]
fn killed_after_the_post_it_takes_the_job_and_posts_nothing() {
    let bench = Bench::with(2);
    let service = Service::new(&[Post::KilledAfter], &[]);
    bench.submit_killed(&service);
    service.calls();
    assert_eq!(
        bench.submit(&service).unwrap(),
        Submitted::Found(id("job-1"))
    );
    assert_eq!(service.calls(), ["list"]);
    assert_eq!(service.jobs(), 1);
    assert_eq!(bench.states(), [BoardState::Submitted; 2]);
}

#[test]
fn what_is_interrupted_before_it_is_sent_is_not_sent() {
    let bench = Bench::with(1);
    let service = Service::new(&[Post::KilledBefore], &[]);
    let interrupted = |calls: &[&str]| {
        service.interrupt.store(true, Ordering::Relaxed);
        assert!(matches!(
            bench.submit(&service).unwrap_err(),
            SubmitError::Interrupted
        ));
        assert_eq!(service.calls(), calls);
        service.interrupt.store(false, Ordering::Relaxed);
    };
    interrupted(&["list"]);
    assert_eq!(bench.job(), None, "nothing is meant yet");
    bench.submit_killed(&service);
    service.calls();
    interrupted(&["list", "sleep", "list"]);
    assert_eq!(bench.submit(&service).unwrap(), Submitted::Now(id("job-1")));
    assert_eq!(service.jobs(), 1);
}
