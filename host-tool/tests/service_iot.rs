//! What IoT Trust Manager is sent, on a real connection: its form, read by another language's library, and its routes.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::process::Command;
use std::sync::{Arc, Mutex};

use nameplate::service::{
    BatchService, DataFile, IotProfile, JobData, JobId, KeyGeneration, MacSequence, NewJob,
    ServiceError, Target, connect,
};
use nameplate_wire::Mac;

#[path = "common/service_double.rs"]
mod service_double;
use service_double::{Double, KEY};

/// The form as another language's library reads it, `name=content` a part, and whether a part was a file.
fn parts_by_python(double: &Double, body: &[u8]) -> Vec<String> {
    let content_type = double.heads()[0].header("content-type").unwrap().to_owned();
    let message = double.folder().join("message");
    let head = format!("MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\r\n");
    std::fs::write(&message, [head.as_bytes(), body].concat()).unwrap();
    let script = "import sys, email, email.policy\n\
        m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.HTTP)\n\
        assert m.is_multipart() and not m.defects, m.defects\n\
        for p in m.iter_parts():\n\
        \x20   d = p['content-disposition'].params\n\
        \x20   file = ' file' if d.get('filename') else ''\n\
        \x20   print(d['name'] + file + '=' + p.get_payload(decode=True).decode().replace('\\n', '~'))\n";
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
        talk.answer(200, &[], "{\"id\":\"7a98\"}");
    });
    (double, kept)
}

fn client(double: &Double, change: impl FnOnce(&mut IotProfile)) -> Box<dyn BatchService> {
    let mut profile = IotProfile::new("profile-1");
    change(&mut profile);
    let mut settings = double.settings();
    settings.target = Target::IotTrustManager(Box::new(profile));
    connect(&settings).unwrap()
}

fn quiet(_: u64, _: u64) {}

#[test]
fn a_file_of_requests() {
    let (double, kept) = taking();
    let path = double.folder().join("batch.csv");
    std::fs::write(&path, "\"csr\"\n\"x\"\n").unwrap();
    let data = DataFile::look_at(&path).unwrap();
    let client = client(&double, |profile| profile.full_chain = Some(true));
    client
        .create_job(&NewJob::client_keys("line-3"), JobData::File(&data), &quiet)
        .unwrap();
    let head = &double.heads()[0];
    assert_eq!(head.line(), "POST /iot/api/v1/batch-enroll HTTP/1.1");
    assert_eq!(head.header("x-api-key"), Some(KEY));
    let parts = parts_by_python(&double, &kept.lock().unwrap());
    let expected = [
        "name=line-3",
        "enrollment_profile_id=profile-1",
        "certificate_format=pem",
        "include_full_chain_with_each_certificate=true",
        "data file=\"csr\"~\"x\"~",
    ];
    assert_eq!(parts, expected, "and nothing of Device Trust Manager's");
}

fn sequence(start: [u8; 6], count: u32, increment: u64) -> JobData<'static> {
    JobData::MacSequence(MacSequence {
        start: Mac(start),
        count,
        increment,
    })
}

#[test]
fn a_mac_sequence_has_no_file_and_its_certificate_is_base64() {
    let (double, kept) = taking();
    let client = client(&double, |profile| {
        profile.fields.mac_start = "first".to_owned();
    });
    let job = NewJob {
        keys: KeyGeneration::Server {
            encryption_certificate: "-----BEGIN CERTIFICATE-----\nAAAA\n",
        },
        key_type: Some("P_256"),
        ..NewJob::client_keys("macs")
    };
    let data = sequence([0, 0x1a, 0xc2, 0x7b, 0, 0], 5, 10);
    client.create_job(&job, data, &quiet).unwrap();
    let parts = parts_by_python(&double, &kept.lock().unwrap());
    let expected = [
        "name=macs",
        "enrollment_profile_id=profile-1",
        "certificate_format=pem",
        "certificate=LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBQUEK",
        "key_type=p_256",
        "first=00:1a:c2:7b:00:00",
        "mac_address_count=5",
        "mac_address_increment=10",
    ];
    assert_eq!(parts, expected);
}

#[test]
fn what_a_service_does_not_do_is_not_sent() {
    let double = Double::answering(200, &[], "{\"id\":\"1\"}");
    let iot = client(&double, |_| {});
    let server = NewJob {
        keys: KeyGeneration::Server {
            encryption_certificate: "x",
        },
        ..NewJob::client_keys("macs")
    };
    for (job, data) in [
        (&NewJob::client_keys("macs"), sequence([0; 6], 5, 10)),
        (&server, sequence([0; 6], 0, 10)),
        (&server, sequence([0; 6], 500_001, 1)),
        (&server, sequence([0; 6], 5, 0)),
    ] {
        let error = iot.create_job(job, data, &quiet).unwrap_err();
        assert!(
            matches!(error, ServiceError::Unsendable { .. }),
            "{error:?}"
        );
    }
    let foreign = NewJob {
        external_emails: Some("a@example.com"),
        ..server.clone()
    };
    let error = iot
        .create_job(&foreign, sequence([0; 6], 1, 1), &quiet)
        .unwrap_err();
    assert!(
        matches!(error, ServiceError::NotOffered { .. }),
        "{error:?}"
    );
    let error = double
        .client()
        .create_job(&server, sequence([0; 6], 1, 1), &quiet)
        .unwrap_err();
    assert!(
        matches!(error, ServiceError::NotOffered { .. }) && !error.maybe_done(),
        "{error:?}"
    );
    assert!(double.heads().is_empty());
}

#[test]
fn each_question_has_its_route() {
    let double = Double::answering(200, &[("content-type", "Text/CSV; charset=utf-8")], "[]");
    let client = client(&double, |_| {});
    let id = JobId::parse("7a98").unwrap();
    let mut sink = Vec::new();
    let _ = client.job_status(&id);
    client.find_jobs("a b").unwrap();
    client.list_jobs(7).unwrap();
    client.download_report(&id, &mut sink).unwrap();
    client.download_certificates(&id, &mut sink).unwrap();
    let template = client.download_template(&mut sink).unwrap();
    assert_eq!(template.content_type.as_deref(), Some("text/csv"));
    let lines: Vec<_> = double
        .heads()
        .iter()
        .map(|head| head.line().to_owned())
        .collect();
    let expected = [
        "GET /iot/api/v1/batch-enroll/7a98 HTTP/1.1",
        "GET /iot/api/v1/batch-enroll?name=a%20b&limit=100&offset=0 HTTP/1.1",
        "GET /iot/api/v1/batch-enroll?limit=7&offset=0 HTTP/1.1",
        "GET /iot/api/v1/batch-enroll/7a98/download-report HTTP/1.1",
        "GET /iot/api/v1/batch-enroll/7a98/download-certificates HTTP/1.1",
        "GET /iot/api/v1/enrollment-profile/profile-1/batch-enroll-csv-template HTTP/1.1",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_guessed_route_that_is_not_there_names_its_setting() {
    let double = Double::answering(404, &[], "{}");
    let client = client(&double, |_| {});
    let id = JobId::parse("7a98").unwrap();
    let mut sink = Vec::new();
    for (error, setting) in [
        (
            client.job_status(&id).unwrap_err(),
            Some("service.routes.status"),
        ),
        (
            client.download_report(&id, &mut sink).unwrap_err(),
            Some("service.routes.report"),
        ),
        (
            client.download_certificates(&id, &mut sink).unwrap_err(),
            None,
        ),
        (client.download_template(&mut sink).unwrap_err(), None),
    ] {
        let step = error.next_step();
        match setting {
            Some(setting) => assert!(
                step.contains("unverified") && step.contains(setting),
                "{step}"
            ),
            None => assert!(!step.contains("unverified"), "{step}"),
        }
    }
}

#[test]
fn a_template_larger_than_any_is_given_up() {
    let double = Double::answering(200, &[], &"x".repeat(1_000_001));
    let client = client(&double, |_| {});
    let error = client.download_template(&mut Vec::new()).unwrap_err();
    assert!(matches!(error, ServiceError::Oversized { .. }), "{error:?}");
}
