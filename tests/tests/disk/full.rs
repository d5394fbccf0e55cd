//! A disk that really is full: a small file system of the batch's own, with less and less room on it.

use nameplate_tests::programs::run;

use super::namespace::Namespace;
use super::phase::Phase;
use super::place::Place;
use super::template::Template;

/// Room that is left, in KiB.
const ROOMS: [u32; 5] = [0, 8, 40, 120, 300];

/// The batch's folder and that of exports on small disks of their own.
const MOUNT: &str = "cp -a \"$1/batch\" \"$1/before\"; mkdir -p \"$1/out\"; \
    for disk in batch out; do mount -t tmpfs -o size=2m,mode=700 tmpfs \"$1/$disk\"; done; cp -a \"$1/before/.\" \"$1/batch/\"";

/// What is on them now, where the test can look at it.
const SHOW: &str = "rm -rf \"$1/seen\"; mkdir \"$1/seen\"; cp -a \"$1/batch\" \"$1/out\" \"$1/seen/\"; rm -f \"$1\"/seen/*/ballast";

fn fill(room: u32) -> String {
    format!(
        "for disk in batch out; do dd if=/dev/zero of=\"$1/$disk/ballast\" bs=4096 2>/dev/null || true; \
         truncate -s -{room}K \"$1/$disk/ballast\"; done"
    )
}

#[test]
fn a_full_disk_is_named_and_with_room_again_the_same_command_goes_on() {
    let template = Template::new();
    let mut number = 0;
    for phase in Phase::ALL {
        let mut refused = Vec::new();
        for room in ROOMS {
            number += 1;
            let mut place = Place::new(&template, phase, number);
            let home = place.bench.home().to_owned();
            let Some(disk) = Namespace::unless_forbidden(MOUNT, &home) else {
                return;
            };
            disk.shell(&fill(room), &home);
            let ran = run(&mut disk.enter(&phase.command(&mut place)));
            disk.shell(SHOW, &home);
            place.seen = Some(home.join("seen"));
            println!("{phase:?} with {room} KiB: {:?} {}", ran.code, ran.stderr);
            assert!(!ran.stderr.contains("panicked"));
            if ran.code == Some(0) {
                phase.is_done(&place);
            } else {
                assert_eq!(ran.code, Some(1));
                place.judge_words(&ran);
                let named = ["disk is full", "No space left"];
                assert!(named.iter().any(|words| ran.stderr.contains(words)));
                refused.push(room);
            }
            place.judge(phase);
            disk.shell("rm \"$1\"/batch/ballast \"$1\"/out/ballast", &home);
            let again = run(&mut disk.enter(&phase.command(&mut place))).expect(0);
            disk.shell(SHOW, &home);
            phase.is_done(&place);
            place.judge(phase);
            place.judge_rest();
            drop(again);
        }
        println!("{phase:?}: refused with {refused:?} KiB");
        assert!(refused.contains(&0), "{phase:?} wants no room at all");
    }
}
