//! Certificates: whether one has ended, or ends soon.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Bench, Finding, Level, words};
use crate::bench_key::Files;
use crate::chain::certificates_in;
use crate::sealed::EncryptionKey;
use crate::service::words::printable;

const ID: &str = "certificate";
/// Greatest file of certificates, in bytes.
const MAX_FILE: u64 = 1 << 20;
const DAY: i64 = 86_400;
/// Days before its end from which on a certificate is told of.
const SOON: i64 = 30;

/// Makes the checks.
pub(super) fn look(bench: &Bench<'_>) -> Vec<Finding> {
    let config = &bench.setup.config;
    let service = config.service.as_ref();
    let network = config.network.as_ref();
    let bench_files = network.map(|network| Files {
        key: config.path(&network.key),
        certificate: config.path(&network.certificate),
    });
    let replace = "Get a new one, and set it in the configuration.";
    let change = format!(
        "nameplate keys {} change    # boards that know the next key go on",
        bench.arguments
    );
    let configured = |path: Option<&PathBuf>| path.map(|path| config.path(path));
    let all = [
        (
            "service.ca_file",
            configured(service.and_then(|s| s.ca_file.as_ref())),
            replace,
        ),
        (
            "service.client_certificate",
            configured(service.and_then(|s| s.client_certificate.as_ref())),
            replace,
        ),
        (
            "certificates.root",
            configured(config.certificates.root.as_ref()),
            replace,
        ),
        (
            "certificates.intermediates",
            configured(config.certificates.intermediates.as_ref()),
            replace,
        ),
        (
            "network.client_ca_file",
            configured(network.and_then(|n| n.client_ca_file.as_ref())),
            replace,
        ),
        // Whether they are there at all is another check's.
        (
            "network.certificate",
            bench_files
                .as_ref()
                .map(|f| f.certificate.clone())
                .filter(|path| path.exists()),
            &change,
        ),
        (
            "the next key's certificate",
            bench_files
                .map(|f| f.next().certificate)
                .filter(|path| path.exists()),
            &change,
        ),
    ];
    let mut found = Vec::new();
    for (setting, path, remedy) in all {
        if let Some(path) = path {
            found.push(of_file(&path, remedy, bench.now).about(setting));
        }
    }
    if let Some(path) = configured(config.batch.encryption_certificate.as_ref()) {
        found.push(encryption(&path, bench.now).about("batch.encryption_certificate"));
    }
    if config.certificates.root.is_none() {
        let text = "none is set: a chain is checked only as far as it came";
        found.push(
            Finding::warning(ID, text)
                .about("certificates.root")
                .remedy("Set root in [certificates] to the root of your device certificates."),
        );
    }
    found
}

/// The worst of all in the file.
fn of_file(path: &Path, remedy: &str, now: SystemTime) -> Finding {
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let found = format!("can't read {}: {error}", path.display());
            return Finding::wrong(ID, found)
                .remedy("Put the file there, or mend the configuration.");
        }
    };
    let certificates = certificates_in(&bytes);
    let times = certificates.iter().filter_map(|der| {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(Times {
            subject: printable(&certificate.subject().to_string(), 120),
            begins: certificate.validity().not_before.timestamp(),
            ends: certificate.validity().not_after.timestamp(),
        })
    });
    let judged = times.map(|times| times.judge(seconds(now)));
    let worst = judged.max_by_key(|(level, _)| *level);
    match worst {
        None => Finding::wrong(ID, format!("there is no certificate in {}", path.display()))
            .remedy("Put one there in PEM, or mend the configuration."),
        Some((Level::Fine, found)) => Finding::fine(ID, found),
        Some((Level::Wrong, found)) => Finding::wrong(ID, found).remedy(remedy),
        Some((_, found)) => Finding::warning(ID, found).remedy(remedy),
    }
}

/// From when to when, Unix time in seconds.
struct Times {
    subject: String,
    begins: i64,
    ends: i64,
}

impl Times {
    fn judge(&self, now: i64) -> (Level, String) {
        let Self {
            subject,
            begins,
            ends,
        } = self;
        if now > *ends {
            return (
                Level::Wrong,
                format!("{subject} expired on {}", date(*ends)),
            );
        }
        if now < *begins {
            let text = format!(
                "{subject} is valid from {} on only: is this machine's clock right?",
                date(*begins)
            );
            return (Level::Wrong, text);
        }
        let days = (ends - now) / DAY;
        let level = if days < SOON {
            Level::Warning
        } else {
            Level::Fine
        };
        let words = if level == Level::Warning {
            format!("{subject} ends in {days} days, on {}", date(*ends))
        } else {
            format!("{subject} is valid until {}", date(*ends))
        };
        (level, words)
    }
}

/// An OpenPGP key as well as a certificate: it says itself whether it may be used, now and in a month.
fn encryption(path: &Path, now: SystemTime) -> Finding {
    let remedy = "Make another one: CONFIGURATION.md has the two commands.";
    let read = read(path).map_err(|error| format!("can't read {}: {error}", path.display()));
    let key = read.and_then(|bytes| EncryptionKey::read(&bytes).map_err(|error| words(&error)));
    let key = match key {
        Ok(key) => key,
        Err(found) => return Finding::wrong(ID, found).remedy(remedy),
    };
    let later = now + Duration::from_secs(SOON.unsigned_abs() * DAY.unsigned_abs());
    match (key.check(now), key.check(later)) {
        (Err(error), _) => Finding::wrong(ID, words(&error)).remedy(remedy),
        (Ok(()), Err(error)) => {
            let found = format!(
                "it can't be used any more in {SOON} days: {}",
                words(&error)
            );
            Finding::warning(ID, found).remedy(remedy)
        }
        (Ok(()), Ok(())) => {
            Finding::fine(ID, format!("it can be encrypted to, in {SOON} days too"))
        }
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn date(unix: i64) -> String {
    OffsetDateTime::from_unix_timestamp(unix).map_or_else(
        |_| "a day that is none".to_owned(),
        |time| time.date().to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(folder: &Path, name: &str, days: [i64; 2]) -> PathBuf {
        let now = OffsetDateTime::now_utc();
        let mut wanted = rcgen::CertificateParams::new(vec!["a".to_owned()]).unwrap();
        wanted.not_before = now + time::Duration::days(days[0]);
        wanted.not_after = now + time::Duration::days(days[1]);
        let key = rcgen::KeyPair::generate().unwrap();
        let path = folder.join(name);
        std::fs::write(&path, wanted.self_signed(&key).unwrap().pem()).unwrap();
        path
    }

    #[test]
    fn a_file_is_as_good_as_its_worst_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name, days| made(folder.path(), name, days);
        let fine = at("fine", [-1, 31]);
        let soon = at("soon", [-1, 29]);
        let over = at("over", [-9, -1]);
        let early = at("early", [1, 99]);
        let look = |path: &Path| of_file(path, "do that", SystemTime::now());
        assert_eq!(look(&fine).level, Level::Fine);
        assert_eq!(look(&soon).level, Level::Warning);
        assert!(look(&soon).found.contains("ends in 2"), "{:?}", look(&soon));
        assert!(look(&over).found.contains("expired on"));
        assert!(look(&early).found.contains("clock"));
        let all = folder.path().join("all");
        let texts = [&fine, &over, &soon].map(|path| std::fs::read_to_string(path).unwrap());
        std::fs::write(&all, texts.concat()).unwrap();
        assert_eq!(look(&all).level, Level::Wrong);
        assert_eq!(look(&all).remedy, ["do that"]);
        std::fs::write(&all, "nothing").unwrap();
        assert!(look(&all).found.contains("no certificate"));
        assert!(
            look(&folder.path().join("none"))
                .found
                .contains("can't read")
        );
    }
}
