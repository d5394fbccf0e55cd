//! What of this service's form and routes is a guess: each under another name, which is a setting.

use crate::bench::{ask, collected, point, section, serve};

#[test]
fn fields_under_other_names() {
    let bench = collected();
    let switches = [
        "--polls",
        "0",
        "--iot-field",
        "name=job_name",
        "--iot-field",
        "enrollment_profile_id=profile",
        "--iot-field",
        "certificate_format=format",
    ];
    let service = serve(&bench, &switches);
    let _ = ask(&bench, &["submit"], 1)
        .says("refused the request")
        .says("unknown field");
    let fields = "[service.fields]\nname = \"job_name\"\nenrollment_profile_id = \"profile\"\ncertificate_format = \"format\"\n";
    point(&bench, &service, fields);
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status", "--wait"], 0);
    let _ = ask(&bench, &["report"], 0).says("2 issued");
    assert_eq!(service.jobs(), 1);
}

#[test]
fn a_route_that_is_elsewhere_is_named_as_a_setting() {
    let bench = collected();
    let service = serve(&bench, &["--iot-path-prefix", "/other/api/v1"]);
    let list = "[service.routes]\nlist = \"/other/{api}/v1/batch-enroll?name={name}&limit={limit}&offset={offset}\"\n";
    point(&bench, &service, list);
    let _ = ask(&bench, &["submit"], 1)
        .says("This endpoint is unverified")
        .says("set service.routes.create");
    assert_eq!(service.jobs(), 0);
    let all = format!(
        "{list}create = \"/other/api/v1/batch-enroll\"\nstatus = \"/other/api/v1/batch-enroll/{{id}}\"\n"
    );
    point(&bench, &service, &all);
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status"], 0);
    let _ = ask(&bench, &["status", "--wait"], 0);
    let _ = ask(&bench, &["report"], 1)
        .says("This endpoint is unverified")
        .says("set service.routes.report");
}

#[test]
fn certificates_come_in_the_format_that_was_asked_for() {
    for (format, extension, begins) in [
        ("pem", "zip", &b"PK"[..]),
        ("der", "zip", b"PK"),
        ("json", "json", b"[{"),
    ] {
        let bench = collected();
        let service = serve(&bench, &["--polls", "0"]);
        let format = format!("certificate_format = \"{format}\"\ninclude_full_chain = true\n");
        bench.configure(&(section(&service) + &format));
        let _ = ask(&bench, &["submit"], 0);
        let _ = ask(&bench, &["status", "--wait"], 0);
        let _ = ask(&bench, &["certificates"], 0);
        let file = bench.batch().join("certificates").with_extension(extension);
        let bytes = std::fs::read(file).unwrap();
        assert!(bytes.starts_with(begins), "{format}");
    }
}

#[test]
fn a_format_that_the_service_does_not_make_is_its_own_word() {
    let bench = collected();
    let service = serve(&bench, &[]);
    bench.configure(&(section(&service) + "certificate_format = \"xml\"\n"));
    let _ = ask(&bench, &["submit"], 1)
        .says("refused the request")
        .says("certificate_format");
    assert_eq!(service.jobs(), 0);
}

#[test]
fn another_service_s_settings_start_nothing() {
    let bench = collected();
    let service = serve(&bench, &[]);
    for (more, words) in [
        ("device_group_id = \"g\"\n", "service.device_group_id"),
        (
            "certificate_policy_id = \"p\"\n",
            "service.certificate_policy_id",
        ),
        ("[service.fields]\nname = \"a b\"\n", "service.fields.name"),
    ] {
        bench.configure(&(section(&service) + more));
        let _ = ask(&bench, &["submit"], 2).says(words);
    }
    let without = section(&service).replace("enrollment_profile_id", "#");
    bench.configure(&without);
    let _ = ask(&bench, &["submit"], 2)
        .says("service.enrollment_profile_id")
        .says("iot-trust-manager");
    assert_eq!(service.requests().len(), 0);
}
