//! The switch that kills is in no release: what is compiled without debug assertions has no word of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use nameplate_tests::programs::folder;

const SWITCH: &[u8] = b"NAMEPLATE_FAULT";

fn names_the_switch(file: &Path) -> bool {
    let bytes = fs::read(file).unwrap();
    bytes.windows(SWITCH.len()).any(|window| window == SWITCH)
}

/// The module alone, without the crates that the other half of it needs.
#[test]
fn without_debug_assertions_the_switch_is_not_compiled() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host-tool/src/fault.rs");
    let home = tempfile::tempdir().unwrap();
    let compile = |assertions: &str| {
        let out = home.path().join(assertions);
        fs::create_dir(&out).unwrap();
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition", "2024", "--crate-type", "lib", "--emit", "asm"]);
        rustc.args(["-C", &format!("debug-assertions={assertions}")]);
        rustc.arg("--out-dir").arg(&out).arg(&source);
        (rustc.output().unwrap(), out)
    };
    let (compiled, out) = compile("off");
    assert!(compiled.status.success(), "{compiled:?}");
    let made: Vec<_> = fs::read_dir(&out)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(made.len(), 1, "{made:?}");
    for file in &made {
        assert!(!names_the_switch(file), "{}", file.display());
    }
    // With them it is another thing: then it needs what can kill.
    let (compiled, _) = compile("on");
    let said = String::from_utf8_lossy(&compiled.stderr);
    assert!(
        !compiled.status.success() && said.contains("rustix"),
        "{said}"
    );
}

#[test]
fn the_program_of_this_build_has_it_where_it_is_no_release() {
    let program = folder().join("nameplate");
    assert_eq!(names_the_switch(&program), cfg!(debug_assertions));
}

/// A release is what the profile says, and that turns no assertion on.
#[test]
fn the_release_profile_leaves_debug_assertions_off() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let manifest: toml::Table = fs::read_to_string(manifest).unwrap().parse().unwrap();
    let release = manifest["profile"]["release"].as_table().unwrap();
    assert!(!release.contains_key("debug-assertions"), "{release:?}");
}
