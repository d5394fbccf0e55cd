//! The service: gone, silent, not to be trusted, with another opinion of the key, the policy or the name.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use nameplate_tests::bench::{Bench, private};
use nameplate_tests::programs::run;
use nameplate_tests::ready::Ready;
use nameplate_tests::service::Dialect;

use super::Place;

/// What needs an answer.
const ASKED: [&str; 4] = ["service-clock", "credential", "policy", "job-name"];

#[test]
fn both_services_are_asked_in_their_own_ways() {
    for kind in [Dialect::DeviceTrustManager, Dialect::IotTrustManager] {
        let place = Place::with(&[], kind);
        let found = place.doctor(0, &[]);
        found.is("fine", "service-reachable", &["127.0.0.1:", " answers"]);
        found.is("fine", "service-clock", &[]);
        found.is("fine", "credential", &["accepted"]);
        found.is("fine", "policy", &[]);
        found.is("fine", "job-name", &["no job named \"line-3\""]);
        let found = place.doctor(0, &["--offline"]);
        for check in ASKED {
            found.is("not-checked", check, &["--offline"]);
        }
        assert_eq!(place.service().jobs(), 0);
    }
}

#[test]
fn each_way_to_sign_in_is_tried_as_it_is() {
    let place = Place::new();
    let dir = place.service().dir.clone();
    let at = |name: &str| dir.join(name);
    let passcode = place.service().passcode();
    place.edit("api_key_file = \"../key\"", passcode.trim_end());
    let found = place.doctor(0, &[]);
    found.is("fine", "credential", &["passcode"]);
    found.is_about("fine", "secret", "service.passcode_file", &[]);
    let certificate = place
        .service()
        .client_certificate(&at("client.pem"), &at("client.key"));
    place.edit(passcode.trim_end(), certificate.trim_end());
    let found = place.doctor(0, &[]);
    found.is("fine", "credential", &["client.pem"]);
    found.is_about("fine", "secret", "service.client_key", &[]);
    found.is_about("fine", "certificate", "service.client_certificate", &[]);
    // One that the service does not know.
    let key = rcgen::KeyPair::generate().unwrap();
    let wanted = rcgen::CertificateParams::new(vec!["bench".to_owned()]).unwrap();
    private(
        &place.home.path().join("c.pem"),
        &wanted.self_signed(&key).unwrap().pem(),
    );
    private(&place.home.path().join("c.key"), &key.serialize_pem());
    for name in ["pem", "key"] {
        let path = at(&format!("client.{name}")).display().to_string();
        place.edit(&path, &format!("../c.{name}"));
    }
    let found = place.doctor(1, &[]);
    let said = found
        .0
        .values()
        .flatten()
        .filter(|finding| finding["level"] == "wrong");
    let said: Vec<_> = said.map(ToString::to_string).collect();
    assert!(
        said.len() == 1 && said[0].contains("client certificate"),
        "{said:?}"
    );
}

#[test]
fn a_wrong_key_is_named_by_its_file_and_the_rest_is_checked() {
    let place = Place::new();
    private(&place.home.path().join("key"), "not-the-right-key-0123");
    let found = place.doctor(1, &[]);
    found.is(
        "wrong",
        "credential",
        &["does not accept the API key", "../key"],
    );
    found.is("not-checked", "policy", &["see credential"]);
    found.is("not-checked", "job-name", &["see credential"]);
    found.is("fine", "service-reachable", &[]);
    found.is("fine", "bench-key", &[]);
}

#[test]
fn a_service_that_is_gone_is_told_at_once_and_once() {
    let mut place = Place::new();
    place.service = None;
    let found = place.doctor(1, &[]);
    found.is(
        "wrong",
        "service-reachable",
        &["does not take connections", "Check the port"],
    );
    for check in ASKED {
        found.is("not-checked", check, &["was not reached"]);
    }
    found.is("fine", "service-settings", &[]);
}

#[test]
fn a_service_that_never_answers_holds_nobody_up() {
    let place = Place::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", silent.local_addr().unwrap());
    place.edit(&place.service().url.clone(), &address);
    let begun = Instant::now();
    let found = place.doctor(1, &[]);
    // The tool's own bound, with room for a slow machine.
    assert!(begun.elapsed() < Duration::from_mins(1));
    found.is(
        "wrong",
        "service-reachable",
        &["did not answer in the time allowed"],
    );
}

#[test]
fn an_authority_that_is_not_known_is_told_with_the_setting() {
    let place = Place::new();
    let dir = place.service().dir.display().to_string();
    place.edit(
        &format!("ca_file = \"{dir}/ca.pem\""),
        &format!("ca_file = \"{dir}/device-root.pem\""),
    );
    let found = place.doctor(1, &[]);
    found.is(
        "wrong",
        "service-reachable",
        &["not trusted here", "service.ca_file"],
    );
    place.edit("device-root.pem\"", "none.pem\"");
    let found = place.doctor(1, &[]);
    found.is("wrong", "service-settings", &["none.pem"]);
    found.is_about("wrong", "certificate", "service.ca_file", &["none.pem"]);
}

/// A service whose certificate has ended: openssl's own server.
#[test]
fn a_service_whose_certificate_has_ended_is_told_with_this_machine_s_time() {
    let place = Place::new();
    let at = |name: &str| place.home.path().join(name);
    let (key, pem) = (at("tls.key"), at("tls.pem"));
    let made = rcgen::KeyPair::generate().unwrap();
    let mut wanted = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    wanted.not_before = rcgen::date_time_ymd(2020, 1, 1);
    wanted.not_after = rcgen::date_time_ymd(2021, 1, 1);
    private(&pem, &wanted.self_signed(&made).unwrap().pem());
    private(&key, &made.serialize_pem());
    let free = nameplate_tests::bench::free_address();
    let mut server = Command::new("openssl");
    server.args(["s_server", "-quiet", "-www", "-accept", &free.to_string()]);
    server.arg("-key").arg(&key).arg("-cert").arg(&pem);
    let mut server = server.stdin(std::process::Stdio::null()).spawn().unwrap();
    nameplate_tests::processes::until("it listens", || std::net::TcpStream::connect(free).is_ok());
    place.edit(
        &place.service().url.clone(),
        &format!("https://localhost:{}", free.port()),
    );
    let dir = place.service().dir.display().to_string();
    place.edit(
        &format!("ca_file = \"{dir}/ca.pem\""),
        "ca_file = \"../tls.pem\"",
    );
    let found = place.doctor(1, &[]);
    let _ = server.kill();
    let _ = server.wait();
    found.is(
        "wrong",
        "service-reachable",
        &["not valid today", "by this machine's clock"],
    );
    found.is_about(
        "wrong",
        "certificate",
        "service.ca_file",
        &["expired on 2021-01-01"],
    );
}

#[test]
fn a_policy_at_a_guessed_route_is_a_warning_and_one_at_a_known_route_is_wrong() {
    let place = Place::new();
    let policy = place.service().certificate_policy_id.clone();
    place.edit(&policy, "IOT_another");
    let found = place.doctor(0, &[]);
    found.is(
        "warning",
        "policy",
        &["our guess (G)", "service.routes.template"],
    );
    // The list was answered, so the key is known to be good.
    found.is("fine", "credential", &["accepted"]);
    let place = Place::with(&[], Dialect::IotTrustManager);
    let profile = place.service().enrollment_profile_id.clone();
    place.edit(&profile, "another");
    place.doctor(1, &[]).is(
        "wrong",
        "policy",
        &["no template of enrolment profile another"],
    );
}

#[test]
fn where_no_guessed_route_is_known_nothing_is_claimed() {
    let place = Place::new();
    place.edit(
        "[batch]",
        "[service.routes]\ntemplate = \"/nowhere/{id}\"\nlist = \"/nowhere?n={name}&l={limit}&o={offset}\"\n[batch]",
    );
    let found = place.doctor(0, &[]);
    found.is("warning", "policy", &["service.routes.template"]);
    found.is(
        "warning",
        "job-name",
        &[
            "whether the name is free is not known",
            "service.routes.list",
        ],
    );
    let credential = found.of_check("credential", "");
    assert_ne!(credential["level"], "fine", "{credential}");
}

#[test]
fn a_name_that_is_another_batch_s_job_is_wrong_before_any_board_comes() {
    let place = Place::with(&["--polls", "0"], Dialect::DeviceTrustManager);
    let other = Bench::new();
    other.configure(&Bench::service_section(place.service()));
    let boards = Ready::collect(1);
    boards.put(&other, "line-3");
    let _ = run(&mut other.nameplate("submit")).expect(0);
    let found = place.doctor(1, &[]);
    found.is("wrong", "job-name", &["already", "another batch.name"]);
    // To the batch whose job it is, it is its own.
    let ran = run(other.nameplate("doctor").arg("--json"));
    super::Found::of(&ran).is("fine", "job-name", &["this batch's own job"]);
}

#[test]
fn settings_that_are_missing_are_all_named() {
    let place = Place::new();
    let group = place.service().device_group_id.clone();
    let policy = place.service().certificate_policy_id.clone();
    place.edit(&format!("device_group_id = \"{group}\""), "");
    place.edit(&format!("certificate_policy_id = \"{policy}\""), "");
    let found = place.doctor(1, &[]);
    let all = &found.0["service-settings"];
    assert_eq!(all.len(), 2, "{all:?}");
    found.is("fine", "service-reachable", &[]);
    found.is("not-checked", "credential", &[]);
}
