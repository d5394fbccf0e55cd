//! Errors as somebody at the bench sees them, and what goes with them: the words to look up, the log, completions, manual pages.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod about;
mod codes;
mod logs;

use nameplate_tests::bench::Bench;
use nameplate_tests::programs::{Ran, run};

/// A command of the bench's program with these arguments and variables, to its end.
fn with(bench: &Bench, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let (command, rest) = arguments.split_first().unwrap();
    let mut command = bench.nameplate(command);
    command.args(rest);
    for name in [
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "NAMEPLATE_LOG",
        "NAMEPLATE_LOG_FILE",
    ] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    run(&mut command)
}

#[test]
fn an_error_says_what_happened_why_what_to_do_and_where_to_read_more() {
    let bench = Bench::new();
    let ran = with(&bench, &["list", "--config", "/no/such/bench.toml"], &[]).expect(2);
    assert_eq!(
        ran.stderr,
        "error[config-unreadable]: can't read the configuration /no/such/bench.toml\n  \
         because: No such file or directory (os error 2)\n  \
         next: Check the path and who may read it.\n  \
         more: nameplate explain config-unreadable\n"
    );
    assert_eq!(ran.stdout, "");
}

#[test]
fn the_nearest_cause_is_told_and_all_of_them_where_somebody_wants_more() {
    let bench = Bench::new();
    bench.configure(
        "[service]\nurl = \"https://localhost:1\"\napi_key_file = \"no-such-key\"\ndevice_group_id = \"g\"\ncertificate_policy_id = \"p\"\n",
    );
    let causes = |ran: &Ran| ran.stderr.matches("  because: ").count();
    let ran = with(&bench, &["jobs"], &[]).expect(2);
    assert_eq!(causes(&ran), 1, "{ran:?}");
    let ran = ran.says("/no-such-key: No such file or directory");
    assert!(
        ran.stderr
            .starts_with("error[file-missing]: service.api_key_file in the configuration\n")
    );
    for more in ["--verbose", "-v", "-vv"] {
        assert_eq!(
            causes(&with(&bench, &["jobs", more], &[]).expect(2)),
            2,
            "{more}"
        );
    }
}

#[test]
fn colours_are_for_terminals_and_for_whoever_insists() {
    let bench = Bench::new();
    let coloured = |arguments: &[&str], variables: &[(&str, &str)]| {
        let ran = with(&bench, arguments, variables);
        ran.stderr.contains('\u{1b}') || ran.stdout.contains('\u{1b}')
    };
    // What goes wrong in a command, what is wrong with its arguments, and its help.
    for arguments in [&["jobs"][..], &["jobs", "--no-such"], &["jobs", "--help"]] {
        assert!(!coloured(arguments, &[]), "{arguments:?}");
        assert!(
            coloured(arguments, &[("CLICOLOR_FORCE", "1")]),
            "{arguments:?}"
        );
        let both = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
        assert!(!coloured(arguments, &both), "{arguments:?}");
    }
}
