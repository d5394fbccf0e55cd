//! Everything at the highest log level, and then a search: no secret stands in any output, any log, or any file but its own.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod search;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nameplate_tests::bench::{Bench, private};
use nameplate_tests::board::{Board, mac, name, state};
use nameplate_tests::programs::run;
use nameplate_tests::service::{Dialect, Service};
use search::Secrets;

/// A whole bench, each program saying all that it can.
struct Loud {
    bench: Bench,
    /// What was printed, a file a command.
    output: PathBuf,
    commands: usize,
}

impl Loud {
    fn new() -> Self {
        let bench = Bench::new();
        let output = bench.home().join("output");
        fs::create_dir(&output).unwrap();
        Self {
            bench,
            output,
            commands: 0,
        }
    }

    fn run(&mut self, code: i32, command: &mut Command) {
        let ran = run(command.env("NAMEPLATE_LOG", "trace"));
        self.commands += 1;
        let path = self.output.join(format!("{:02}", self.commands));
        fs::write(path, format!("{}\n{}", ran.stdout, ran.stderr)).unwrap();
        let _ = ran.expect(code);
    }

    /// Nothing would be found where nothing was logged. (What the libraries for HTTP and TLS log goes nowhere, at any level.)
    fn says_much(&self) {
        let count = |file: &PathBuf| {
            let text = fs::read(file).unwrap();
            let text = String::from_utf8_lossy(&text).into_owned();
            ["INFO", "DEBUG", "TRACE"].map(|level| text.matches(level).count())
        };
        let counts = search::files(self.bench.home());
        let counts = counts.iter().flat_map(count);
        assert!(counts.sum::<usize>() > 10);
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let (command, rest) = arguments.split_first().unwrap();
        let mut command = self.bench.nameplate(command);
        command.args(rest);
        command
    }
}

/// Boards that log all they can, by a token of the list.
fn boards(bench: &Bench, token: &Path, count: u16) -> Vec<Board> {
    let mut arguments = Board::network(bench);
    let at = arguments
        .iter()
        .position(|word| word == "--join-token-file")
        .unwrap();
    arguments[at + 1] = token.display().to_string();
    arguments.extend(["--log".to_owned(), "trace".to_owned()]);
    (1..=count)
        .map(|number| {
            Board::start(
                &state(bench, number),
                &mac(number),
                &name(number),
                &arguments,
            )
        })
        .collect()
}

/// The token that `nameplate keys` made, by the name that it gave it.
fn token_of(folder: &Path) -> PathBuf {
    let files = search::files(folder).into_iter();
    let mut tokens = files.filter(|file| {
        let begins = file
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("join-");
        begins && file.extension().is_some_and(|ending| ending == "token")
    });
    tokens.next().unwrap()
}

#[test]
fn a_whole_batch_with_everything_logged_tells_no_secret() {
    let mut loud = Loud::new();
    let service = Service::start(loud.bench.home(), &[]);
    let section = Bench::service_section(&service);
    let network = "join_tokens = \"join-tokens.toml\"\n";
    loud.bench.configure_all(&format!(
        "{network}{}\n{section}",
        nameplate_tests::bench::COLUMNS
    ));
    loud.run(0, &mut loud.command(&["keys", "new"]));
    loud.run(0, &mut loud.command(&["keys", "token", "--boards", "2"]));
    let token = token_of(&loud.bench.batch());
    let boards = boards(&loud.bench, &token, 2);
    let door = loud.bench.door.to_string();
    loud.run(
        0,
        &mut loud.command(&[
            "run",
            "--listen",
            &door,
            "--expect",
            "2",
            "--timeout",
            "120",
        ]),
    );
    for command in [
        &["list"][..],
        &["reconcile"],
        &["audit"],
        &["audit", &name(1)],
        &["keys", "show"],
        &["keys", "change"],
        &["jobs"],
        &["status"],
        &["template"],
        &["labels", "--force"],
    ] {
        loud.run(0, &mut loud.command(command));
    }
    // What is refused must tell no secret either: a wrong key, and one that others may read.
    let wrong = loud.bench.home().join("wrong-key");
    private(&wrong, "wrong-api-key-that-nobody-may-see\n");
    let service_key = service.dir.join("api-key");
    let other = section.replace(service_key.to_str().unwrap(), wrong.to_str().unwrap());
    loud.bench.configure_all(&format!(
        "{network}{}\n{other}",
        nameplate_tests::bench::COLUMNS
    ));
    loud.run(1, &mut loud.command(&["jobs"]));
    fs::set_permissions(&wrong, fs::Permissions::from_mode(0o644)).unwrap();
    let _ = run(&mut loud.command(&["jobs"]))
        .expect(2)
        .says("others can read");
    fs::set_permissions(&wrong, fs::Permissions::from_mode(0o600)).unwrap();
    drop(boards);

    let mut secrets = Secrets::default();
    secrets.file("the API key", &service_key);
    secrets.file("the wrong API key", &wrong);
    secrets.file("the token", &token);
    secrets.file("the bench's token", &loud.bench.token());
    for key in ["bench.key", "bench.next.key", "bench.previous.key"] {
        secrets.pem(key, &loud.bench.batch().join(key));
    }
    for number in 1..=2 {
        secrets.line(
            &format!("board {number}'s key"),
            &state(&loud.bench, number).join("key"),
        );
    }
    loud.says_much();
    // The sandbox's own folder is the service's, not ours; its log of requests is looked at, though.
    secrets.not_in(&service.dir);
    secrets.search(loud.bench.home());
    secrets.search(&service.dir.join("requests.jsonl"));
}

#[test]
fn keys_that_the_service_made_stand_nowhere_but_in_their_folder() {
    let mut loud = Loud::new();
    let service = Service::start(loud.bench.home(), &[]);
    let (key, certificate) = (
        loud.bench.batch().join("decryption.key"),
        loud.bench.batch().join("encryption.pem"),
    );
    let passphrase = "correct horse battery staple 42";
    let script = format!(
        "umask 077; openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -aes256 -pass 'pass:{passphrase}' -out '{0}' && \
         openssl req -new -x509 -key '{0}' -passin 'pass:{passphrase}' -subj /CN=batches -days 30 -addext keyUsage=critical,keyEncipherment -out '{1}'",
        key.display(),
        certificate.display()
    );
    let _ = run(Command::new("sh").args(["-c", &script])).expect(0);
    loud.bench.configure_all(&format!(
        "[batch]\nname = \"server-keys\"\nkey_generation = \"server\"\nencryption_certificate = \"encryption.pem\"\n\
         decryption_key = \"decryption.key\"\n{}",
        Dialect::DeviceTrustManager.section(&service, &service.passcode()),
    ));
    let rows = loud.bench.home().join("names.csv");
    fs::write(
        &rows,
        "\"device_name\",\"subject.common_name\"\n\"alpha\",\"alpha\"\n",
    )
    .unwrap();
    let rows = rows.display().to_string();
    for arguments in [
        &["submit", "--data", &rows][..],
        &["status", "--wait"],
        &["report"],
        &["certificates"],
    ] {
        let mut command = loud.command(arguments);
        command.env("NAMEPLATE_KEY_PASSPHRASE", passphrase);
        loud.run(0, &mut command);
    }
    let made = loud.bench.batch().join("certificates");
    let mut secrets = Secrets::default();
    secrets.text("the passphrase", passphrase);
    secrets.file("the passcode", &service.dir.join("passcode"));
    let keys = search::files(&made);
    let keys: Vec<_> = keys
        .iter()
        .filter(|file| search::holds_a_key(file))
        .collect();
    assert!(!keys.is_empty(), "no key came: {made:?}");
    for file in keys {
        let mode = fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        secrets.pem("a key that the service made", file);
    }
    secrets.not_in(&service.dir);
    secrets.search(loud.bench.home());
}
