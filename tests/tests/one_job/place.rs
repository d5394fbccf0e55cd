//! Benches with one batch's boards, and their service.

use std::process::Command;

use nameplate::store::Reader;
use nameplate_tests::bench::Bench;
use nameplate_tests::programs::{Ran, run};
use nameplate_tests::ready::Ready;
use nameplate_tests::service::Service;

/// A service whose jobs end at once.
pub fn service(home: &std::path::Path, switches: &[&str]) -> Service {
    Service::start(home, &[&["--polls", "0"], switches].concat())
}

/// A bench with these boards as a batch of this name.
pub fn bench(boards: &Ready, name: &str, service: &Service) -> Bench {
    let bench = Bench::new();
    bench.configure(&Bench::service_section(service));
    boards.put(&bench, name);
    bench
}

/// A command, killed at a point by name.
#[track_caller]
pub fn killed_at(command: &mut Command, point: &str) {
    let ran = run(command.env("NAMEPLATE_FAULT", format!("{point}=kill")));
    assert_eq!(ran.code, None, "{ran:?}");
    assert!(
        ran.stderr.contains(&format!("killed at {point}")),
        "{ran:?}"
    );
}

/// The job that a batch knows to be its own.
pub fn known(bench: &Bench) -> Option<String> {
    let reader = Reader::open(&bench.batch()).unwrap();
    reader.verify_log().unwrap();
    let job = reader.current_job().unwrap();
    job.and_then(|job| job.service_id)
}

/// A failure that asks a person: what happened, and what to do.
#[track_caller]
pub fn asks(ran: Ran) -> Ran {
    ran.expect(1).says("error[").says("next: ")
}
