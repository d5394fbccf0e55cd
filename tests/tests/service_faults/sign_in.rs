//! Every way to sign in, and each gone wrong.

use std::fs;
use std::path::{Path, PathBuf};

use nameplate_tests::bench::{Bench, private};
use nameplate_tests::service::Service;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair};

use crate::bench::{ask, collected, point, posts, serve};

fn signing_in(bench: &Bench, service: &Service, sign_in: &str) {
    bench.configure(&crate::DIALECT.section(service, sign_in));
}

/// The settings of the client certificate that the service knows.
fn known(service: &Service) -> String {
    service.client_certificate(
        &service.dir.join("client.pem"),
        &service.dir.join("client.key"),
    )
}

/// Each request showed this and nothing else.
#[track_caller]
fn showed_only(service: &Service, way: &str) {
    for request in service.requests() {
        for other in ["api_key", "passcode", "client_certificate"] {
            let expected = if other == way { "right" } else { "absent" };
            assert_eq!(request[other], expected, "{other}: {request}");
        }
    }
}

#[test]
fn each_way_carries_a_batch_to_its_report() {
    for way in ["api_key", "passcode", "client_certificate"] {
        let bench = collected();
        let service = serve(&bench, &["--polls", "0"]);
        let settings = match way {
            "api_key" => service.api_key(),
            "passcode" => service.passcode(),
            _ => known(&service),
        };
        signing_in(&bench, &service, &settings);
        let _ = ask(&bench, &["submit"], 0);
        let _ = ask(&bench, &["status", "--wait"], 0);
        let _ = ask(&bench, &["report"], 0).says("2 issued");
        let _ = ask(&bench, &["template"], 0);
        showed_only(&service, way);
        assert_eq!((service.jobs(), posts(&service)), (1, 1));
    }
}

#[test]
fn an_answer_that_is_lost_leads_to_one_job_with_a_client_certificate_too() {
    let bench = collected();
    let service = serve(&bench, &["--fault", "create=lost-answer"]);
    signing_in(&bench, &service, &known(&service));
    let _ = ask(&bench, &["submit"], 0).says("found at the service as job");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

/// The submission fails with these words, and then goes on with the API key.
#[track_caller]
fn fails(bench: &Bench, service: &Service, sign_in: &str, words: &[&str]) {
    signing_in(bench, service, sign_in);
    let mut ran = ask(bench, &["submit"], 1);
    for words in words {
        ran = ran.says(words);
    }
    assert_eq!(service.jobs(), 0);
    point(bench, service, "");
    let _ = ask(bench, &["submit"], 0);
    assert_eq!(service.jobs(), 1);
}

#[test]
fn a_wrong_passcode() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let wrong = bench.home().join("wrong");
    private(&wrong, "1234-is-not-it");
    let settings = format!("passcode_file = \"{}\"\n", wrong.display());
    fails(
        &bench,
        &service,
        &settings,
        &[
            "does not accept the passcode",
            "HTTP 401",
            "single requests only",
        ],
    );
}

#[test]
fn a_way_that_this_account_may_not_use() {
    let bench = collected();
    let service = serve(&bench, &["--sign-in", "api-key"]);
    for settings in [service.passcode(), known(&service)] {
        signing_in(&bench, &service, &settings);
        let _ = ask(&bench, &["submit"], 1)
            .says("denied access")
            .says("HTTP 403")
            .says("Ask for a user");
    }
    assert_eq!(service.jobs(), 0);
}

#[test]
fn an_api_key_where_client_certificates_are_asked_for() {
    for (rule, words) in [
        (
            "tls",
            [
                "asks for a client certificate",
                "without the clientauth prefix",
            ],
        ),
        ("http", ["does not accept the API key", "HTTP 401"]),
    ] {
        let bench = collected();
        let service = serve(&bench, &["--client-auth", rule]);
        let section = crate::bench::section(&service);
        bench.configure(&section.replace(&service.url, &service.client_auth_url));
        let mut ran = ask(&bench, &["submit"], 1);
        for words in words {
            ran = ran.says(words);
        }
        assert_eq!(service.jobs(), 0);
    }
}

/// A client certificate and its key: of a stranger's authority, or of the sandbox's, until so many days from now.
fn made(home: &Path, authority: Option<&Service>, days: i64) -> (PathBuf, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::default();
    parameters
        .distinguished_name
        .push(DnType::CommonName, "somebody");
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let now = std::time::SystemTime::now();
    let day = std::time::Duration::from_hours(24);
    parameters.not_before = (now - day * 10).into();
    parameters.not_after = if days < 0 { now - day } else { now + day }.into();
    let certificate = match authority {
        None => parameters.self_signed(&key).unwrap(),
        Some(service) => {
            let read = |name: &str| fs::read_to_string(service.dir.join(name)).unwrap();
            let ca_key = KeyPair::from_pem(&read("client-ca.key")).unwrap();
            let issuer = Issuer::from_ca_cert_pem(&read("client-ca.pem"), ca_key).unwrap();
            parameters.signed_by(&key, &issuer).unwrap()
        }
    };
    let (path, key_path) = (home.join("somebody.pem"), home.join("somebody.key"));
    fs::write(&path, certificate.pem()).unwrap();
    private(&key_path, &key.serialize_pem());
    (path, key_path)
}

#[test]
fn a_certificate_of_a_stranger_s_authority() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let (certificate, key) = made(bench.home(), None, 1);
    fails(
        &bench,
        &service,
        &service.client_certificate(&certificate, &key),
        &[
            "does not take the client certificate",
            "authority that the service does not trust",
        ],
    );
}

#[test]
fn a_certificate_that_has_expired() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let (certificate, key) = made(bench.home(), Some(&service), -1);
    fails(
        &bench,
        &service,
        &service.client_certificate(&certificate, &key),
        &[
            "does not take the client certificate: it has expired",
            "new authentication certificate",
        ],
    );
}

#[test]
fn a_certificate_that_belongs_to_nobody() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let (certificate, key) = made(bench.home(), Some(&service), 1);
    fails(
        &bench,
        &service,
        &service.client_certificate(&certificate, &key),
        &["denied access", "belongs to no user", "Ask for a user"],
    );
}

#[test]
fn settings_that_can_not_work_start_nothing() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let (certificate, key) = made(bench.home(), None, 1);
    let mixed = service.client_certificate(&service.dir.join("client.pem"), &key);
    let exposed = bench.home().join("exposed.key");
    fs::copy(&key, &exposed).unwrap();
    fs::set_permissions(
        &exposed,
        std::os::unix::fs::PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    let without_url = known(&service).replace("client_auth_url", "#");
    for (settings, words) in [
        (
            service.api_key() + &service.passcode(),
            "one way to sign in",
        ),
        (service.api_key() + &known(&service), "one way to sign in"),
        (mixed, "not the key of the certificate"),
        (
            service.client_certificate(&certificate, &exposed),
            "chmod 600",
        ),
        (
            service.client_certificate(Path::new("missing.pem"), &key),
            "service.client_certificate",
        ),
        (without_url, "set service.client_auth_url"),
    ] {
        signing_in(&bench, &service, &settings);
        for command in [
            "submit",
            "status",
            "report",
            "template",
            "jobs",
            "certificates",
        ] {
            let _ = ask(&bench, &[command], 2).says(words);
        }
    }
    assert_eq!(service.requests().len(), 0);
}
