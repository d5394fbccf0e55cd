//! Batches of real boards, collected once and copied, and the questions that every fault is held to.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use nameplate_tests::bench::{Bench, COLUMNS, private};
use nameplate_tests::board::collect_on_cables;
use nameplate_tests::programs::{Ran, run};
use nameplate_tests::service::Service;

/// Boards in every batch here.
pub const BOARDS: u16 = 2;

/// A folder's files, by name.
type Files = Vec<(String, Vec<u8>)>;

/// A batch of [`BOARDS`] boards that waits to be submitted.
pub fn collected() -> Bench {
    static FILES: OnceLock<Files> = OnceLock::new();
    copy(FILES.get_or_init(|| collect(COLUMNS)))
}

/// The same, where the CSV calls all boards by one name.
pub fn collected_under_one_name() -> Bench {
    static FILES: OnceLock<Files> = OnceLock::new();
    let columns = COLUMNS.replace("device_name = \"{name}\"", "device_name = \"sensor\"");
    copy(FILES.get_or_init(|| collect(&columns)))
}

fn collect(columns: &str) -> Files {
    let bench = Bench::new();
    bench.configure_all(columns);
    collect_on_cables(&bench, BOARDS);
    let store = files(&bench.batch())
        .into_iter()
        .filter(|path| name_of(path).starts_with("batch.db"));
    store
        .map(|path| (name_of(&path), fs::read(&path).unwrap()))
        .collect()
}

fn copy(files: &Files) -> Bench {
    let bench = Bench::new();
    for (name, bytes) in files {
        let path = bench.batch().join(name);
        private(&path, "");
        fs::write(&path, bytes).unwrap();
    }
    bench
}

/// The files of a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).collect()
}

pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Starts a sandbox with these switches and points the batch to it.
pub fn serve(bench: &Bench, switches: &[&str]) -> Service {
    let service = Service::start(bench.home(), switches);
    point(bench, &service, "");
    service
}

/// The section of the service whose turn it is, signed in with the API key.
pub fn section(service: &Service) -> String {
    crate::DIALECT.section(service, &service.api_key())
}

/// Points the batch to a service, with `more` after the section `[service]`.
pub fn point(bench: &Bench, service: &Service, more: &str) {
    bench.configure(&format!("{}{more}", section(service)));
}

/// Does something in which this wait for the service is in vain, with a short one; what is answered has the usual time.
pub fn impatient<T>(bench: &Bench, service: &Service, wait: &str, act: impl FnOnce() -> T) -> T {
    point(bench, service, &format!("[service.timeouts]\n{wait} = 1\n"));
    let done = act();
    point(bench, service, "");
    done
}

/// Runs a command of the batch and holds it to what every command is held to.
#[track_caller]
pub fn ask(bench: &Bench, arguments: &[&str], code: i32) -> Ran {
    let (command, rest) = arguments.split_first().unwrap();
    let ran = run(bench.nameplate(command).args(rest)).expect(code);
    judge(bench, &ran);
    ran
}

/// Whatever happens: no key anywhere, a fault has a next step, and nothing half-written is left.
#[track_caller]
pub fn judge(bench: &Bench, ran: &Ran) {
    for file in ["api-key", "passcode"] {
        let key = fs::read_to_string(bench.home().join("service").join(file)).unwrap_or_default();
        let key = key.trim();
        if key.is_empty() {
            continue;
        }
        assert!(
            !ran.stdout.contains(key) && !ran.stderr.contains(key),
            "the key is shown: {ran:?}"
        );
        for path in files(&bench.batch()) {
            let bytes = fs::read(&path).unwrap();
            let held = bytes
                .windows(key.len())
                .any(|window| window == key.as_bytes());
            assert!(!held, "the key is in {}", path.display());
        }
    }
    if matches!(ran.code, Some(1 | 2)) {
        assert!(
            ran.stderr.contains("error[") && ran.stderr.contains("next: "),
            "{ran:?}"
        );
    }
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    let left: Vec<_> = files(&bench.batch())
        .iter()
        .map(|path| name_of(path))
        .collect();
    assert!(left.iter().all(|name| !name.starts_with('.')), "{left:?}");
}

/// Submissions that arrived, whatever became of them.
pub fn posts(service: &Service) -> usize {
    service
        .requests()
        .iter()
        .filter(|request| request["method"] == "POST")
        .count()
}

/// The batch as a job that has ended well, at a service with these switches.
pub fn ended(switches: &[&str]) -> (Bench, Service) {
    let bench = collected();
    let service = serve(&bench, &[&["--polls", "0"], switches].concat());
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status", "--wait"], 0);
    (bench, service)
}
