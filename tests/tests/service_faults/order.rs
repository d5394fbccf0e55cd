//! The service's CSV template: its order, and what is missing is told before a board or the service is asked.

use std::fs;

use nameplate_tests::bench::COLUMNS;

use crate::bench::{ask, collected, section, serve};

const TEMPLATE: &str = "csr,san.dns_name,device_name,subject.common_name,subject.organization_name,device_description\n";

#[test]
fn columns_stand_in_its_order_and_the_service_takes_them() {
    let bench = collected();
    let service = serve(&bench, &["--polls", "0"]);
    fs::write(bench.batch().join("template.csv"), TEMPLATE).unwrap();
    let batch = "[batch]\ntemplate = \"template.csv\"\n";
    bench.configure(&format!("{}{batch}", section(&service)));
    let out = bench.home().join("out.csv");
    let out = out.to_str().unwrap();
    let _ = ask(&bench, &["export", "--output", out], 0);
    let header = fs::read_to_string(out).unwrap();
    let header = header.lines().next().unwrap().replace('"', "");
    assert_eq!(format!("{header}\n"), TEMPLATE);
    let template = bench.batch().join("template.csv");
    let ran = nameplate_tests::programs::run(
        nameplate_tests::programs::nameplate(bench.home())
            .args(["check", "--strict", out, "--template"])
            .arg(template),
    );
    let _ = ran.expect(0).says("0 errors, 0 warnings");
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status", "--wait"], 0);
    let _ = ask(&bench, &["report"], 0).says("2 issued");
}

#[test]
fn what_is_missing_is_named_before_anybody_is_asked() {
    let bench = collected();
    let service = serve(&bench, &[]);
    let path = bench.batch().join("template.csv");
    let configure = |more: &str| {
        let batch = format!("[batch]\ntemplate = \"template.csv\"\n{more}\n");
        bench.configure_all(&format!("{COLUMNS}{}{batch}", section(&service)));
    };
    configure("");
    let _ = ask(&bench, &["submit"], 2)
        .says("batch.template")
        .says("template.csv");
    fs::write(&path, "device_name,serial,line,csr\n").unwrap();
    let door = bench.door.to_string();
    for command in [
        &["submit"][..],
        &["run", "--listen", &door],
        &["collect", "--listen", &door],
        &["export", "--output", "never.csv"],
    ] {
        let _ = ask(&bench, command, 2)
            .says("\"serial\", \"line\"")
            .says("template_optional");
    }
    // Marks tell which are required.
    fs::write(&path, "device_name*,serial,line*,csr*\n").unwrap();
    let ran = ask(&bench, &["submit"], 2).says("has no \"line\"");
    assert!(!ran.stderr.contains("no \"serial\""), "{ran:?}");
    assert_eq!(service.requests().len(), 0);
    configure("template_optional = [\"line\"]");
    let _ = ask(&bench, &["submit"], 0)
        .says("has not: \"serial\"")
        .says("\"subject.organization_name\"");
    assert_eq!(service.jobs(), 1);
}
