//! Killed at every moment at which a file is put in place, the same command goes on.

use nameplate_tests::programs::run;

use super::Home;

/// The moments of a file; a new one passes all of them, one that replaces another not the third.
const POINTS: [&str; 4] = ["file-written", "file-before", "file-linked", "file-after"];
/// No `init` writes more files.
const MOST: u32 = 12;

#[test]
fn killed_at_every_file_the_same_command_goes_on() {
    let arguments = ["--yes", "--listen", "127.0.0.1:7443"];
    let whole = Home::new();
    let _ = run(whole.command("init").args(arguments)).expect(0);
    let names: Vec<_> = whole.files().into_keys().collect();
    let mut killed = 0;
    for point in POINTS {
        for nth in 1..=MOST {
            let home = Home::new();
            let mut init = home.command("init");
            init.args(arguments)
                .env("NAMEPLATE_FAULT", format!("{point}:{nth}=kill"));
            let ran = run(&mut init);
            if ran.code.is_some() {
                // There was no such file any more.
                let _ = ran.expect(0);
                assert!(nth > 4, "{point} is passed");
                break;
            }
            assert!(nth < MOST, "{point}: it never ends");
            killed += 1;
            let before = home.files();
            let ran = run(home.command("init").args(arguments));
            // Killed after the last file, all was done.
            if before.contains_key("bench.toml") {
                let _ = ran.expect(2).says("there is a configuration already");
            } else {
                let _ = ran.expect(0);
            }
            let now = home.files();
            let left = |name: &&String| !name.starts_with('.');
            let found: Vec<_> = now.keys().filter(left).collect();
            assert!(found.iter().copied().eq(&names), "{point} {nth}: {found:?}");
            for (name, bytes) in before.iter().filter(|(name, _)| left(name)) {
                // The list of tokens may get its first token; everything else stays what it was.
                if name != "join-tokens.toml" {
                    assert_eq!(now[name], *bytes, "{point} {nth}: {name}");
                }
            }
            let mut doctor = home.command("doctor");
            let found = run(doctor.args(["--offline", "--json"])).expect(1).json();
            let level = |check: &str| {
                let finding = found.iter().find(|finding| finding["check"] == check);
                finding.unwrap()["level"].as_str().unwrap().to_owned()
            };
            for check in ["config", "bench-key", "next-key", "join-tokens", "door"] {
                assert_eq!(level(check), "fine", "{point} {nth}: {check}");
            }
        }
    }
    assert!(killed > 15, "{killed}");
}
