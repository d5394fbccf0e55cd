//! `template`, `jobs` and `certificates`.

use std::fs;

use crate::bench::{ask, collected, ended, serve};

#[test]
fn the_template_is_written_as_it_comes() {
    let bench = collected();
    let _service = serve(&bench, &["--template-columns", "subject.country,san.uri"]);
    let shown = ask(&bench, &["template"], 0).stdout;
    assert!(
        shown.ends_with("\"subject.country\",\"san.uri\",\"csr\"\n"),
        "{shown}"
    );
    let file = bench.home().join("template.csv");
    let path = file.to_str().unwrap();
    let _ = ask(&bench, &["template", "--output", path], 0).says("columns written to");
    assert_eq!(fs::read_to_string(&file).unwrap(), shown);
    let _ = ask(&bench, &["template", "--output", path], 2).says("is there already");
    assert_eq!(fs::read_to_string(&file).unwrap(), shown);
    let told = ask(&bench, &["template", "--json"], 0).json();
    let columns = told[0]["columns"].as_array().unwrap();
    assert_eq!(columns.last().unwrap(), "csr");
    assert_eq!(told[0]["content_type"], "text/csv");
}

#[test]
fn a_template_without_csr_is_one_too() {
    let bench = collected();
    let _service = serve(&bench, &["--template", "without-csr"]);
    let shown = ask(&bench, &["template"], 0).stdout;
    assert!(
        !shown.contains("csr") && shown.contains("subject.common_name"),
        "{shown}"
    );
}

#[test]
fn a_template_that_is_not_there_or_odd() {
    let bench = collected();
    let service = serve(&bench, &["--template", "off"]);
    let _ = ask(&bench, &["template"], 1)
        .says("knows nothing at the address")
        .says("downloading the CSV template");
    drop(service);
    let _service = serve(
        &bench,
        &[
            "--fault",
            "template=garbage:times=1",
            "--fault",
            "template=403",
        ],
    );
    let _ = ask(&bench, &["template"], 0).says("! the service calls the template");
    let _ = ask(&bench, &["template"], 1).says("denied access");
}

#[test]
fn jobs_are_listed_and_found_by_name() {
    let bench = collected();
    let service = serve(&bench, &["--polls", "0"]);
    let _ = ask(&bench, &["jobs"], 0).says("lists no job");
    let _ = ask(&bench, &["submit"], 0);
    let listed = ask(&bench, &["jobs", "--json"], 0).json();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["name"], "batch");
    let found = ask(&bench, &["jobs", "--name", "batch", "--json"], 0).json();
    assert_eq!(found, listed);
    let _ = ask(&bench, &["jobs", "--name", "other"], 0).says("has no job named \"other\"");
    let _ = ask(&bench, &["jobs", "--most", "1"], 0)
        .says("STATUS")
        .says("only the first 1 are shown");
    drop(service);
    let _service = serve(&bench, &["--no-list"]);
    let _ = ask(&bench, &["jobs"], 1)
        .says("listing the jobs")
        .says("service.routes.list");
}

#[test]
fn certificates_are_kept_as_they_come() {
    for (switch, extension, begins) in [
        ("zip-pem", "zip", &b"PK"[..]),
        ("zip-der", "zip", b"PK"),
        ("json", "json", b"[{\"certificate\":"),
    ] {
        let (bench, _service) = ended(&["--certificates", switch]);
        let _ = ask(&bench, &["certificates"], 0).says("written to");
        let file = bench.batch().join("certificates").with_extension(extension);
        let bytes = fs::read(&file).unwrap();
        assert!(bytes.starts_with(begins), "{switch}");
        let _ = ask(&bench, &["certificates"], 0).says("are the same as in");
        assert_eq!(fs::read(&file).unwrap(), bytes);
        let again = file.to_str().unwrap();
        let _ = ask(&bench, &["certificates", "--output", again], 2).says("is there already");
        assert_eq!(fs::read(&file).unwrap(), bytes);
    }
}

#[test]
fn certificates_that_are_not_there() {
    let bench = collected();
    let service = serve(&bench, &["--polls", "1000"]);
    let _ = ask(&bench, &["certificates"], 1).says("not submitted");
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["certificates"], 1)
        .says("there are no certificates yet")
        .says("nameplate status --wait");
    drop(service);
    let (bench, _service) = ended(&["--certificates", "off"]);
    let _ = ask(&bench, &["certificates"], 1).says("downloading the certificates");
    let left: Vec<_> = crate::bench::files(&bench.batch())
        .iter()
        .map(|path| crate::bench::name_of(path))
        .filter(|name| name.contains("certificates"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
