//! Two processes on one batch folder.

use std::fs;

use nameplate::demo::Cable;
use nameplate_tests::bench::Bench;
use nameplate_tests::fake_board::Fake;
use nameplate_tests::processes::until;
use nameplate_tests::programs::{finish, run, start};
use nameplate_tests::ready::Ready;

use super::place::{asks, bench, known, service};

/// How often two submissions are started at once.
const TIMES: usize = 20;

#[test]
fn the_second_run_of_a_batch_is_told_that_another_has_it() {
    let home = tempfile::tempdir().unwrap();
    let service = service(home.path(), &[]);
    let bench = Bench::new();
    bench.configure(&Bench::service_section(&service));
    let cables = [Cable::new().unwrap(), Cable::new().unwrap()];
    let command = || {
        let mut command = bench.nameplate("run");
        for cable in &cables {
            command.arg("--serial").arg(cable.host_end());
        }
        command.args(["--expect", "2", "--timeout", "60"]);
        command
    };
    let first = start(&mut command());
    let process = first.id().to_string();
    // It waits for boards, and has the batch.
    until("the first has the batch", || {
        let holder = fs::read_to_string(bench.batch().join("batch.lock"));
        holder.is_ok_and(|holder| holder.trim() == process)
            && bench.batch().join("batch.db").exists()
    });
    let _ = run(&mut command())
        .expect(1)
        .says("is in use by another nameplate")
        .says(&format!("(process {process})"))
        .says("Wait for it to end");
    let boards: Vec<_> = (1_u16..)
        .zip(&cables)
        .map(|(number, cable)| Fake::new(number).session_on(cable.board_end()))
        .collect();
    let _ = finish(first).expect(0);
    drop(boards);
    assert_eq!(service.jobs(), 1);
    assert!(bench.list().iter().all(|board| board["state"] == "done"));
}

#[test]
fn two_submissions_that_start_together_make_one_job() {
    let home = tempfile::tempdir().unwrap();
    let service = service(home.path(), &[]);
    let boards = Ready::collect(2);
    let (mut told, mut after) = (0, 0);
    for time in 1..=TIMES {
        let bench = bench(&boards, &format!("together-{time}"), &service);
        let both = [(); 2].map(|()| start(&mut bench.nameplate("submit")));
        let both = both.map(finish);
        let done = both.iter().filter(|ran| ran.code == Some(0)).count();
        assert!(done >= 1, "{both:?}");
        for ran in both {
            if ran.code == Some(0) {
                after += u32::from(ran.stdout.contains("already submitted"));
            } else {
                let _ = ran.expect(1).says("is in use by another nameplate");
                told += 1;
            }
        }
        assert_eq!(service.jobs(), time);
        assert!(known(&bench).is_some());
    }
    println!("{TIMES} pairs: {told} were told, {after} came after the other");
    assert_eq!(told + after, u32::try_from(TIMES).unwrap());
}

#[test]
fn what_is_in_use_is_not_submitted_later_by_itself() {
    let home = tempfile::tempdir().unwrap();
    let service = service(home.path(), &["--fault", "create=401:times=1"]);
    let bench = bench(&Ready::collect(1), "refused", &service);
    let _ = asks(run(&mut bench.nameplate("submit"))).says("does not accept the API key");
    assert_eq!((service.jobs(), known(&bench)), (0, None));
    let _ = run(&mut bench.nameplate("submit")).expect(0);
    assert_eq!(service.jobs(), 1);
}
