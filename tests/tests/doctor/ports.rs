//! Serial ports: real ptys, held by nobody, by another bench, and by a program that shares them.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nameplate_tests::bench::Bench;
use nameplate_tests::processes::until;
use nameplate_tests::screen::Terminal;
use nameplate_tests::watched::Watched;

use super::Place;

/// A port that nobody has open.
fn port() -> (Terminal, PathBuf) {
    let (terminal, other) = Terminal::new(80);
    let path = rustix::termios::ttyname(&other, Vec::new()).unwrap();
    drop(other);
    (terminal, PathBuf::from(path.into_string().unwrap()))
}

/// A program that holds something; ended when dropped.
struct Holder(Child);

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn ports_are_looked_at_one_by_one() {
    let place = Place::new();
    let (_terminal, free) = port();
    let file = place.file("bench.toml");
    place.plug(&[
        &free,
        Path::new("/dev/null"),
        Path::new("/dev/nameplate-none"),
        &file,
    ]);
    let found = place.doctor(1, &["--offline"]);
    found.is("fine", "ports", &["4 ports"]);
    found.is_about(
        "fine",
        "port",
        free.to_str().unwrap(),
        &["nobody else has it"],
    );
    found.is_about("wrong", "port", "/dev/null", &["no serial port"]);
    found.is_about(
        "wrong",
        "port",
        "/dev/nameplate-none",
        &["not there", "/dev/serial/by-id"],
    );
    found.is_about("wrong", "port", "bench.toml", &["no serial port"]);
}

#[test]
fn a_pattern_without_ports_is_a_warning_and_a_bad_one_is_wrong() {
    let place = Place::new();
    place.plug(&[Path::new("/dev/nameplate-none*")]);
    place.doctor(0, &["--offline"]).is(
        "warning",
        "ports",
        &["nothing is plugged in at /dev/nameplate-none*"],
    );
    place.edit("/dev/nameplate-none*", "/dev/[");
    place
        .doctor(1, &["--offline"])
        .is("wrong", "ports", &["no pattern"]);
}

#[test]
fn a_port_that_another_bench_has_is_busy_and_says_whose() {
    let place = Place::new();
    let (_terminal, path) = port();
    place.plug(&[&path]);
    let other = Bench::new();
    let mut running = other.nameplate("collect");
    running
        .arg("--serial")
        .arg(&path)
        .arg("--timeout")
        .arg("100");
    let running = Watched::start(&mut running);
    let shared = || {
        Now {
            place: &place,
            path: &path,
        }
        .level()
    };
    until("the other bench has the port", || shared() == "wrong");
    let found = place.doctor(1, &["--offline"]);
    let name = path.to_str().unwrap();
    found.is_about(
        "wrong",
        "port",
        name,
        &["nameplate (pid ", "has it open", "A bench runs on it"],
    );
    drop(running);
    until("the port is free again", || shared() == "fine");
}

#[test]
fn a_program_that_shares_a_port_is_named() {
    let place = Place::new();
    let (_terminal, path) = port();
    place.plug(&[&path]);
    let mut sleep = Command::new("sh");
    sleep
        .args(["-c", "exec 3<>\"$1\"; exec sleep 1000", "sh"])
        .arg(&path);
    let holder = Holder(sleep.stdin(Stdio::null()).spawn().unwrap());
    let shared = || {
        Now {
            place: &place,
            path: &path,
        }
        .level()
    };
    until("it has the port", || shared() == "warning");
    let pid = holder.0.id();
    // The shell may not have become the other program yet.
    let comm = format!("/proc/{pid}/comm");
    until("it sleeps", || {
        std::fs::read_to_string(&comm).unwrap().trim() == "sleep"
    });
    let found = place.doctor(0, &["--offline"]);
    let words = [
        format!("sleep (pid {pid}) has it open too"),
        format!("kill {pid}"),
    ];
    found.is_about(
        "warning",
        "port",
        path.to_str().unwrap(),
        &[&words[0], &words[1]],
    );
}

/// By another user, which only root can become: elsewhere it is not checked, and says so. What he is told is judged by unit tests too.
#[test]
fn a_port_that_may_not_be_opened_is_told_with_the_group_that_may() {
    const NOBODY: u32 = 65_534;
    if !rustix::process::geteuid().is_root() {
        println!("NOT CHECKED, since only root can become another user");
        return;
    }
    let place = Place::new();
    let (_terminal, path) = port();
    place.plug(&[&path]);
    let owned = |path: &Path, user, group| std::os::unix::fs::chown(path, user, group).unwrap();
    let home = place.home.path().to_owned();
    for folder in [&home, &place.batch()] {
        owned(folder, Some(NOBODY), Some(NOBODY));
        for entry in std::fs::read_dir(folder).unwrap() {
            owned(&entry.unwrap().path(), Some(NOBODY), Some(NOBODY));
        }
    }
    // The program itself may stand where only root gets to.
    let program = home.join("nameplate");
    std::fs::copy(
        nameplate_tests::programs::folder().join("nameplate"),
        &program,
    )
    .unwrap();
    let service = place.service().dir.clone();
    std::fs::set_permissions(&service, Permissions::from_mode(0o755)).unwrap();
    for name in ["ca.pem", "device-root.pem"] {
        std::fs::set_permissions(service.join(name), Permissions::from_mode(0o644)).unwrap();
    }
    let look = |group: u32, mode: u32, code| {
        owned(&path, Some(0), Some(group));
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let mut setpriv = Command::new("setpriv");
        setpriv.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
        setpriv
            .arg(&program)
            .args(["doctor", "--offline", "--json", "--batch"]);
        setpriv
            .arg(place.batch())
            .env("XDG_DATA_HOME", home.join("data"));
        place.looked(&mut setpriv, code)
    };
    let name = path.to_str().unwrap();
    let dialout = std::fs::read_to_string("/etc/group").unwrap();
    let dialout = dialout
        .lines()
        .find(|line| line.starts_with("dialout:"))
        .unwrap();
    let dialout = dialout.split(':').nth(2).unwrap().parse().unwrap();
    let group = look(dialout, 0o660, 1);
    group.is_about(
        "wrong",
        "port",
        name,
        &["group dialout may", "sudo usermod -aG dialout $USER"],
    );
    let rule = look(0, 0o600, 1);
    rule.is_about(
        "wrong",
        "port",
        name,
        &["root's alone", "/etc/udev/rules.d/", "GROUP=\"dialout\""],
    );
    look(dialout, 0o666, 0).is_about("fine", "port", name, &[]);
}

/// What is found about a port now.
struct Now<'a> {
    place: &'a Place,
    path: &'a Path,
}

impl Now<'_> {
    fn level(&self) -> String {
        let mut doctor = self.place.command("doctor");
        let ran = nameplate_tests::programs::run(doctor.args(["--offline", "--json"]));
        let found = super::Found::of(&ran);
        let finding = found.of_check("port", self.path.to_str().unwrap());
        finding["level"].as_str().unwrap().to_owned()
    }
}
