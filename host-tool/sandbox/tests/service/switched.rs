//! Each switch that changes what a client sees.

use nameplate_sandbox::{
    Approval, Certificates, CreateBody, CsrForm, CsvReading, ErrorShape, JobTypePlace, JsonCase,
    ListMatch, ListShape, Presence, StatusCase, Switches, Unknown, Validate,
};

use super::bench::{Bench, HEADER, JOBS, Part, csr, csv_of, form, row};

fn bench(change: impl FnOnce(&mut Switches)) -> Bench {
    let mut switches = Switches::default();
    change(&mut switches);
    Bench::with(switches)
}

#[test]
fn create_answers() {
    for (create_body, create_status) in [
        (CreateBody::Id, 200),
        (CreateBody::JobId, 201),
        (CreateBody::String, 202),
        (CreateBody::Bare, 200),
    ] {
        let bench = bench(|switches| {
            switches.create_body = create_body;
            switches.create_status = create_status;
        });
        let answer = bench.submit(&csv_of(&["dev-1"]));
        assert_eq!(answer.status, create_status);
        let id = match create_body {
            CreateBody::Id => answer.json()["id"].as_str().map(str::to_owned),
            CreateBody::JobId => answer.json()["job_id"].as_str().map(str::to_owned),
            CreateBody::String => answer.json().as_str().map(str::to_owned),
            CreateBody::Bare => Some(answer.text()),
        };
        assert_eq!(bench.get(&format!("{JOBS}/{}", id.unwrap())).status, 200);
    }
}

#[test]
fn error_and_json_shapes() {
    let bench = bench(|switches| {
        switches.error_shape = ErrorShape::Error;
        switches.json_case = JsonCase::Camel;
    });
    let answer = bench.get(&format!("{JOBS}/x"));
    assert_eq!(answer.json()["error"]["code"], "resource_not_found");
    let id = bench.submit(&csv_of(&["dev-1"])).id();
    let job = bench.get(&format!("{JOBS}/{id}")).json();
    assert_eq!(job["deviceGroupId"], bench.running().device_group_id());
    assert!(job["successfulCount"].is_number());
}

#[test]
fn list_shapes() {
    let off = bench(|switches| switches.no_list = true);
    assert_eq!(off.get(JOBS).status, 404);
    for (list_shape, pointer) in [
        (ListShape::Records, "/records/0/id"),
        (ListShape::Jobs, "/jobs/0/id"),
        (ListShape::Array, "/0/id"),
    ] {
        let bench = bench(|switches| {
            switches.list_shape = list_shape;
            switches.list_match = ListMatch::Contains;
        });
        let id = bench.submit(&csv_of(&["dev-1"])).id();
        let list = bench.get(&format!("{JOBS}?name=atch")).json();
        assert_eq!(list.pointer(pointer).unwrap(), id.as_str());
    }
}

#[test]
fn statuses() {
    let bench = bench(|switches| {
        switches.first_status = Some("ODD".into());
        switches.approval = Approval::AfterPolls(2);
        switches.polls = 1;
        switches.status_case = StatusCase::Lower;
        switches.complete_word = "EXECUTED".into();
    });
    let id = bench.submit(&csv_of(&["dev-1"])).id();
    let mut words = Vec::new();
    while words.last().map(String::as_str) != Some("executed") {
        assert!(words.len() < 1000);
        words.push(bench.status(&id));
        words.dedup();
    }
    assert_eq!(
        words,
        ["odd", "pending_approval", "in_progress", "executed"]
    );
}

#[test]
fn approval_by_a_person() {
    let bench = bench(|switches| switches.approval = Approval::Manual);
    let (yes, no) = (
        bench.submit(&csv_of(&["dev-1"])).id(),
        bench.submit(&csv_of(&["dev-2"])).id(),
    );
    for _ in 0..4 {
        assert_eq!(bench.status(&yes), "PENDING_APPROVAL");
    }
    assert_eq!(bench.put(&format!("{JOBS}/{yes}/approve")).status, 204);
    assert_eq!(bench.put(&format!("{JOBS}/{yes}/approve")).status, 400);
    assert_eq!(bench.put(&format!("{JOBS}/{no}/reject")).status, 204);
    assert_eq!(bench.put(&format!("{JOBS}/x/approve")).status, 404);
    assert_eq!(bench.wait(&yes).last().unwrap(), "COMPLETE");
    assert_eq!(bench.status(&no), "REJECTED");
    assert_eq!(
        bench.get(&format!("{JOBS}/{no}/download/report")).status,
        400
    );
}

#[test]
fn file_faults_while_processing() {
    let bench = bench(|switches| switches.validate = Validate::Processing);
    for (name, contents) in [("a.csv", "a,b\nc\n"), ("a.zip", "no zip")] {
        let mut parts = bench.parts("");
        parts.retain(|part| !part.is("data"));
        parts.push(Part::file("data", name, contents.as_bytes()));
        let id = bench.post(&parts).id();
        let report = bench.report(&id);
        assert_eq!(report.len(), 1);
        assert_eq!((&*report[0]["row"], &*report[0]["status"]), ("", "FAILED"));
        assert!(!report[0]["message"].is_empty());
        assert_eq!(bench.status(&id), "FAILED");
        let job = bench.get(&format!("{JOBS}/{id}")).json();
        assert_eq!(job["total_count"], 0);
    }
}

#[test]
fn csv_and_columns() {
    let trailing = format!(
        "\u{feff}\"device_name\",subject.common_name,csr,\na,a,{},\n",
        csr("a")
    );
    let lenient = bench(|switches| switches.csv = CsvReading::Lenient);
    assert_eq!(lenient.submit(&trailing).status, 200);

    let odd = format!(
        "device_name,subject.common_name,colour,csr\na,a,red,{}\n",
        csr("a")
    );
    assert_eq!(Bench::new().submit(&odd).status, 200);
    let refuse = bench(|switches| switches.unknown_columns = Unknown::Refuse);
    assert!(refuse.submit(&odd).error().1.contains("colour"));

    let required = bench(|switches| switches.required_columns = vec!["san.dns_name".into()]);
    assert!(required.submit(&odd).error().1.contains("san.dns_name"));
    let few = bench(|switches| switches.required_columns.clear());
    let report = few.report(&few.submit(&format!("csr\n{}\n", csr("a"))).id());
    assert_eq!(report[0]["status"], "SUCCESS");
    assert_eq!(report[0]["subject.common_name"], "a");
}

#[test]
fn csr_forms() {
    let line = csr("a");
    let (begin, end) = ("REQUEST-----", "-----END");
    let lines = line
        .replacen(begin, "REQUEST-----\n", 1)
        .replacen(end, "\n-----END", 1);
    for (csr_form, good, bad) in [
        (CsrForm::Line, &line, &lines),
        (CsrForm::Lines, &lines, &line),
    ] {
        let bench = bench(|switches| switches.csr_form = csr_form);
        let text = HEADER.to_owned() + &row("a", "a", good) + &row("b", "b", bad);
        let report = bench.report(&bench.submit(&text).id());
        assert_eq!(report[0]["status"], "SUCCESS", "{report:?}");
        assert_eq!(report[1]["status"], "FAILED", "{report:?}");
    }
}

#[test]
fn fields_and_paths() {
    let bench = bench(|switches| {
        switches.job_type = JobTypePlace::Form;
        switches.policy_id = Presence::Optional;
        switches.path_prefix = "/other/v1".into();
    });
    let mut parts = bench.parts(&csv_of(&["dev-1"]));
    parts.retain(|part| !part.is("certificate_policy_id"));
    let send = |parts: &[Part]| {
        bench
            .try_send("POST", "/other/v1/jobs", Some(bench.key()), form(parts))
            .unwrap()
    };
    assert!(send(&parts).error().1.contains("job_type"));
    parts.push(Part::text("job_type", "device_registration"));
    assert_eq!(send(&parts).status, 200);
    assert_eq!(bench.get(JOBS).status, 404);
}

#[test]
fn report_columns() {
    let bench = bench(|switches| {
        switches.report_columns = "Row=row,line,Result=status".parse().unwrap();
    });
    let id = bench.submit(&csv_of(&["dev-1"])).id();
    bench.wait(&id);
    let text = bench.get(&format!("{JOBS}/{id}/download/report")).text();
    assert_eq!(
        text,
        "\"Row\",\"line\",\"Result\"\n\"1\",\"2\",\"SUCCESS\"\n"
    );
}

#[test]
fn certificate_forms() {
    let off = bench(|switches| switches.certificates = Certificates::Off);
    let id = off.submit(&csv_of(&["dev-1"])).id();
    off.wait(&id);
    assert_eq!(
        off.get(&format!("{JOBS}/{id}/download/certificates"))
            .status,
        404
    );

    let der = bench(|switches| switches.certificates = Certificates::ZipDer);
    let id = der.submit(&csv_of(&["dev-1"])).id();
    der.wait(&id);
    let (name, contents) = der.certificates(&id).remove(0);
    assert_eq!(
        (name.as_str(), contents.first()),
        ("dev-1.der", Some(&0x30))
    );

    let chain = bench(|switches| switches.certificate_chain = true);
    let id = chain.submit(&csv_of(&["dev-1"])).id();
    chain.wait(&id);
    let (_, contents) = chain.certificates(&id).remove(0);
    let text = String::from_utf8(contents).unwrap();
    assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2);
}

#[test]
fn a_csv_in_a_zip() {
    let bench = Bench::new();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("batch.csv", zip::write::SimpleFileOptions::default())
        .unwrap();
    std::io::Write::write_all(&mut zip, csv_of(&["dev-1"]).as_bytes()).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    let mut parts = bench.parts("");
    parts.retain(|part| !part.is("data"));
    parts.push(Part::file("data", "batch.zip", &zip));
    let report = bench.report(&bench.post(&parts).id());
    assert_eq!(report[0]["status"], "SUCCESS");
}
