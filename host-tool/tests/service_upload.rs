//! Submissions: the form as it arrives, and what is known of the job whenever something goes wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of a test fail it by panicking"
)]

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use nameplate::service::{
    BatchService, DataFile, JobData, JobId, KeyGeneration, NewJob, ServiceError,
};
use secrecy::SecretString;

#[path = "common/service_double.rs"]
mod service_double;
use service_double::{Double, KEY, Talk};

const CREATED: &str = r#"{"id":"7a984652-8f38"}"#;
/// Whether an error is of the kind that is expected.
type Kind = fn(&ServiceError) -> bool;

const LARGE: u64 = 40_000_000;

fn quiet(_: u64, _: u64) {}

fn csv(folder: &Path) -> PathBuf {
    let path = folder.join("batch.csv");
    std::fs::write(&path, "\"device_name\",\"csr\"\r\n\"ä-1\",\"--x--\"\r\n").unwrap();
    path
}

/// A file that takes long to send and no room on the disk.
fn large(folder: &Path) -> DataFile {
    let path = folder.join("large.csv");
    std::fs::File::create(&path)
        .unwrap()
        .set_len(LARGE)
        .unwrap();
    DataFile::look_at(&path).unwrap()
}

fn submit(double: &Double) -> Result<JobId, ServiceError> {
    let data = DataFile::look_at(&csv(double.folder())).unwrap();
    double
        .client()
        .create_job(&NewJob::client_keys("line-3"), JobData::File(&data), &quiet)
}

fn submit_large(double: &Double) -> ServiceError {
    let data = large(double.folder());
    let job = NewJob::client_keys("line-3");
    double
        .hasty_client()
        .create_job(&job, JobData::File(&data), &quiet)
        .unwrap_err()
}

/// The form as another language's library reads it: one `name|file name|type|content` a part.
fn parts_by_python(folder: &Path, content_type: &str, body: &[u8]) -> Vec<String> {
    let message = folder.join("message");
    let head = format!("MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\r\n");
    std::fs::write(&message, [head.as_bytes(), body].concat()).unwrap();
    let script = "import sys, email, email.policy\n\
        m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.HTTP)\n\
        assert m.is_multipart() and not m.defects, m.defects\n\
        for p in m.iter_parts():\n\
        \x20   assert not p.defects and p.get_content_disposition() == 'form-data'\n\
        \x20   d = p['content-disposition'].params\n\
        \x20   print([d['name'], d.get('filename'), p['content-type'], p.get_payload(decode=True).decode()])\n";
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(&message)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Takes a submission and keeps its body.
fn taking() -> (Double, Arc<Mutex<Vec<u8>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let double = Double::start(move |talk, head| {
        *keep.lock().unwrap() = talk.take_body(head);
        talk.answer(200, &[], CREATED);
    });
    (double, kept)
}

#[test]
fn the_form_is_what_the_contract_says() {
    let (double, kept) = taking();
    assert_eq!(submit(&double).unwrap().as_str(), "7a984652-8f38");
    let head = &double.heads()[0];
    assert_eq!(
        head.line(),
        "POST /devicetrustmanager/certificate-batch-service/api/v1/jobs?job_type=device_registration HTTP/1.1"
    );
    assert_eq!(head.header("x-api-key"), Some(KEY));
    assert_eq!(head.header("expect"), Some("100-continue"));
    assert_eq!(head.header("transfer-encoding"), None);
    assert!(head.header("user-agent").unwrap().starts_with("nameplate/"));
    let content_type = head.header("content-type").unwrap();
    let body = kept.lock().unwrap();
    let file = std::fs::read(csv(double.folder())).unwrap();
    assert!(body.windows(file.len()).any(|window| window == file));
    let parts = parts_by_python(double.folder(), content_type, &body);
    assert_eq!(
        parts,
        [
            "['name', None, None, 'line-3']",
            "['device_group_id', None, None, 'group-1']",
            "['certificate_policy_id', None, None, 'IOT_policy-1']",
            "['server_side_key_gen', None, None, 'false']",
            // Python's reader makes every line end its own.
            r#"['data', 'batch.csv', 'text/csv', '"device_name","csr"\n"ä-1","--x--"\n']"#,
        ]
    );
}

#[test]
fn optional_fields_and_server_side_keys_are_sent_when_set() {
    let (double, kept) = taking();
    let data = DataFile::look_at(&csv(double.folder())).unwrap();
    let passcode = SecretString::from("1234");
    let job = NewJob {
        keys: KeyGeneration::Server {
            encryption_certificate: "-----BEGIN CERTIFICATE-----\nAAAA\n",
        },
        key_type: Some("RSA_2048"),
        emails: Some("a@example.com"),
        external_emails: Some("b@example.com"),
        passcode_generation_option: Some("true"),
        passcode: Some(&passcode),
        ..NewJob::client_keys("name \"quoted\" & more")
    };
    double
        .client()
        .create_job(&job, JobData::File(&data), &quiet)
        .unwrap();
    let content_type = double.heads()[0].header("content-type").unwrap().to_owned();
    let parts = parts_by_python(double.folder(), &content_type, &kept.lock().unwrap());
    for expected in [
        r#"['name', None, None, 'name "quoted" & more']"#,
        "['server_side_key_gen', None, None, 'true']",
        r"['encryption_certificate', None, None, '-----BEGIN CERTIFICATE-----\nAAAA\n']",
        "['key_type', None, None, 'RSA_2048']",
        "['emails', None, None, 'a@example.com']",
        "['external_emails', None, None, 'b@example.com']",
        "['passcode_generation_option', None, None, 'true']",
        "['passcode', None, None, '1234']",
    ] {
        assert!(
            parts.iter().any(|part| part == expected),
            "{expected} not in {parts:#?}"
        );
    }
}

#[test]
fn the_other_api_part_can_be_set() {
    let (double, _) = taking();
    let mut settings = double.settings();
    settings.routes.api = Some("api-ui".to_owned());
    let client = nameplate::service::DeviceTrustManager::new(&settings).unwrap();
    let data = DataFile::look_at(&csv(double.folder())).unwrap();
    client
        .create_job(&NewJob::client_keys("line-3"), JobData::File(&data), &quiet)
        .unwrap();
    assert!(
        double.heads()[0]
            .line()
            .contains("/api-ui/v1/jobs?job_type=")
    );
}

#[test]
fn every_form_of_success_is_understood() {
    for (status, body) in [
        (200, "\"7a984652-8f38\""),
        (201, r#"{"job_id":"7a984652-8f38"}"#),
        (202, "7a984652-8f38\n"),
    ] {
        let id = submit(&Double::answering(status, &[], body)).unwrap();
        assert_eq!(id.as_str(), "7a984652-8f38");
    }
}

#[test]
fn progress_grows_to_the_whole() {
    let (double, _) = taking();
    let seen = Mutex::new(Vec::new());
    let progress = |sent, total| seen.lock().unwrap().push((sent, total));
    let data = large(double.folder());
    double
        .client()
        .create_job(
            &NewJob::client_keys("line-3"),
            JobData::File(&data),
            &progress,
        )
        .unwrap();
    let seen = seen.into_inner().unwrap();
    let total = double.heads()[0].length();
    assert!(total > LARGE && seen.len() > 100);
    assert!(seen.is_sorted_by(|a, b| a.0 < b.0) && seen.iter().all(|step| step.1 == total));
    assert_eq!(seen.last(), Some(&(total, total)));
}

#[test]
fn an_early_refusal_is_read_and_nothing_is_uploaded() {
    let kinds: [(u16, Kind); 5] = [
        (401, |e| matches!(e, ServiceError::KeyRefused(_))),
        (403, |e| matches!(e, ServiceError::AccessDenied(_))),
        (413, |e| matches!(e, ServiceError::TooLarge(_))),
        (429, |e| matches!(e, ServiceError::TooManyRequests { .. })),
        (503, |e| matches!(e, ServiceError::ServiceFault { .. })),
    ];
    for (status, is_kind) in kinds {
        let double = Double::start(move |talk, _| {
            talk.answer(
                status,
                &[],
                r#"{"error":{"code":"too_bad","message":"No."}}"#,
            );
        });
        let sent = AtomicBool::new(false);
        let data = large(double.folder());
        let progress = |_, _| sent.store(true, Ordering::SeqCst);
        let error = double
            .client()
            .create_job(
                &NewJob::client_keys("line-3"),
                JobData::File(&data),
                &progress,
            )
            .unwrap_err();
        assert!(is_kind(&error), "{status}: {error:?}");
        assert!(!error.maybe_done(), "{status}");
        assert!(error.to_string().contains("too_bad: No."));
        assert!(
            !sent.load(Ordering::SeqCst),
            "{status}: the file was sent all the same"
        );
    }
}

#[test]
fn an_early_refusal_in_pieces_is_read_too() {
    let double = Double::start(|talk, _| {
        for piece in [
            "HTTP/1.1 401 No",
            "pe\r\nContent-",
            "Length: 2\r\n",
            "\r",
            "\n{",
            "}",
        ] {
            talk.say(piece);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        talk.until_gone();
    });
    let error = submit(&double).unwrap_err();
    assert!(matches!(error, ServiceError::KeyRefused(_)), "{error:?}");
}

#[test]
fn a_refusal_in_the_middle_of_an_upload_is_no_lost_answer() {
    let double = Double::start(|talk, _| {
        talk.say("HTTP/1.1 100 Continue\r\n\r\n");
        talk.skip(1_000_000);
        talk.say("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    let error = submit_large(&double);
    assert!(
        matches!(error, ServiceError::UploadCut { sent, total, .. } if sent < total),
        "{error:?}"
    );
    assert!(!error.maybe_done() && error.is_transient());
}

#[test]
fn a_service_that_stops_listening_is_no_lost_answer() {
    let done = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&done);
    let double = Double::start(move |talk, _| {
        talk.say("HTTP/1.1 100 Continue\r\n\r\n");
        // Not a byte is read.
        while !told.load(Ordering::SeqCst) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    });
    let error = submit_large(&double);
    done.store(true, Ordering::SeqCst);
    assert!(matches!(error, ServiceError::UploadCut { .. }), "{error:?}");
}

fn after_the_body(script: impl Fn(&mut Talk) + Send + Sync + 'static) -> Double {
    Double::start(move |talk, head| {
        talk.take_body(head);
        script(talk);
    })
}

#[test]
fn silence_after_the_whole_form_is_a_lost_answer() {
    let scripts: [fn(&mut Talk); 4] = [
        |_| {},
        Talk::until_gone,
        |talk| {
            talk.say("HTTP/1.1 200 O");
        },
        |talk| {
            talk.say("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"id\":\"7a98");
        },
    ];
    for (index, script) in scripts.into_iter().enumerate() {
        let double = after_the_body(script);
        let data = DataFile::look_at(&csv(double.folder())).unwrap();
        let job = NewJob::client_keys("line-3");
        let error = double
            .hasty_client()
            .create_job(&job, JobData::File(&data), &quiet)
            .unwrap_err();
        assert!(
            matches!(error, ServiceError::AnswerLost { .. }),
            "{index}: {error:?}"
        );
        assert!(error.maybe_done() && !error.is_transient());
        assert!(error.next_step().contains("does not submit it twice"));
        assert_eq!(double.heads().len(), 1, "{index}: it was sent again");
    }
}

#[test]
fn an_answer_that_leaves_it_open_is_never_called_transient() {
    let scripts: [fn(&mut Talk); 5] = [
        |talk| talk.answer(500, &[], ""),
        |talk| talk.answer(504, &[("Retry-After", "1")], "<html>gateway</html>"),
        |talk| talk.answer(302, &[("Location", "https://a.example/")], ""),
        |talk| talk.answer(200, &[], "OK"),
        |talk| {
            talk.say("garbage\r\n\r\n");
            talk.until_gone();
        },
    ];
    for (index, script) in scripts.into_iter().enumerate() {
        let double = after_the_body(script);
        let error = submit(&double).unwrap_err();
        assert!(
            error.maybe_done() && !error.is_transient(),
            "{index}: {error:?}"
        );
        assert_eq!(double.heads().len(), 1, "{index}: it was sent again");
    }
}

#[test]
fn a_refusal_after_the_body_made_no_job() {
    for status in [400, 401, 403, 404, 413, 422, 429] {
        let double = after_the_body(move |talk| talk.answer(status, &[], "{}"));
        assert!(!submit(&double).unwrap_err().maybe_done(), "{status}");
    }
}

#[test]
fn a_redirect_takes_neither_key_nor_file_along() {
    let other = Double::answering(200, &[], CREATED);
    for status in [301, 307, 308] {
        let target = other.url.clone();
        let double =
            Double::start(move |talk, _| talk.answer(status, &[("Location", &target)], ""));
        let error = submit(&double).unwrap_err();
        assert!(
            matches!(
                error,
                ServiceError::Redirected {
                    maybe_done: false,
                    ..
                }
            ),
            "{error:?}"
        );
    }
    assert_eq!(other.connections(), 0);
}

#[test]
fn a_service_that_does_not_know_expect_is_served() {
    let refusing = Double::start(|talk, head| {
        if head.header("expect").is_some() {
            return talk.answer(417, &[], "");
        }
        talk.take_body(head);
        talk.answer(200, &[], CREATED);
    });
    assert!(submit(&refusing).is_ok());
    assert_eq!(refusing.heads().len(), 2);
    let ignoring = Double::start(|talk, head| {
        assert!(talk.skip(head.length()));
        talk.answer(200, &[], CREATED);
    });
    assert!(submit(&ignoring).is_ok());
}

#[test]
fn a_continue_with_header_lines_is_one_too() {
    for pieces in [
        &["HTTP/1.1 100 Continue\r\nDate: today\r\nVia: 1.1 a-proxy\r\n\r\n"][..],
        &["HTTP/1.1 10", "0 Continue\r\nDa", "te: today\r", "\n\r\n"],
        &["HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 100 \r\n\r\n"],
    ] {
        let double = Double::start(move |talk, head| {
            for piece in pieces {
                talk.say(piece);
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            assert!(talk.skip(head.length()));
            talk.answer(200, &[], CREATED);
        });
        assert!(submit(&double).is_ok(), "{pieces:?}");
    }
}

#[test]
fn what_can_not_be_sent_is_refused_before_a_connection() {
    let double = Double::answering(200, &[], CREATED);
    let data = DataFile::look_at(&csv(double.folder())).unwrap();
    for name in [
        "",
        " ",
        "a\r\nX-Evil: 1",
        "a\0",
        " padded ",
        &"x".repeat(201),
    ] {
        let error = double
            .client()
            .create_job(&NewJob::client_keys(name), JobData::File(&data), &quiet)
            .unwrap_err();
        assert!(
            matches!(error, ServiceError::Unsendable { .. }),
            "{name:?}: {error:?}"
        );
    }
    std::fs::write(data.path(), "other length").unwrap();
    let error = double
        .client()
        .create_job(&NewJob::client_keys("a"), JobData::File(&data), &quiet)
        .unwrap_err();
    assert!(matches!(error, ServiceError::DataFile { .. }), "{error:?}");
    assert_eq!(double.connections(), 0);
}

#[test]
fn a_file_that_shrinks_on_the_way_ends_the_submission() {
    let path = Arc::new(Mutex::new(PathBuf::new()));
    let to_cut = Arc::clone(&path);
    let double = Double::start(move |talk, _| {
        let file = OpenOptions::new()
            .write(true)
            .open(&*to_cut.lock().unwrap())
            .unwrap();
        file.set_len(10).unwrap();
        talk.say("HTTP/1.1 100 Continue\r\n\r\n");
        talk.until_gone();
    });
    let data = large(double.folder());
    data.path().clone_into(&mut path.lock().unwrap());
    let error = double
        .client()
        .create_job(&NewJob::client_keys("a"), JobData::File(&data), &quiet)
        .unwrap_err();
    assert!(matches!(error, ServiceError::DataFile { .. }), "{error:?}");
    assert!(!error.maybe_done());
}
