//! A configuration that can't be used: exit code 2, the place is named, and nothing is started.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nameplate_tests::bench::Bench;
use nameplate_tests::service::Service;

use crate::bench::{ask, collected, files, name_of, serve};

/// Every command that needs the service refuses this configuration with these words.
#[track_caller]
fn starts_nothing(bench: &Bench, service: &Service, sections: &str, words: &[&str]) {
    bench.configure_all(sections);
    for command in [
        &["submit"][..],
        &["status"],
        &["status", "--wait"],
        &["report"],
        &["run", "--expect", "2"],
    ] {
        let mut ran = ask(bench, command, 2);
        for words in words {
            ran = ran.says(words);
        }
    }
    let names: Vec<_> = files(&bench.batch())
        .iter()
        .map(|path| name_of(path))
        .collect();
    assert!(!names.contains(&"batch.csv".to_owned()) && !names.contains(&"report.csv".to_owned()));
    assert_eq!(service.requests().len(), 0);
}

#[test]
fn what_is_no_toml_is_shown_with_its_place() {
    let bench = collected();
    let service = serve(&bench, &[]);
    starts_nothing(
        &bench,
        &service,
        "[batch\n",
        &["bench.toml", "line 5, column 7"],
    );
    let twice = "[batch]\nname = \"a\"\nname = \"b\"\n";
    starts_nothing(&bench, &service, twice, &["line 7", "duplicate key"]);
}

#[test]
fn a_setting_that_does_not_exist_is_shown_with_its_place() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let section = Bench::service_section(&service).replace("poll_seconds", "pol_seconds");
    starts_nothing(
        &bench,
        &service,
        &section,
        &["line 11", "pol_seconds", "poll_seconds"],
    );
    starts_nothing(&bench, &service, "[sevice]\n", &["line 5", "sevice"]);
}

#[test]
fn a_service_that_is_not_configured() {
    let bench = collected();
    let service = serve(&bench, &[]);
    starts_nothing(&bench, &service, "", &["[service]", "has no section"]);
    let section = Bench::service_section(&service);
    let without_url = section.replace(&format!("url = \"{}\"\n", service.url), "");
    starts_nothing(&bench, &service, &without_url, &["missing field `url`"]);
}

#[test]
fn an_address_that_is_none() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let section = Bench::service_section(&service);
    for url in [
        "http://127.0.0.1:1",
        "nonsense",
        "",
        "https://user:word@127.0.0.1:1",
        "https://127.0.0.1:1/x?y",
    ] {
        let section = section.replace(&service.url, url);
        starts_nothing(&bench, &service, &section, &["service.url"]);
    }
}

#[test]
fn an_api_key_that_can_not_be_had() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let section = Bench::service_section(&service);
    let file = format!(
        "api_key_file = \"{}\"",
        service.dir.join("api-key").display()
    );
    let with = |line: &str| section.replace(&file, line);
    starts_nothing(
        &bench,
        &service,
        &with("api_key_env = \"NAMEPLATE_NO_SUCH_KEY\""),
        &["NAMEPLATE_NO_SUCH_KEY", "is not set"],
    );
    starts_nothing(
        &bench,
        &service,
        &with("api_key_file = \"missing\""),
        &["service.api_key_file", "missing"],
    );
    starts_nothing(
        &bench,
        &service,
        &with(""),
        &["set api_key_env or api_key_file"],
    );
    let exposed = bench.home().join("exposed-key");
    fs::write(&exposed, "an-exposed-key").unwrap();
    fs::set_permissions(&exposed, fs::Permissions::from_mode(0o644)).unwrap();
    let line = format!("api_key_file = \"{}\"", exposed.display());
    starts_nothing(
        &bench,
        &service,
        &with(&line),
        &["others can read", "chmod 600"],
    );
}

#[test]
fn ids_and_times_that_can_not_be() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let section = Bench::service_section(&service);
    let empty = section.replace(&service.certificate_policy_id, "");
    starts_nothing(
        &bench,
        &service,
        &empty,
        &["service.certificate_policy_id", "empty"],
    );
    let never = section.replace("poll_seconds = 1", "poll_seconds = 0");
    starts_nothing(&bench, &service, &never, &["service.poll_seconds"]);
}
