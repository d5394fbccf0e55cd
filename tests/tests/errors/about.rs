//! What is made of the arguments: completions and manual pages, judged by those that read them.

use std::fs;
use std::process::Command;

use clap::CommandFactory;
use nameplate::cli::args::Cli;
use nameplate_tests::programs::{nameplate, run};

#[test]
fn a_shell_takes_its_completions() {
    let home = tempfile::tempdir().unwrap();
    let ran = run(nameplate(home.path()).args(["completions", "bash"])).expect(0);
    for command in Cli::command().get_subcommands() {
        assert!(ran.stdout.contains(command.get_name()), "{command}");
    }
    let script = home.path().join("nameplate.bash");
    fs::write(&script, &ran.stdout).unwrap();
    let _ = run(Command::new("bash").arg("-n").arg(&script)).expect(0);
    // What a person would see after `nameplate exp` and the tabulator.
    let ask = "source \"$1\"; COMP_WORDS=(nameplate exp); COMP_CWORD=1; _nameplate nameplate exp nameplate; echo \"${COMPREPLY[@]}\"";
    let ran = run(Command::new("bash").args(["-c", ask, "bash"]).arg(&script)).expect(0);
    assert_eq!(ran.stdout.trim(), "export explain");
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        let ran = run(nameplate(home.path()).args(["completions", shell])).expect(0);
        assert!(ran.stdout.contains("mac-sequence"), "{shell}");
    }
    let _ = run(nameplate(home.path()).args(["completions", "abacus"]))
        .expect(2)
        .says("error[bad-arguments]");
}

#[test]
fn groff_reads_each_manual_page_without_a_word() {
    let home = tempfile::tempdir().unwrap();
    let pages = home.path().join("man1");
    let _ = run(nameplate(home.path())
        .arg("man")
        .arg("--output")
        .arg(&pages))
    .expect(0);
    let mut read = 0;
    for page in fs::read_dir(&pages).unwrap() {
        let page = page.unwrap().path();
        let ran = run(Command::new("groff")
            .args(["-Kutf8", "-man", "-ww", "-Tutf8"])
            .arg(&page))
        .expect(0);
        assert_eq!(ran.stderr, "", "{}", page.display());
        assert!(ran.stdout.contains("nameplate"), "{}", page.display());
        read += 1;
    }
    assert!(read >= Cli::command().get_subcommands().count(), "{read}");
    let ran = run(nameplate(home.path()).arg("man")).expect(0);
    assert!(
        ran.stdout.contains("port\\-busy"),
        "the first page has the examples"
    );
}
