//! A batch's folder that was copied to another machine, and both go on.

use nameplate_tests::bench::Bench;
use nameplate_tests::programs::{finish, run, start};
use nameplate_tests::ready::{Ready, copy};
use nameplate_tests::service::Service;

use super::place::{asks, bench, killed_at, known, service};

/// The same folder at another bench, whose station knows nothing.
fn copy_of(bench: &Bench, service: &Service) -> Bench {
    let other = Bench::new();
    copy(&bench.batch(), &other.batch());
    other.configure(&Bench::service_section(service));
    other
}

#[test]
fn a_copy_from_before_the_submission_is_told_that_the_name_is_taken() {
    let home = tempfile::tempdir().unwrap();
    let service = service(home.path(), &[]);
    let first = bench(&Ready::collect(2), "copied", &service);
    let second = copy_of(&first, &service);
    let _ = run(&mut first.nameplate("submit")).expect(0);
    let _ = asks(run(&mut second.nameplate("submit"))).says("already has a job named");
    assert_eq!(service.jobs(), 1);
}

#[test]
fn a_copy_from_within_the_submission_finds_the_one_job() {
    for point in ["intent-after", "post-before", "post-after"] {
        let home = tempfile::tempdir().unwrap();
        let service = service(home.path(), &[]);
        let first = bench(&Ready::collect(2), "copied", &service);
        killed_at(&mut first.nameplate("submit"), point);
        let second = copy_of(&first, &service);
        let _ = run(&mut first.nameplate("submit")).expect(0);
        let _ = run(&mut second.nameplate("submit"))
            .expect(0)
            .says("found at the service as job");
        assert_eq!(service.jobs(), 1);
        assert_eq!(known(&first), known(&second));
    }
}

#[test]
fn a_copy_from_after_it_goes_on_with_the_same_job() {
    let home = tempfile::tempdir().unwrap();
    let service = service(home.path(), &[]);
    let first = bench(&Ready::collect(2), "copied", &service);
    let _ = run(&mut first.nameplate("submit")).expect(0);
    let second = copy_of(&first, &service);
    for bench in [&first, &second] {
        let _ = run(&mut bench.nameplate("submit"))
            .expect(0)
            .says("already submitted");
        let _ = run(bench.nameplate("status").arg("--wait")).expect(0);
        let _ = run(&mut bench.nameplate("report")).expect(0);
    }
    assert_eq!(service.jobs(), 1);
}

/// Nothing that both see keeps them apart; but who comes last sees both jobs, and says so.
#[test]
fn both_copies_at_once_make_one_job_or_a_person_is_asked() {
    let home = tempfile::tempdir().unwrap();
    let service = service(home.path(), &[]);
    let boards = Ready::collect(2);
    let mut jobs = 0;
    for time in 0..10 {
        let first = bench(&boards, &format!("copied-{time}"), &service);
        let second = copy_of(&first, &service);
        let both = [&first, &second].map(|bench| start(&mut bench.nameplate("submit")));
        let both = both.map(finish);
        let made = service.jobs() - jobs;
        jobs = service.jobs();
        let asked = both.iter().filter(|ran| ran.code == Some(1)).count();
        assert!(made == 1 || (made == 2 && asked >= 1), "{made}: {both:?}");
        for ran in both.into_iter().filter(|ran| ran.code != Some(0)) {
            let _ = asks(ran).says("job");
        }
    }
}
