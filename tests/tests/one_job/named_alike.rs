//! Two benches, each with boards and a station's index of its own, that call their batches by one name.

use std::collections::BTreeMap;

use nameplate_tests::bench::Bench;
use nameplate_tests::programs::{finish, run, start};
use nameplate_tests::ready::Ready;
use nameplate_tests::service::Service;

use super::place::{asks, bench, killed_at, known, service};

/// How often two benches submit at once.
const TIMES: usize = 12;

/// Two benches with a batch of one name, of so many boards each.
fn two(name: &str, service: &Service, sizes: [usize; 2]) -> [Bench; 2] {
    let boards = Ready::collect(4);
    let [first, second] = sizes;
    [
        bench(&boards.some(0..first), name, service),
        bench(&boards.some(first..first + second), name, service),
    ]
}

#[test]
fn the_second_bench_is_told_that_the_name_is_taken() {
    let home = tempfile::tempdir().unwrap();
    let service = service(home.path(), &[]);
    let [first, second] = two("line-3", &service, [2, 2]);
    let _ = run(&mut first.nameplate("submit")).expect(0);
    let _ = asks(run(&mut second.nameplate("submit")))
        .says("already has a job named")
        .says("another batch.name");
    assert_eq!((service.jobs(), known(&second)), (1, None));
}

/// Both may look before either sends: then there are two jobs, each bench knows its own, and at least one of them is told.
#[test]
fn both_at_once_never_share_a_job_and_never_end_in_silence() {
    let home = tempfile::tempdir().unwrap();
    let service = service(home.path(), &[]);
    let boards = Ready::collect(4);
    let mut ends = BTreeMap::<_, u32>::new();
    let mut jobs = 0;
    for time in 1..=TIMES {
        let name = format!("alike-{time}");
        let benches = [0..2, 2..4].map(|some| bench(&boards.some(some), &name, &service));
        let both = [0, 1].map(|at: usize| start(&mut benches[at].nameplate("submit")));
        let both = both.map(finish);
        let made = service.jobs() - jobs;
        jobs = service.jobs();
        let codes = [0, 1].map(|at: usize| both[at].code);
        *ends.entry((codes, made)).or_default() += 1;
        let ids = [0, 1].map(|at: usize| known(&benches[at]));
        match made {
            1 => assert!(ids.contains(&None), "one job for both: {both:?}"),
            2 => {
                assert!(ids[0].is_some() && ids[1].is_some() && ids[0] != ids[1]);
                assert!(codes.contains(&Some(1)), "nobody is told: {both:?}");
            }
            other => panic!("{other} jobs: {both:?}"),
        }
        for (bench, ran) in benches.iter().zip(both) {
            if ran.code == Some(0) {
                continue;
            }
            let ran = asks(ran);
            if known(bench).is_some() {
                let _ = ran.says("at the same time").says("goes on with job");
                let _ = run(&mut bench.nameplate("submit"))
                    .expect(0)
                    .says("already submitted");
            } else {
                let _ = ran.says("already has a job named");
            }
        }
        assert_eq!(service.jobs(), jobs);
    }
    println!("exit codes and jobs: {ends:?}");
}

/// Made to happen: the one has looked and means to send when the other sends; then it dies, or goes on.
#[test]
fn who_was_killed_before_sending_does_not_take_the_other_s_job_of_another_size() {
    let home = tempfile::tempdir().unwrap();
    let service = service(home.path(), &[]);
    let [first, second] = two("line-3", &service, [1, 2]);
    killed_at(&mut second.nameplate("submit"), "post-before");
    let _ = run(&mut first.nameplate("submit")).expect(0);
    let _ = run(first.nameplate("status").arg("--wait")).expect(0);
    let _ = asks(run(&mut second.nameplate("submit")))
        .says("can't be told from here")
        .says("--job-id ID")
        .says("--again");
    assert_eq!((service.jobs(), known(&second)), (1, None));
    let _ = run(second.nameplate("submit").arg("--again")).expect(0);
    assert_eq!(service.jobs(), 2);
    carried_out(&second);
}

/// Where both have as many boards only the report can tell.
#[test]
fn who_took_the_other_s_job_gives_it_back_when_its_report_comes() {
    let home = tempfile::tempdir().unwrap();
    let service = service(home.path(), &[]);
    let [first, second] = two("line-3", &service, [2, 2]);
    killed_at(&mut second.nameplate("submit"), "post-before");
    let _ = run(&mut first.nameplate("submit")).expect(0);
    let _ = run(&mut second.nameplate("submit"))
        .expect(0)
        .says("found at the service as job");
    let _ = run(second.nameplate("status").arg("--wait")).expect(0);
    let _ = asks(run(&mut second.nameplate("report")))
        .says("it is not this batch's")
        .says("--again");
    assert_eq!(known(&second), None);
    let states = second.list();
    assert!(states.iter().all(|board| board["state"] == "collected"));
    // Nothing goes out before a person has said so.
    let _ = asks(run(&mut second.nameplate("submit"))).says("can't be told from here");
    assert_eq!(service.jobs(), 1);
    let _ = run(second.nameplate("submit").arg("--again")).expect(0);
    assert_eq!(service.jobs(), 2);
    carried_out(&second);
}

#[test]
fn who_was_killed_after_sending_finds_two_and_asks() {
    let home = tempfile::tempdir().unwrap();
    let service = service(home.path(), &[]);
    let [first, second] = two("line-3", &service, [2, 2]);
    killed_at(&mut second.nameplate("submit"), "post-before");
    killed_at(&mut first.nameplate("submit"), "post-after");
    // Of the second, a person has seen that the job of that name is not its own.
    let _ = run(second.nameplate("submit").arg("--again")).expect(0);
    assert_eq!(service.jobs(), 2);
    let _ = asks(run(&mut first.nameplate("submit"))).says("several jobs named");
    let ids = known(&second).unwrap();
    let mine = other_than(&service, &ids);
    let _ = run(first.nameplate("submit").args(["--job-id", &mine])).expect(0);
    carried_out(&first);
    carried_out(&second);
    assert_eq!(service.jobs(), 2);
}

/// The job that is not this one.
fn other_than(service: &Service, id: &str) -> String {
    let jobs = std::fs::read_dir(service.dir.join("jobs")).unwrap();
    let mut ids = jobs.map(|job| job.unwrap().file_name().into_string().unwrap());
    ids.find(|other| other != id).unwrap()
}

/// Its own job brings each of its boards a certificate.
fn carried_out(bench: &Bench) {
    let _ = run(bench.nameplate("status").arg("--wait")).expect(0);
    let _ = run(&mut bench.nameplate("report")).expect(0);
    let _ = run(&mut bench.nameplate("certificates")).expect(0);
    let listed = bench.list();
    assert!(
        listed.iter().all(|board| board["state"] == "issued"),
        "{listed:?}"
    );
}
