//! Whatever a service answers, the operator gets the right kind of error, the service's own words
//! and something to do; and the key goes nowhere else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of a test fail it by panicking"
)]

use std::net::TcpListener;
use std::time::Duration;

use nameplate::service::error::{Silence, TlsProblem};
use nameplate::service::{
    BatchService, DeviceTrustManager, JobId, JobStatus, ServiceError, SettingsError, Target,
};

#[path = "common/service_double.rs"]
mod service_double;
use service_double::{Double, KEY, Looks, hasty};

const WORDS: &str = r#"{"error":{"code":"some_code","message":"Some sentence."}}"#;

/// Whether an error is of the kind that is expected.
type Kind = fn(&ServiceError) -> bool;

fn job() -> JobId {
    JobId::parse("7a984652-8f38").unwrap()
}

fn ask(double: &Double) -> Result<JobStatus, ServiceError> {
    double.client().job_status(&job())
}

fn fault(double: &Double) -> ServiceError {
    ask(double).unwrap_err()
}

fn fault_of(status: u16, headers: &[(&str, &str)]) -> ServiceError {
    fault(&Double::answering(status, headers, WORDS))
}

fn shown(error: &ServiceError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.extend([": ", &error.to_string()]);
        source = error.source();
    }
    text
}

#[test]
fn every_status_has_its_error_words_and_next_step() {
    let kinds: [(u16, Kind, bool); 12] = [
        (400, |e| matches!(e, ServiceError::Refused(_)), false),
        (401, |e| matches!(e, ServiceError::KeyRefused(_)), false),
        (403, |e| matches!(e, ServiceError::AccessDenied(_)), false),
        (
            404,
            |e| {
                matches!(
                    e,
                    ServiceError::NotFound {
                        unverified: None,
                        ..
                    }
                )
            },
            false,
        ),
        (405, |e| matches!(e, ServiceError::Refused(_)), false),
        (
            408,
            |e| matches!(e, ServiceError::ServiceFault { .. }),
            true,
        ),
        (413, |e| matches!(e, ServiceError::TooLarge(_)), false),
        (
            429,
            |e| matches!(e, ServiceError::TooManyRequests { .. }),
            true,
        ),
        (
            500,
            |e| matches!(e, ServiceError::ServiceFault { .. }),
            true,
        ),
        (
            501,
            |e| matches!(e, ServiceError::ServiceFault { .. }),
            false,
        ),
        (
            502,
            |e| matches!(e, ServiceError::ServiceFault { .. }),
            true,
        ),
        (
            503,
            |e| matches!(e, ServiceError::ServiceFault { .. }),
            true,
        ),
    ];
    for (status, is_kind, transient) in kinds {
        let error = fault_of(status, &[]);
        assert!(is_kind(&error), "{status}: {error:?}");
        assert_eq!(error.is_transient(), transient, "{status}");
        assert!(!error.maybe_done(), "{status}: a question changes nothing");
        assert!(
            shown(&error).contains("some_code: Some sentence."),
            "{status}: {error}"
        );
        assert!(
            shown(&error).contains(&status.to_string()),
            "{status}: {error}"
        );
        assert!(error.next_step().ends_with('.'), "{status}");
    }
}

#[test]
fn an_unverified_route_says_which_setting_holds_it() {
    for status in [404, 405, 410, 501] {
        let double = Double::answering(status, &[], WORDS);
        let error = double.client().find_jobs("line-3").unwrap_err();
        assert!(
            matches!(
                error,
                ServiceError::NotFound {
                    unverified: Some(_),
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(error.next_step().contains("service.routes.list"));
        assert!(error.next_step().contains("unverified"));
    }
}

#[test]
fn both_forms_of_retry_after_are_honoured() {
    let wait = |headers: &[(&str, &str)]| fault_of(429, headers).retry_after();
    assert_eq!(
        wait(&[("Retry-After", "17")]),
        Some(Duration::from_secs(17))
    );
    let date = [
        ("Date", "Sat, 21 Nov 2026 10:00:00 GMT"),
        ("Retry-After", "Sat, 21 Nov 2026 10:00:42 GMT"),
    ];
    assert_eq!(wait(&date), Some(Duration::from_secs(42)));
    assert_eq!(
        wait(&[("Retry-After", "999999")]),
        Some(Duration::from_hours(1))
    );
    assert_eq!(wait(&[("Retry-After", "soon")]), None);
    assert_eq!(wait(&[]), None);
    let busy = fault_of(503, &[("Retry-After", "9")]);
    assert_eq!(busy.retry_after(), Some(Duration::from_secs(9)));
    assert!(busy.next_step().contains("9 seconds"));
}

#[test]
fn several_errors_are_all_quoted_and_harmless() {
    let body =
        r#"{"errors":[{"code":"a","message":"first\u001b[2J"},{"code":"b","message":"second"}]}"#;
    let error = fault(&Double::answering(400, &[], body));
    assert!(
        shown(&error).contains("a: first\u{fffd}[2J; b: second"),
        "{error}"
    );
}

#[test]
fn a_key_that_the_service_quotes_is_not_shown() {
    let body = format!(r#"{{"error":{{"code":"invalid_api_key","message":"no such key {KEY}"}}}}"#);
    for body in [body.as_str(), KEY] {
        let error = fault(&Double::answering(401, &[], body));
        assert!(!format!("{} {error:?}", shown(&error)).contains(KEY));
        assert!(shown(&error).contains("[the API key]"));
    }
}

#[test]
fn a_redirect_is_not_followed_and_the_key_does_not_go_there() {
    let other = Double::answering(200, &[], r#"{"status":"COMPLETE"}"#);
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}/elsewhere", other.url);
        let double = Double::answering(status, &[("Location", &target)], "");
        let error = fault(&double);
        assert!(
            matches!(&error, ServiceError::Redirected { to, .. } if *to == target),
            "{error:?}"
        );
        assert!(shown(&error).contains("the key was not sent there"));
        assert_eq!(double.heads().len(), 1);
    }
    assert_eq!(other.connections(), 0);
    let hostile = Double::answering(302, &[("Location", "https://a.example/\u{1b}[2J")], "");
    assert!(!shown(&fault(&hostile)).contains('\u{1b}'));
}

#[test]
fn answers_that_make_no_sense_are_shown_bounded() {
    for body in [
        "<html>\u{1b}[2Jportal</html>",
        "",
        "{}",
        "[]",
        r#"{"status":7}"#,
        "\u{0}\u{1}\u{2}",
    ] {
        let error = fault(&Double::answering(200, &[], body));
        assert!(
            matches!(
                error,
                ServiceError::Unreadable {
                    maybe_done: false,
                    ..
                }
            ),
            "{body:?}: {error:?}"
        );
        assert!(shown(&error).chars().all(|c| !c.is_control()), "{error}");
    }
    let long = "x".repeat(100_000);
    assert!(shown(&fault(&Double::answering(200, &[], &long))).len() < 1000);
}

#[test]
fn what_is_no_http_is_said_to_be_none() {
    for bytes in [
        "SSH-2.0-OpenSSH_9\r\n\r\n",
        "\u{0}\u{1}\u{2}\u{3}\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
    ] {
        let double = Double::start(move |talk, _| {
            talk.say(bytes);
            talk.until_gone();
        });
        let error = fault(&double);
        assert!(
            matches!(error, ServiceError::Unreadable { .. }),
            "{bytes:?}: {error:?}"
        );
        assert!(shown(&error).chars().all(|c| !c.is_control()), "{error}");
    }
}

#[test]
fn endless_answers_end() {
    let body = Double::start(|talk, _| {
        talk.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("10000\r\n{}\r\n", "y".repeat(0x10000));
        while talk.say(&chunk) {}
    });
    assert!(matches!(fault(&body), ServiceError::Unreadable { .. }));
    let head = Double::start(|talk, _| {
        talk.say("HTTP/1.1 200 OK\r\n");
        while talk.say("X-Filler: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n") {}
    });
    assert!(matches!(fault(&head), ServiceError::Unreadable { .. }));
    let refusal = Double::start(|talk, _| {
        talk.say("HTTP/1.1 500 Oops\r\n\r\n");
        while talk.say("y".repeat(0x10000)) {}
    });
    assert!(matches!(fault(&refusal), ServiceError::ServiceFault { .. }));
}

fn silence_of(error: &ServiceError) -> Option<Silence> {
    match error {
        ServiceError::Unreachable { silence, .. } => Some(*silence),
        _ => None,
    }
}

#[test]
fn a_service_that_says_nothing_does_not_hold_us() {
    let mute = Double::start(|talk, _| talk.until_gone());
    let error = mute.hasty_client().job_status(&job()).unwrap_err();
    assert_eq!(silence_of(&error), Some(Silence::TimedOut), "{error:?}");
    assert!(error.is_transient());

    let drip = Double::start(|talk, _| {
        talk.say("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while talk.say("y") {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let error = drip.hasty_client().job_status(&job()).unwrap_err();
    assert_eq!(silence_of(&error), Some(Silence::TimedOut), "{error:?}");
}

#[test]
fn a_host_without_tls_handshake_does_not_hold_us() {
    let double = Double::answering(200, &[], "");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = double.settings();
    settings.url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    settings.timeouts = hasty();
    settings.timeouts.connect = Duration::from_millis(500);
    let error = DeviceTrustManager::new(&settings)
        .unwrap()
        .job_status(&job())
        .unwrap_err();
    assert_eq!(silence_of(&error), Some(Silence::TimedOut), "{error:?}");
}

#[test]
fn a_connection_that_breaks_off_is_told_apart() {
    for said in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"status\":\"COMPLETE\"}",
    ] {
        let double = Double::start(move |talk, _| {
            talk.say(said);
        });
        let error = fault(&double);
        assert_eq!(
            silence_of(&error),
            Some(Silence::Dropped),
            "{said:?}: {error:?}"
        );
    }
}

#[test]
fn nobody_there_is_told_apart() {
    let double = Double::answering(200, &[], "");
    let mut settings = double.settings();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    settings.url = format!("https://127.0.0.1:{closed}");
    let error = DeviceTrustManager::new(&settings)
        .unwrap()
        .job_status(&job())
        .unwrap_err();
    assert_eq!(silence_of(&error), Some(Silence::Refused), "{error:?}");
    assert!(error.next_step().contains("service.url"));
}

#[test]
fn a_name_that_does_not_resolve_is_told_apart() {
    let double = Double::answering(200, &[], "");
    let mut settings = double.settings();
    settings.url = "https://no-such-host.invalid".to_owned();
    let error = DeviceTrustManager::new(&settings)
        .unwrap()
        .job_status(&job())
        .unwrap_err();
    assert_eq!(silence_of(&error), Some(Silence::NoSuchHost), "{error:?}");
}

#[test]
fn an_unknown_authority_gets_nothing() {
    let double = Double::answering(200, &[], r#"{"status":"COMPLETE"}"#);
    let stranger = Double::answering(200, &[], "");
    let mut settings = double.settings();
    for ca_file in [Some(stranger.ca_file.clone()), None] {
        settings.ca_file = ca_file;
        let error = DeviceTrustManager::new(&settings)
            .unwrap()
            .job_status(&job())
            .unwrap_err();
        let unknown = matches!(
            error,
            ServiceError::Tls {
                problem: TlsProblem::UnknownIssuer,
                ..
            }
        );
        assert!(unknown, "{error:?}");
        assert!(error.next_step().contains("service.ca_file"));
    }
    assert!(double.heads().is_empty());
}

#[test]
fn a_certificate_for_another_name_or_time_gets_nothing() {
    let cases = [
        (
            Looks {
                name: "other.example",
                ..Looks::default()
            },
            TlsProblem::WrongName,
        ),
        (
            Looks {
                expired: true,
                ..Looks::default()
            },
            TlsProblem::OutOfDate,
        ),
    ];
    for (looks, expected) in cases {
        let double = Double::start_as(&looks, |talk, _| talk.answer(200, &[], "{}"));
        let error = fault(&double);
        assert!(
            matches!(error, ServiceError::Tls { problem, .. } if problem == expected),
            "{error:?}"
        );
        assert!(double.heads().is_empty());
    }
}

#[test]
fn a_service_that_wants_a_client_certificate_says_so_in_words() {
    let looks = Looks {
        asks_for_certificate: true,
        ..Looks::default()
    };
    let double = Double::start_as(&looks, |talk, _| talk.answer(200, &[], "{}"));
    let error = fault(&double);
    assert!(
        matches!(error, ServiceError::ClientCertificateRequired { .. }),
        "{error:?}"
    );
    assert!(double.heads().is_empty());
}

#[test]
fn settings_that_can_not_work_are_refused_before_anything_is_sent() {
    let double = Double::answering(200, &[], "");
    let refused = |change: &dyn Fn(&mut nameplate::service::Settings)| {
        let mut settings = double.settings();
        change(&mut settings);
        let error: SettingsError = DeviceTrustManager::new(&settings)
            .err()
            .expect("it was taken");
        error.to_string()
    };
    assert!(refused(&|s| s.url = "http://localhost".into()).contains("service.url"));
    let target = |group: &str, policy: &str| Target::DeviceTrustManager {
        device_group_id: group.to_owned(),
        certificate_policy_id: policy.to_owned(),
    };
    assert!(refused(&|s| s.target = target(" ", "p")).contains("device_group_id"));
    assert!(refused(&|s| s.target = target("g", "a\r\nb")).contains("certificate_policy_id"));
    assert!(refused(&|s| s.routes.api = Some("../x".into())).contains("routes.api"));
    assert!(refused(&|s| s.routes.list = Some("/jobs?name={name}".into())).contains("{limit}"));
    for route in [
        ".evil.example/{name}{limit}{offset}",
        "/{name}{limit}{offset}{id}",
    ] {
        assert!(refused(&|s| s.routes.list = Some(route.into())).contains("routes.list"));
    }
    assert!(refused(&|s| s.routes.status = Some("/jobs".into())).contains("{id}"));
    assert!(
        refused(&|s| s.routes.create = Some("@evil.example/".into())).contains("routes.create")
    );
    assert!(refused(&|s| s.ca_file = Some("/no/such/file".into())).contains("/no/such/file"));
    let empty = double.folder().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    assert!(refused(&|s| s.ca_file = Some(empty.clone())).contains("no PEM certificate"));
    for key in ["", "a\nb"] {
        let text = refused(&|s| s.credential = nameplate::service::Credential::ApiKey(key.into()));
        assert!(text.contains("API key"), "{text}");
    }
    assert_eq!(double.connections(), 0);
}
