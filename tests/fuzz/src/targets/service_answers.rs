//! What the service answers, or whoever stands in its place: small answers in JSON, reports, templates, certificates in a ZIP or in
//! JSON, files that it sealed.
//!
//! - Nothing that is shown moves a cursor, and all of it is bounded.
//! - An id is fit for a URL; a file's name is flat and stands once; what is unpacked is bounded and whole or not there at all.
//! - What no checksum vouches for comes out of a sealed file only where it looks like what the service sends.

use std::fs::File;
use std::sync::OnceLock;

use nameplate::chain::{Device, MAX_CERTIFICATES, certificates_in, is_authority};
use nameplate::columns::service_template;
use nameplate::handed_out::{self, MAX_ENTRY};
use nameplate::sealed::{self, Contents, DecryptionKey, KeyFile};
use nameplate::service::report::{Report, RowOutcome};
use nameplate::service::words::{MAX_QUOTE, MAX_WORDS, Words, excerpt};
use nameplate::service::{ReportColumns, readers, retry_after};

use crate::input::Input;
use crate::scratch;

/// Which kind of answer, then its bytes.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let kind = input.byte();
    let body = input.rest();
    match kind % 8 {
        0 => small(body),
        1 => report(body),
        2 => words(body),
        3 => handed_out(&scratch::file(body)),
        4 => unpacked(&scratch::file(body), kind & 0x10 != 0),
        5 => template(body),
        6 => certificates(body),
        _ => opened(body, usize::from(kind >> 3)),
    }
}

fn harmless(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

fn small(body: &[u8]) {
    let id = |id: &str| {
        assert!((1..=128).contains(&id.len()));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        assert!(id.bytes().all(plain));
    };
    match readers::created_job(body) {
        Ok(job) => id(job.as_str()),
        Err(why) => harmless(&why),
    }
    match readers::job_status(body) {
        Ok(status) => {
            harmless(status.raw());
            assert!(status.raw().chars().count() <= MAX_QUOTE + 1);
            assert!(!status.phase().has_report() || status.phase().has_ended());
        }
        Err(why) => harmless(&why),
    }
    match readers::job_page(body) {
        Ok((jobs, _)) => {
            assert!(jobs.len() <= 10_000);
            for job in &jobs {
                id(job.id.as_str());
            }
        }
        Err(why) => harmless(&why),
    }
}

fn report(body: &[u8]) {
    let report = match Report::open(body, &ReportColumns::default()) {
        Ok(report) => report,
        Err(error) => return harmless(&error.to_string()),
    };
    let lines = body
        .iter()
        .filter(|byte| matches!(**byte, b'\n' | b'\r'))
        .count() as u64
        + 1;
    let (mut rows, mut last) = (0, 0);
    for row in report {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                harmless(&error.to_string());
                break;
            }
        };
        rows += 1;
        assert!(row.line >= last && row.line <= lines);
        last = row.line;
        if let RowOutcome::Unknown(word) = &row.outcome {
            harmless(word);
        }
        if let Some(message) = &row.message {
            harmless(message);
            assert!(message.chars().count() <= MAX_QUOTE + 1);
        }
    }
    assert!(rows <= lines);
}

fn words(body: &[u8]) {
    let words = Words::read(body);
    assert!(words.said().len() <= MAX_WORDS);
    let shown = words.to_string();
    harmless(&shown);
    assert!(shown.chars().count() <= MAX_WORDS * (2 * MAX_QUOTE + 10));
    harmless(&excerpt(body));
    if let Ok(value) = std::str::from_utf8(body) {
        let (value, date) = value.split_once('|').unwrap_or((value, ""));
        let wait = retry_after::parse(value, Some(date), std::time::SystemTime::UNIX_EPOCH);
        assert!(wait.is_none_or(|wait| wait <= retry_after::MAX_RETRY_AFTER));
    }
}

fn handed_out(file: &File) {
    let mut names = std::collections::HashSet::new();
    let mut all = 0;
    let done = handed_out::each(file, &mut |name, bytes| {
        assert!(!name.is_empty() && name.len() <= 255 && name != "." && name != "..");
        assert!(!name.contains(['/', '\\', '\0']) && !name.starts_with("../"));
        assert!(bytes.len() as u64 <= 4 * MAX_ENTRY);
        assert!(names.insert(name.to_lowercase()), "{name} stands twice");
        all += bytes.len() as u64;
        Ok(())
    });
    assert!(all <= handed_out::MAX_UNPACKED);
    if let Err(error) = done {
        harmless(&error.to_string());
    }
}

fn unpacked(file: &File, keys: bool) {
    let home = scratch::folder();
    let folder = home.path().join("out");
    match handed_out::unpack(file, keys, &folder) {
        Ok(unpacked) => {
            let files = std::fs::read_dir(&folder).expect("a folder").count() as u64;
            assert!(unpacked.matched <= unpacked.certificates.min(unpacked.keys));
            assert!(files > 0);
            for line in unpacked.faults.lines() {
                harmless(line);
            }
        }
        Err(error) => {
            let left = std::fs::read_dir(home.path()).expect("a folder").count();
            assert_eq!(left, 0, "{error} left something");
        }
    }
}

fn template(body: &[u8]) {
    match service_template::parse(body) {
        Ok(template) => {
            assert!(!template.columns.is_empty());
            assert!(template.columns.len() <= service_template::MAX_COLUMNS);
            let known = |name: &String| template.columns.contains(name);
            assert!(template.required.iter().all(known));
            for name in &template.columns {
                harmless(name);
            }
        }
        Err(error) => harmless(&error.to_string()),
    }
}

fn certificates(body: &[u8]) {
    let found = certificates_in(body);
    assert!(found.len() <= MAX_CERTIFICATES);
    for certificate in &found {
        let _ = is_authority(certificate);
        match Device::read(certificate) {
            Ok(device) => {
                assert_eq!(device.der(), certificate.as_ref());
                harmless(&device.serial());
                let _ = (device.key(), device.not_before_ms(), device.not_after_ms());
            }
            Err(error) => harmless(&error.to_string()),
        }
    }
}

fn opened(body: &[u8], which: usize) {
    let keys = keys();
    match sealed::open(body.to_vec(), &keys[which % keys.len()], None) {
        Ok(opened) => assert!(opened.intact || opened.contents != Contents::Other),
        Err(error) => harmless(&error.to_string()),
    }
}

/// The keys of the golden files.
fn keys() -> &'static [DecryptionKey] {
    static KEYS: OnceLock<Vec<DecryptionKey>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let texts = [
            &include_bytes!("../../../golden/sealed/p256.key")[..],
            include_bytes!("../../../golden/sealed/rsa.key"),
            include_bytes!("../../../golden/sealed/p384.key"),
            include_bytes!("../../../golden/sealed/gpg-cv25519.sec"),
        ];
        let key = |text: &&[u8]| {
            let file = KeyFile::parse(text).expect("a key");
            file.unlock(None).expect("a key without a passphrase")
        };
        texts.iter().map(key).collect()
    })
}
