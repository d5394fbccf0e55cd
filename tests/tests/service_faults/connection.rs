//! No way to the service, or none that is safe.

use nameplate_tests::bench::{Bench, free_address, private};
use nameplate_tests::service::Service;

use crate::bench::{ask, collected, point, posts, serve};

#[test]
fn nobody_is_there_and_then_somebody_is() {
    let bench = collected();
    let address = free_address().to_string();
    let service = Service::listening(bench.home(), &address, &[]);
    point(&bench, &service, "");
    drop(service);
    let _ = ask(&bench, &["submit"], 1)
        .says("does not take connections")
        .says("Check the port in service.url");
    let service = Service::listening(bench.home(), &address, &["--polls", "0"]);
    let _ = ask(&bench, &["submit"], 0);
    drop(service);
    for command in [&["status"][..], &["report"]] {
        let _ = ask(&bench, command, 1).says("does not take connections");
    }
    let service = Service::listening(bench.home(), &address, &["--polls", "0"]);
    let _ = ask(&bench, &["status", "--wait"], 0);
    let _ = ask(&bench, &["report"], 0);
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn a_host_that_does_not_exist() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let section = Bench::service_section(&service).replace("127.0.0.1", "service.invalid");
    bench.configure(&section);
    let _ = ask(&bench, &["submit"], 1)
        .says("service.invalid")
        .says("next: Check");
    assert_eq!(service.requests().len(), 0);
}

#[test]
fn an_authority_that_is_not_trusted() {
    let bench = collected();
    let service = serve(&bench, &[]);
    // The bench's own certificate is one, and not the service's.
    let ca = service.dir.join("ca.pem").display().to_string();
    bench.configure(&Bench::service_section(&service).replace(&ca, "bench.pem"));
    let _ = ask(&bench, &["submit"], 1)
        .says("no safe connection")
        .says("an authority that is not trusted here")
        .says("service.ca_file");
    assert_eq!(service.requests().len(), 0, "no key was sent");
    point(&bench, &service, "");
    let _ = ask(&bench, &["submit"], 0);
}

#[test]
fn roots_that_are_none_start_nothing() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let ca = service.dir.join("ca.pem").display().to_string();
    let section = Bench::service_section(&service);
    for (file, words) in [
        ("missing.pem", "can't read"),
        ("join.token", "no PEM certificate"),
    ] {
        bench.configure(&section.replace(&ca, file));
        for command in ["submit", "status", "report", "run"] {
            let _ = ask(&bench, &[command], 2)
                .says("service.ca_file")
                .says(words);
        }
    }
    assert_eq!(service.requests().len(), 0);
}

#[test]
fn a_key_that_is_not_the_service_s() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let wrong = bench.home().join("wrong-key");
    private(&wrong, "not-the-key-of-this-service");
    let right = service.dir.join("api-key").display().to_string();
    bench
        .configure(&Bench::service_section(&service).replace(&right, &wrong.display().to_string()));
    let ran = ask(&bench, &["submit"], 1).says("does not accept the API key");
    assert!(!ran.stderr.contains("not-the-key"), "{}", ran.stderr);
    point(&bench, &service, "");
    let _ = ask(&bench, &["submit"], 0);
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}
