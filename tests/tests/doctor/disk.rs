//! A small disk, and a full one, mounted for a test alone.

use nameplate_tests::programs::run;

use super::namespace::Namespace;
use super::{Found, Place};

#[test]
fn a_disk_with_little_room_is_told_of_and_one_without_is_wrong() {
    for (size, nodes, expected) in [
        ("500m", "50000", ["warning", "fine"]),
        ("60m", "50000", ["wrong", "fine"]),
        ("2000m", "500", ["fine", "warning"]),
        ("2000m", "60", ["fine", "wrong"]),
    ] {
        let place = Place::new();
        let mount = format!(
            "cp -a \"$1/line-3\" \"$1/before\"; mount -t tmpfs -o size={size},nr_inodes={nodes},mode=700 tmpfs \"$1/line-3\"; \
             cp -a \"$1/before/.\" \"$1/line-3/\""
        );
        let Some(disk) = Namespace::unless_forbidden(&mount, place.home.path()) else {
            return;
        };
        disk.shell("test -f \"$1/line-3/bench.toml\"", place.home.path());
        let code = i32::from(expected.contains(&"wrong"));
        let mut doctor = place.command("doctor");
        let ran = run(&mut disk.enter(doctor.args(["--offline", "--json"]))).expect(code);
        let found = Found::of(&ran);
        found.is(expected[0], "space", &["MiB are free"]);
        found.is(expected[1], "inodes", &["files can be made"]);
    }
}

#[test]
fn a_folder_that_can_only_be_read_is_wrong() {
    let place = Place::new();
    let mount = "mount --bind \"$1/line-3\" \"$1/line-3\"; mount -o remount,bind,ro \"$1/line-3\"";
    let Some(disk) = Namespace::unless_forbidden(mount, place.home.path()) else {
        return;
    };
    let mut doctor = place.command("doctor");
    let ran = run(&mut disk.enter(doctor.args(["--offline", "--json"]))).expect(1);
    Found::of(&ran).is("wrong", "folder", &["nothing can be written", "ls -ld"]);
}
