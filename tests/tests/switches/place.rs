//! A batch and a sandbox with one switch set; what is done with them, and how it must end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use nameplate_tests::bench::{Bench, private};
use nameplate_tests::board::collect_on_cables;
use nameplate_tests::programs::{self, Ran, run};
use nameplate_tests::service::{Dialect, Service};

use crate::case::Case;

/// A running case.
pub struct Place {
    bench: Bench,
    pub service: Service,
    dialect: Dialect,
}

impl Place {
    /// Starts the sandbox as the case says, and points a batch of two collected boards to it.
    pub fn of(case: &Case) -> Self {
        let bench = collected();
        let arguments = case.arguments();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let service = Service::start(bench.home(), &arguments);
        let place = Self {
            bench,
            service,
            dialect: case.dialect,
        };
        if case.own_key {
            for (name, text) in ["own.key", "own.pem"].into_iter().zip(own_key()) {
                private(&place.path(name), text);
            }
        }
        place.set(&case.settings);
        place
    }

    /// Writes the configuration anew, with these settings behind the section `[service]`'s own.
    pub fn set(&self, settings: &str) {
        self.sign_in(&self.service.api_key(), settings);
    }

    /// The same, signing in in another way.
    pub fn sign_in(&self, sign_in: &str, settings: &str) {
        let section = self.dialect.section(&self.service, sign_in);
        self.bench.configure(&format!("{section}{settings}"));
    }

    /// A file in the batch's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.bench.batch().join(name)
    }

    /// Runs a command of the batch; a fault has a next step.
    #[track_caller]
    pub fn ask(&self, arguments: &[&str], code: i32) -> Ran {
        self.ask_of(&self.bench.batch(), arguments, code)
    }

    /// The same for another batch's folder.
    #[track_caller]
    pub fn ask_of(&self, batch: &Path, arguments: &[&str], code: i32) -> Ran {
        let (command, rest) = arguments.split_first().unwrap();
        let mut nameplate = programs::nameplate(self.bench.home());
        nameplate.arg(command).arg("--batch").arg(batch).args(rest);
        let ran = run(&mut nameplate).expect(code);
        if matches!(ran.code, Some(1 | 2)) {
            assert!(ran.stderr.contains("next: "), "{ran:?}");
        }
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        ran
    }

    /// The batch becomes a job and every board has a certificate.
    #[track_caller]
    pub fn done(&self) {
        let _ = self.ask(&["submit"], 0);
        self.reported();
    }

    /// Its job ends and every board has a certificate.
    #[track_caller]
    pub fn reported(&self) {
        let _ = self.ask(&["status", "--wait"], 0);
        let _ = self
            .ask(&["report"], 0)
            .says("2 issued, 0 failed, 0 without an answer");
        let listed = self.bench.list();
        assert!(
            listed.iter().all(|board| board["state"] == "issued"),
            "{listed:?}"
        );
        assert_eq!(self.service.jobs(), 1);
    }

    /// Certificates are held to the sandbox's root.
    pub fn trust(&self) {
        let file = |name| self.service.dir.join(name);
        self.set(&format!(
            "[certificates]\nroot = \"{}\"\nintermediates = \"{}\"\n",
            file("device-root.pem").display(),
            file("issuing.pem").display()
        ));
    }

    /// Every board has its certificate here.
    #[track_caller]
    pub fn taken(&self) {
        self.done();
        self.trust();
        let _ = self
            .ask(&["certificates"], 0)
            .says("2 certificates taken, 0 known before");
    }

    /// Something that came is wrong, and is named.
    #[track_caller]
    pub fn not_taken(&self, words: &str) {
        self.done();
        self.trust();
        let _ = self.ask(&["certificates"], 3).says(words);
    }

    /// The service refuses the batch at once, and the operator is told so.
    #[track_caller]
    pub fn refused(&self, words: &[&str]) {
        let mut ran = self.ask(&["submit"], 1);
        for words in words {
            ran = ran.says(words);
        }
        assert_eq!(self.service.jobs(), 0);
    }

    /// The job ends without a certificate, and each board has the reason.
    #[track_caller]
    pub fn none_issued(&self, reason: &str) {
        let _ = self.ask(&["submit"], 0);
        let _ = self.ask(&["status", "--wait"], 1).says("ended as FAILED");
        let _ = self
            .ask(&["report"], 3)
            .says("0 issued, 2 failed")
            .says(reason);
    }

    /// Another batch's folder, configured as this one, under this name.
    pub fn another(&self, name: &str) -> PathBuf {
        let folder = self.bench.home().join(name);
        fs::create_dir(&folder).unwrap();
        let text = fs::read_to_string(self.path("bench.toml")).unwrap();
        private(&folder.join("bench.toml"), &text);
        for file in ["bench.pem", "bench.key", "join.token", "own.pem", "own.key"] {
            if let Ok(text) = fs::read_to_string(self.path(file)) {
                private(&folder.join(file), &text);
            }
        }
        folder
    }

    /// The batch as a CSV, changed line by line.
    pub fn exported(&self, change: impl Fn(usize, &str) -> String) -> PathBuf {
        let path = self.bench.home().join("exported.csv");
        let _ = self.ask(&["export", "--output", path.to_str().unwrap()], 0);
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().enumerate();
        let changed: String = lines.map(|(at, line)| change(at, line) + "\n").collect();
        fs::write(&path, changed).unwrap();
        path
    }

    /// What a person does in the portal with the service's only job; `false` where the service would not.
    pub fn approve(&self) -> bool {
        const SCRIPT: &str = "import ssl, sys, urllib.request as u\n\
            url, ca, key = sys.argv[1:]\n\
            request = u.Request(url, method='PUT', headers={'x-api-key': open(key).read().strip()})\n\
            u.urlopen(request, context=ssl.create_default_context(cafile=ca))";
        let mut jobs = fs::read_dir(self.service.dir.join("jobs")).unwrap();
        let job = jobs.next().unwrap().unwrap().file_name();
        let jobs = format!("{}{}", self.service.url, self.dialect.jobs_path());
        let mut python = Command::new("python3");
        python.args(["-c", SCRIPT]);
        python.arg(format!("{jobs}/{}/approve", job.to_str().unwrap()));
        python.arg(self.service.dir.join("ca.pem"));
        python.arg(self.service.dir.join("api-key"));
        run(&mut python).code == Some(0)
    }
}

/// Two boards, collected once and copied.
fn collected() -> Bench {
    static FILES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    let files = FILES.get_or_init(|| {
        let bench = Bench::new();
        collect_on_cables(&bench, 2);
        let entries = fs::read_dir(bench.batch()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| name.starts_with("batch.db"))
            .map(|name| (name.clone(), fs::read(bench.batch().join(name)).unwrap()))
            .collect()
    });
    let bench = Bench::new();
    for (name, bytes) in files {
        let path = bench.batch().join(name);
        private(&path, "");
        fs::write(&path, bytes).unwrap();
    }
    bench
}

/// A key of the operator's own and its certificate, PEM.
fn own_key() -> &'static [String; 2] {
    static TEXTS: OnceLock<[String; 2]> = OnceLock::new();
    TEXTS.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let [key, certificate] = ["key", "pem"].map(|name| folder.path().join(name));
        let mut openssl = Command::new("openssl");
        openssl.args([
            "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2",
        ]);
        openssl.args(["-subj", "/CN=batches", "-keyout"]);
        openssl.arg(&key).arg("-out").arg(&certificate);
        let _ = run(&mut openssl).expect(0);
        [key, certificate].map(|path| fs::read_to_string(path).unwrap())
    })
}
