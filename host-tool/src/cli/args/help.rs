//! What `--help` says beyond a line: first what a newcomer can't know, and at its end examples that can be copied.

/// Examples, in the one form: each is run through the parser by a test.
macro_rules! examples {
    ($($line:literal),+ $(,)?) => {
        concat!("Examples:", $("\n  nameplate ", $line),+)
    };
}

pub(super) const ROOT: &str = concat!(
    "Exit codes: 0 all done, 1 it could not be done (run it again), 2 arguments or configuration are wrong, 3 done for some boards \
and the others are listed.\n\nAn error begins with a word in brackets: `nameplate explain WORD` tells more of it.\n\n",
    "Examples:\n  nameplate demo --boards 8\n  nameplate explain port-busy\n  nameplate collect --help"
);

pub(super) const INIT_LONG: &str = "Begin a bench: its configuration, its keys, and a join token where boards come by network.\n\n\
At a terminal it asks for what has no flag here; elsewhere, and with --yes, it asks nothing, and what is missing stands as a comment to \
be filled in. Nothing that is there is overwritten; killed in the middle, the same command goes on.";
pub(super) const INIT: &str = examples!(
    "init --batch line-3",
    "init --batch line-3 --yes --organization Example --listen 0.0.0.0:7443",
    "sandbox --dir sandbox | nameplate init --batch try --sandbox -",
);

pub(super) const DOCTOR_LONG: &str = "Check everything that can be known before the first board comes, and say what to do.\n\n\
Exit codes: 0 nothing is wrong (there may be warnings), 1 something is wrong, 2 the configuration can't be read.";
pub(super) const DOCTOR: &str = examples!(
    "doctor --batch line-3",
    "doctor --batch line-3 --offline --json",
);

pub(super) const DEMO_LONG: &str = "A whole bench on this machine: boards on ptys and TLS, the sandbox, all steps.\n\n\
Boards are Linux programs, or emulated ones with their real firmware; the service is the sandbox. They are collected, submitted, \
waited for, and get their certificates. Nothing leaves this machine, and what is made stays in the batch's folder: run again with \
it, the demo goes on where it was. With --page, at a terminal, the page stays until Ctrl-C.\n\n\
Emulated boards run their real firmware: `boards/mcu/build KIND` builds an image. virt, an386 and an505 are on TLS, or with \
:serial behind them on a cable; the others are on cables. What they have in their flash lasts in the batch's folder.";
pub(super) const DEMO: &str = examples!(
    "demo --boards 8 --batch /tmp/bench",
    "demo --emulated virt,virt:serial,microbit,ast1030,an386,an505,rp2040",
);

pub(super) const SANDBOX_LONG: &str = "Serve the local batch service; prints one JSON line when ready.\n\n\
It answers as Device Trust Manager and IoT Trust Manager do: real HTTPS, real uploads, real certificates from a throw-away CA. \
The line names what [service] needs: url, api_key, ca_file and the ids. It serves until Ctrl-C.";
pub(super) const SANDBOX: &str = examples!(
    "sandbox",
    "sandbox --listen 127.0.0.1:8443 --dir /tmp/service",
);

pub(super) const COLLECT_LONG: &str = "Gather boards into the batch.\n\n\
Each board makes its own key and a certificate request, and proves that the key is its own; the private key never leaves it. A board \
counts once its row is on the disk and it has been told so. Boards may come in any order, on any port. It ends when --expect boards \
are in the batch, after --timeout, when each port that was named has had its board, or with Ctrl-C; run again, it goes on.";
pub(super) const COLLECT: &str = examples!(
    "collect --batch line-3 --serial /dev/ttyACM0 --serial /dev/ttyACM1",
    "collect --batch line-3 --serial '/dev/ttyACM*' --expect 8",
    "collect --batch line-3 --listen 0.0.0.0:7443 --expect 96",
);

pub(super) const LIST_LONG: &str = "Boards, and where each stands.\n\n\
States are seen, collected, submitted, issued, installed, done and failed. With --json, one object a board.";
pub(super) const LIST: &str = examples!("list --batch line-3", "list --batch line-3 --json");

pub(super) const EXPORT_LONG: &str = "Write the batch file.\n\n\
It is what `nameplate submit` would send, a row and a certificate request a board, for whoever uploads it by hand or looks at it. \
A handover is for the next department: names, MAC addresses and certificates of the boards that are done, signed.";
pub(super) const EXPORT: &str = examples!(
    "export --batch line-3 --output line-3.csv",
    "export --batch line-3 --format csv-zip --output line-3.zip",
    "export --batch line-3 --format handover --output handover.zip",
);

pub(super) const CHECK_LONG: &str = "Preflight of any batch data file: CSV, CSV in a ZIP, ZIP of certificate requests; or verify a handover.\n\n\
It finds before an upload what the service would find after it: broken requests, twins, names that differ from their request. \
Nothing is sent. CHECK.md has an entry of each finding.\n\n\
Exit codes: 0 no errors, 1 errors were found (with --strict, warnings count), 2 arguments are wrong.";
pub(super) const CHECK: &str = examples!(
    "check line-3.csv",
    "check names.zip --keys server --service iot-trust-manager",
    "check handover.zip --signer bench.pem",
);

pub(super) const SUBMIT_LONG: &str = "Submit the batch as one job.\n\n\
A batch becomes one job, once: after it, no board can be added. What is sent is recorded before it is sent, so that after an \
interruption the same command looks for the job by its name and never makes it twice.";
pub(super) const SUBMIT: &str = examples!(
    "submit --batch line-3",
    "submit --batch line-3 --split",
    "submit --batch line-3 --rework",
    "submit --batch names-7 --data names.csv",
);

pub(super) const STATUS_LONG: &str = "Where the job stands.\n\n\
Some policies want a person's approval first, in the service's portal. A job that is complete has succeeded for some rows or all: \
which, the report says.";
pub(super) const STATUS: &str = examples!("status --batch line-3", "status --batch line-3 --wait");

pub(super) const REPORT_LONG: &str = "Fetch the job's report.\n\n\
It says row by row whether a certificate was issued, and if not, why. What it says is taken over into the batch; rows that failed \
are written to rework.csv.";
pub(super) const REPORT: &str = examples!(
    "report --batch line-3",
    "report --batch line-3 --output report-of-line-3.csv",
);

pub(super) const RECONCILE_LONG: &str = "Batch, report and certificates in one view: who is issued, failed, missing, mismatched.\n\n\
Where rows failed, it writes them to rework.csv; `nameplate submit --rework` submits them again.\n\n\
Exit codes: 0 every board has its certificate and nothing else came, 3 each of the others is listed with its reason.";
pub(super) const RECONCILE: &str = examples!("reconcile --batch line-3");

pub(super) const JOBS_LONG: &str = "The service's jobs: all, or those of one name.\n\n\
It asks the service and not the batch: jobs of other benches and of other people are in it.";
pub(super) const JOBS: &str = examples!(
    "jobs --batch line-3",
    "jobs --batch line-3 --name line-3-2026-11-21",
);

pub(super) const CERTIFICATES_LONG: &str = "Fetch each job's certificates as the service hands them out, and bring them to their boards.\n\n\
Bring means here: in the batch. Each certificate is matched to a board by its public key, never by a file's name alone, and held \
against what the board asked for; `nameplate deliver` then takes it to the board itself.";
pub(super) const CERTIFICATES: &str = examples!(
    "certificates --batch line-3",
    "certificates --batch line-3 --output certificates-of-line-3",
);

pub(super) const DELIVER_LONG: &str = "Bring the certificates to the boards: each gets its own, and proves that it holds the key.\n\n\
It ends when each board that has a certificate is done, or can't be. Boards may come in any order, on any port.";
pub(super) const DELIVER: &str = examples!(
    "deliver --batch line-3 --serial '/dev/ttyACM*' --listen 0.0.0.0:7443",
    "deliver --batch line-3 --serial /dev/ttyACM0 --replace",
);

pub(super) const IDENTIFY_LONG: &str = "Have the board of that name or MAC address show itself: blink or beep.\n\n\
It asks each board that is plugged in for its name, and lets only this one blink.";
pub(super) const IDENTIFY: &str = examples!(
    "identify sensor-0007 --batch line-3",
    "identify 02:00:5e:00:00:07 --batch line-3 --serial '/dev/ttyACM*' --seconds 30",
);

pub(super) const LABELS_LONG: &str = "A label a board: name, MAC address, and a QR code that carries both.\n\n\
Sizes: l7160 (63.5x38.1), l7651 (38.1x21.2), l4731 (25.4x10) on A4; 5160 (66.7x25.4), 5167 (44.5x12.7) on Letter; \
or a label printer's, as WIDTHxHEIGHT in millimetres: then each label is a page.";
pub(super) const LABELS: &str = examples!(
    "labels --batch line-3",
    "labels --batch line-3 --size 50x25",
    "labels --batch line-3 --format svg sensor-0007",
);

pub(super) const SCAN_LONG: &str = "Check scanned labels against the batch, line by line, as a keyboard scanner types them.\n\n\
A line is what a label's QR code says, or a name, or a MAC address. Ctrl-D ends it.\n\n\
Exit codes: 0 each was a board that is done, 3 each of the others was told with its reason.";
pub(super) const SCAN: &str = examples!("scan --batch line-3", "scan --batch line-3 --all");

pub(super) const AUDIT_LONG: &str = "Verify the batch's log, and show one board's life.\n\n\
The log is a chain of hashes: a row that was changed, taken out or moved is found. Whoever rewrites the whole of it is found by its \
end, kept elsewhere: --head takes it.";
pub(super) const AUDIT: &str = examples!(
    "audit --batch line-3",
    "audit --batch line-3 sensor-0007",
    "audit --batch line-3 --head 42:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
);

pub(super) const KEYS_LONG: &str = "The bench's key, the next one, and join tokens: make, show, change, withdraw.\n\n\
Boards that dial in over the network know the bench by its key, and the bench lets them in by a join token. Give each board the key \
of now and the next one: then the key can be changed without touching the boards.";
pub(super) const KEYS: &str = examples!(
    "keys --batch line-3 new",
    "keys --batch line-3 token --boards 96 --valid-for 12h",
    "keys --batch line-3",
);
pub(super) const KEYS_SHOW: &str = examples!("keys --batch line-3 show");
pub(super) const KEYS_NEW: &str = examples!("keys --batch line-3 new");
pub(super) const KEYS_CHANGE: &str = examples!("keys --batch line-3 change");
pub(super) const KEYS_TOKEN: &str = examples!(
    "keys --batch line-3 token --boards 96 --valid-for 12h --note 'line 3, night shift'",
);
pub(super) const KEYS_WITHDRAW: &str = examples!("keys --batch line-3 withdraw 4f1a9c02");

pub(super) const TEMPLATE_LONG: &str = "Fetch the CSV template of the certificate policy or enrolment profile.\n\n\
It names the columns that the service takes. Set batch.template to it, and columns that are missing are found before a job is.";
pub(super) const TEMPLATE: &str = examples!(
    "template --batch line-3",
    "template --batch line-3 --output template.csv",
);

pub(super) const RUN_LONG: &str = "Collect, submit, wait, report, certificates, deliver; again after an interruption it goes on where it was.\n\n\
The whole way of a batch in one command. What can be wrong with the configuration is found before the first board is asked, and \
nothing is submitted before --expect boards are there.";
pub(super) const RUN: &str = examples!(
    "run --batch line-3 --serial '/dev/ttyACM*' --expect 8",
    "run --batch line-3 --listen 0.0.0.0:7443 --expect 96 --timeout 3600",
);

pub(super) const MAC_SEQUENCE_LONG: &str = "Common names counted up from a MAC address, as a CSV.\n\n\
For devices whose keys the service makes: the file is submitted with `nameplate submit --data`.";
pub(super) const MAC_SEQUENCE: &str =
    examples!("mac-sequence --start 00:1a:c2:7b:00:00 --count 5 --increment 10 --output macs.csv",);

pub(super) const DECRYPT_LONG: &str = "Decrypt a file with keys that the service made.\n\n\
The key is PEM or DER (PKCS#8, PKCS#1, SEC 1) or an OpenPGP secret key. Its passphrase comes from --passphrase-file, from \
NAMEPLATE_KEY_PASSPHRASE, or is asked for.";
pub(super) const DECRYPT: &str = examples!(
    "decrypt certificates.p7m --key decryption.key --certificate encryption.pem --output certificates.zip",
);

pub(super) const EXPLAIN_LONG: &str = "What an error's word means, why it probably happens, and what to do.\n\n\
The word stands in brackets where an error or a refused board is told of: error[port-busy]. Without a word all are listed.";
pub(super) const EXPLAIN: &str = examples!("explain port-busy", "explain");

pub(super) const COMPLETIONS_LONG: &str = "Completions for a shell, to standard output.\n\n\
Bash reads them from ~/.local/share/bash-completion/completions/nameplate, fish from ~/.config/fish/completions/nameplate.fish, zsh \
from a file _nameplate in a folder of its fpath.";
pub(super) const COMPLETIONS: &str = examples!("completions bash", "completions zsh");

pub(super) const MAN_LONG: &str = "The manual pages.\n\n\
Without --output the first page alone, for `man -l -`; with it a file a command, as they belong in share/man/man1.";
pub(super) const MAN: &str = examples!("man", "man --output /tmp/man1");
