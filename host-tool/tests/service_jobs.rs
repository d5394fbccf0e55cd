//! Questions about jobs: status, search by name, report, and following a job to its end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of a test fail it by panicking"
)]

use std::io::{self, Write};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nameplate::service::follow::{Clock, Outcome, Patience, Step, follow};
use nameplate::service::report::{Report, ReportColumns, RowOutcome};
use nameplate::service::{BatchService, JobId, MAX_REPORT, Phase, ServiceError};
use serde_json::json;

#[path = "common/service_double.rs"]
mod service_double;
use service_double::{Double, Head};

const ROOT: &str = "/devicetrustmanager/certificate-batch-service/api/v1/jobs";

fn job() -> JobId {
    JobId::parse("7a984652-8f38").unwrap()
}

/// A list of `jobs` as a service pages it, at most `cap` on a page.
fn listing(jobs: Vec<(String, String)>, cap: usize, filters: bool, total: bool) -> Double {
    Double::start(move |talk, head| {
        let number = |name| head.query(name).unwrap().parse::<usize>().unwrap();
        let wanted = head.query("name").unwrap();
        let all: Vec<_> = jobs
            .iter()
            .filter(|(_, name)| !filters || name.contains(wanted))
            .collect();
        let page: Vec<_> = all
            .iter()
            .skip(number("offset"))
            .take(number("limit").min(cap))
            .map(|(id, name)| json!({"id": id, "name": name, "status": "IN_PROGRESS"}))
            .collect();
        let mut body = json!({ "records": page });
        if total {
            body["total"] = json!(all.len());
        }
        talk.answer(200, &[], body.to_string());
    })
}

fn jobs(names: &[&str]) -> Vec<(String, String)> {
    let numbered = names.iter().enumerate();
    numbered
        .map(|(index, name)| (format!("id-{index}"), (*name).to_owned()))
        .collect()
}

fn ids(double: &Double, name: &str) -> Vec<String> {
    let found = double.client().find_jobs(name).unwrap();
    assert!(found.iter().all(|job| job.name == name));
    found.into_iter().map(|job| job.id.to_string()).collect()
}

#[test]
fn only_the_exact_name_is_found() {
    let names = ["line-3", "line-33", "LINE-3", "old line-3", "line-3"];
    for filters in [true, false] {
        for total in [true, false] {
            let double = listing(jobs(&names), 100, filters, total);
            assert_eq!(ids(&double, "line-3"), ["id-0", "id-4"]);
            assert!(ids(&double, "line").is_empty());
        }
    }
}

#[test]
fn a_name_is_escaped_in_the_question() {
    let double = listing(Vec::new(), 100, false, false);
    assert!(ids(&double, "a&limit=1 ü#").is_empty());
    assert_eq!(
        double.heads()[0].query("name"),
        Some("a%26limit%3D1%20%C3%BC%23")
    );
}

#[test]
fn a_job_far_down_a_capped_list_is_found() {
    let mut names = vec!["other"; 95];
    names.push("line-3");
    for total in [true, false] {
        let double = listing(jobs(&names), 10, false, total);
        assert_eq!(ids(&double, "line-3"), ["id-95"]);
    }
}

#[test]
fn a_list_that_leaves_it_open_is_an_error() {
    let repeating = Double::answering(200, &[], r#"{"records":[{"id":"1","name":"other"}]}"#);
    let error = repeating.client().find_jobs("line-3").unwrap_err();
    assert!(
        matches!(error, ServiceError::Inconclusive { .. }),
        "{error:?}"
    );
    assert!(error.next_step().contains("portal"));

    let count = AtomicUsize::new(0);
    let endless = Double::start(move |talk, _: &Head| {
        let id = count.fetch_add(1, Ordering::SeqCst);
        talk.answer(200, &[], format!(r#"[{{"id":"{id}","name":"other"}}]"#));
    });
    let error = endless.client().find_jobs("line-3").unwrap_err();
    assert!(
        matches!(error, ServiceError::Inconclusive { .. }),
        "{error:?}"
    );
    assert!(endless.connections() <= 200);

    let unread = Double::answering(200, &[], r#"[{"id":"../1","name":"line-3"}]"#);
    assert!(matches!(
        unread.client().find_jobs("line-3"),
        Err(ServiceError::Unreadable { .. })
    ));
}

#[test]
fn a_job_that_a_repeating_list_shows_is_found_once() {
    let double = Double::answering(200, &[], r#"[{"id":"1","name":"line-3"}]"#);
    assert_eq!(ids(&double, "line-3"), ["1"]);
}

#[test]
fn a_status_is_asked_for_at_the_documented_place() {
    let body = r#"{"id":"x","status":"IN_PROGRESS","total":8,"failed":1}"#;
    let double = Double::answering(200, &[("Retry-After", "7")], body);
    let status = double.client().job_status(&job()).unwrap();
    assert_eq!(status.phase(), Phase::InProgress);
    assert_eq!(status.counts.total, Some(8));
    assert_eq!(status.retry_after, Some(Duration::from_secs(7)));
    assert_eq!(
        double.heads()[0].line(),
        format!("GET {ROOT}/7a984652-8f38 HTTP/1.1")
    );
    assert_eq!(
        double.heads()[0].header("x-api-key"),
        Some(service_double::KEY)
    );
}

#[test]
fn a_report_is_kept_byte_for_byte() {
    let bytes = "\u{feff}device_name,status\r\na,SUCCESS\r\n\u{0}\u{ff}";
    let whole = Double::answering(200, &[], bytes);
    let chunked = Double::start(move |talk, _| {
        talk.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for byte in bytes.as_bytes() {
            talk.say([b"1\r\n".as_slice(), &[*byte], b"\r\n"].concat());
        }
        talk.say("0\r\n\r\n");
        talk.until_gone();
    });
    for double in [whole, chunked] {
        let mut report = Vec::new();
        let length = double
            .client()
            .download_report(&job(), &mut report)
            .unwrap();
        assert_eq!(report, bytes.as_bytes());
        assert_eq!(length, bytes.len() as u64);
        let line = format!("GET {ROOT}/7a984652-8f38/download/report HTTP/1.1");
        assert_eq!(double.heads()[0].line(), line);
    }
}

#[test]
fn a_report_that_breaks_off_or_stalls_is_an_error() {
    let short = Double::start(|talk, _| {
        talk.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    });
    let stalling = Double::start(|talk, _| {
        talk.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
        talk.until_gone();
    });
    for double in [short, stalling] {
        let error = double
            .hasty_client()
            .download_report(&job(), &mut Vec::new())
            .unwrap_err();
        assert!(
            matches!(error, ServiceError::Unreachable { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn a_report_that_is_too_large_is_given_up() {
    let declared = Double::start(|talk, _| {
        talk.say(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
            MAX_REPORT + 1
        ));
        talk.until_gone();
    });
    let error = declared
        .client()
        .download_report(&job(), &mut io::sink())
        .unwrap_err();
    assert!(matches!(error, ServiceError::Oversized { .. }), "{error:?}");

    let endless = Double::start(|talk, _| {
        talk.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("40000\r\n{}\r\n", "y".repeat(0x40000));
        while talk.say(&chunk) {}
    });
    let error = endless
        .client()
        .download_report(&job(), &mut io::sink())
        .unwrap_err();
    assert!(matches!(error, ServiceError::Oversized { .. }), "{error:?}");
}

#[test]
fn a_report_that_can_not_be_written_is_told_apart() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let double = Double::answering(200, &[], "abc");
    let error = double
        .client()
        .download_report(&job(), &mut Full)
        .unwrap_err();
    assert!(matches!(error, ServiceError::Output { .. }), "{error:?}");
}

#[test]
fn a_job_is_followed_over_faults_to_its_report() {
    struct NoWait;
    impl Clock for NoWait {
        fn sleep(&self, _: Duration, _: &AtomicBool) {}
    }
    let asked = AtomicUsize::new(0);
    let double = Double::start(move |talk, head| {
        if head.line().contains("/download/report") {
            return talk.answer(
                200,
                &[],
                "device_name,status,error\na,SUCCESS,\nb,FAILED,no CSR\n",
            );
        }
        match asked.fetch_add(1, Ordering::SeqCst) {
            0 => talk.answer(200, &[], r#"{"status":"PENDING_APPROVAL"}"#),
            1 => talk.answer(429, &[("Retry-After", "2")], ""),
            2 => talk.answer(500, &[], ""),
            // Not a word.
            3 => {}
            4 => talk.answer(200, &[], r#"{"status":"IN_PROGRESS"}"#),
            _ => talk.answer(200, &[], r#"{"status":"COMPLETE"}"#),
        }
    });
    let client = double.client();
    let (mut approvals, mut retries) = (0, 0);
    let mut observe = |step: Step<'_>| match step {
        Step::NeedsApproval => approvals += 1,
        Step::Retry { .. } => retries += 1,
        _ => {}
    };
    let stop = AtomicBool::new(false);
    let outcome = follow(
        &client,
        &job(),
        &Patience::default(),
        &NoWait,
        &stop,
        &mut observe,
    )
    .unwrap();
    assert!(matches!(outcome, Outcome::Ended(status) if status.phase() == Phase::Complete));
    assert_eq!((approvals, retries), (1, 3));

    let mut report = Vec::new();
    client.download_report(&job(), &mut report).unwrap();
    let rows: Result<Vec<_>, _> = Report::open(report.as_slice(), &ReportColumns::default())
        .unwrap()
        .collect();
    let rows = rows.unwrap();
    assert_eq!(rows[0].outcome, RowOutcome::Succeeded);
    assert_eq!(rows[1].outcome, RowOutcome::Failed);
    assert_eq!(rows[1].message.as_deref(), Some("no CSR"));
}
