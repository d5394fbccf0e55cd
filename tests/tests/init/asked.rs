//! At a real terminal: questions with defaults in brackets, answers by keyboard.

use std::process::Stdio;

use nameplate::config::{Kind, Templates};
use nameplate_tests::keyboard::Typist;
use nameplate_tests::programs::{finish, run};

use super::Home;

const DOWN: &str = "\x1b[B";
const ENTER: &str = "\r";
const CONTROL_C: &str = "\x03";

#[test]
fn what_is_asked_has_defaults_in_brackets_and_what_has_a_flag_is_not_asked() {
    let home = Home::new();
    let mut init = home.command("init");
    init.args(["--device-group-id", "group-1"]);
    let mut typist = Typist::at(&mut init);
    for (question, answer) in [
        ("Service", ENTER),
        ("Its address [https://one.digicert.com]", ENTER),
        ("The bench signs in with", ENTER),
        (
            "Name of the variable (not the key itself) [NAMEPLATE_API_KEY]",
            "LINE_3_KEY\r",
        ),
        ("Id of the certificate policy", "IOT_\"1\"\r"),
        ("Organization", "Acme {x} \u{e9}\r"),
        ("Common name", ENTER),
        (
            "Boards on cables at (or none) [/dev/ttyACM* /dev/ttyUSB*]",
            "none\r",
        ),
        (
            "Boards on the network dial in at (0.0.0.0:7443, or none) [none]",
            "127.0.0.1:7443\r",
        ),
        ("How many boards", "3\r"),
        ("For how long (90m, 12h, 30d) [12h]", "90m\r"),
        ("File with the root", ENTER),
    ] {
        typist.answer(question, answer);
    }
    let (code, screen) = typist.end();
    assert_eq!(code, Some(0), "{screen}");
    assert!(!screen.contains("device group"), "{screen}");
    let config = home.config();
    let service = config.service.as_ref().unwrap();
    assert_eq!(service.api_key_env.as_deref(), Some("LINE_3_KEY"));
    assert_eq!(service.device_group_id.as_deref(), Some("group-1"));
    assert_eq!(service.certificate_policy_id.as_deref(), Some("IOT_\"1\""));
    assert_eq!(config.serial.ports, Vec::<String>::new());
    // A brace in a name is a brace.
    let organization = Templates::One("Acme {{x}} \u{e9}".to_owned());
    assert_eq!(config.columns["subject.organization_name"], organization);
    assert!(
        screen.contains("nameplate run --batch line-3 --expect 3"),
        "{screen}"
    );
    let mut doctor = home.command("doctor");
    doctor.arg("--offline").env("LINE_3_KEY", "key-0123456789");
    let _ = run(&mut doctor).expect(0).says("0 of 3 boards joined");
}

#[test]
fn a_wrong_answer_is_asked_again_and_a_key_is_not_taken_for_its_variable() {
    let home = Home::new();
    let mut typist = Typist::at(&mut home.command("init"));
    typist.answer("Service", &format!("{DOWN}{ENTER}"));
    typist.answer("Its address", "http://one.example.com\r");
    typist.answer("it must begin with https://", "https://one.example.com\r");
    typist.answer("The bench signs in with", ENTER);
    typist.answer("Name of the variable", "01ab_4711-secret\r");
    typist.answer("The key itself is never typed here", ENTER);
    for question in ["Id of the enrolment profile", "Organization"] {
        typist.answer(question, ENTER);
    }
    typist.answer("Common name", "sensor\r");
    typist.answer("every board would have the same name", ENTER);
    for question in [
        "Boards on cables",
        "Boards on the network",
        "File with the root",
    ] {
        typist.answer(question, ENTER);
    }
    let (code, screen) = typist.end();
    assert_eq!(code, Some(0), "{screen}");
    let service = home.config().service.unwrap();
    assert_eq!(service.kind, Kind::IotTrustManager);
    assert_eq!(service.url, "https://one.example.com");
    assert!(
        screen.contains("to be filled in there: service.enrollment_profile_id"),
        "{screen}"
    );
}

#[test]
fn who_ends_it_has_nothing_written_and_a_terminal_that_works() {
    let home = Home::new();
    let mut typist = Typist::at(&mut home.command("init"));
    typist.answer("Service", ENTER);
    typist.answer("Its address", "");
    let (code, screen) = typist.end_with(CONTROL_C);
    assert_eq!(code, Some(1), "{screen}");
    assert!(
        screen.contains("interrupted; nothing was written"),
        "{screen}"
    );
    assert!(!home.batch().exists());
}

#[test]
fn with_yes_nothing_is_asked_at_a_terminal_either() {
    let home = Home::new();
    let typist = Typist::at(home.command("init").arg("--yes"));
    let (code, screen) = typist.end();
    assert_eq!(code, Some(0), "{screen}");
    // And without a terminal neither, whatever comes there.
    let other = Home::new();
    let mut init = other.command("init");
    init.stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let _ = finish(init.spawn().unwrap()).expect(0);
}
