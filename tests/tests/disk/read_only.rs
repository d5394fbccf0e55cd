//! Folders that can only be read: every command says which, changes nothing, and does it once they can be written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nameplate_tests::programs::run;

use super::namespace::Namespace;
use super::phase::Phase;
use super::place::Place;
use super::template::Template;

const MOUNT: &str = "mkdir -p \"$1/data\"; for folder in batch data out; do mount --bind \"$1/$folder\" \"$1/$folder\"; \
    mount -o remount,bind,ro \"$1/$folder\"; done";

/// Every file with its bytes.
fn all(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                found.insert(path, bytes);
            }
        }
    }
    found
}

#[test]
fn a_folder_that_can_only_be_read_is_named_and_left_alone() {
    let template = Template::new();
    for (number, phase) in Phase::ALL.into_iter().enumerate() {
        let mut place = Place::new(&template, phase, number);
        let home = place.bench.home().to_owned();
        let Some(disk) = Namespace::unless_forbidden(MOUNT, &home) else {
            return;
        };
        let before = all(&home.join("batch"));
        let ran = run(&mut disk.enter(&phase.command(&mut place)));
        println!("{phase:?}: {:?} {}", ran.code, ran.stderr);
        assert!(!ran.stderr.contains("panicked"));
        let ran = ran.expect(1);
        place.judge_words(&ran);
        let list = run(&mut disk.enter(place.bench.nameplate("list").arg("--json")));
        println!("list: {:?} {}", list.code, list.stderr);
        if phase == Phase::Collect {
            let _ = list.expect(1).says("there is no batch");
        } else {
            let _ = list
                .expect(1)
                .says("can only be read")
                .says("copy the folder");
        }
        assert!(
            all(&home.join("batch")) == before,
            "{phase:?} changed a file"
        );
        drop(disk);
        let _ = run(&mut phase.command(&mut place)).expect(0);
        phase.is_done(&place);
        place.judge(phase);
        place.judge_rest();
    }
}
