//! Certificates with keys that the sandbox made, opened by OpenSSL with the key that they were sealed for.

use std::io::Read;
use std::path::PathBuf;

use base64ct::{Base64, Encoding};
use nameplate_sandbox::{KeyType, SealCipher, SealPadding, Switches};

use super::bench::{Bench, Part, openssl};

/// Somebody to seal for: a certificate and its key.
pub struct Identity {
    folder: tempfile::TempDir,
}

impl Identity {
    /// With a key as `openssl req -newkey` takes it.
    pub fn new(key: &str) -> Identity {
        let identity = Identity {
            folder: tempfile::tempdir().unwrap(),
        };
        let [key_file, certificate] = [identity.path("key"), identity.path("pem")];
        let mut arguments = vec![
            "req",
            "-x509",
            "-nodes",
            "-subj",
            "/CN=batches",
            "-days",
            "2",
            "-newkey",
            key,
        ];
        if key == "ec" {
            arguments.extend(["-pkeyopt", "ec_paramgen_curve:P-256"]);
        }
        arguments.extend(["-keyout", key_file.to_str().unwrap()]);
        arguments.extend(["-out", certificate.to_str().unwrap()]);
        openssl(&arguments);
        identity
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn pem(&self) -> String {
        std::fs::read_to_string(self.path("pem")).unwrap()
    }

    pub fn base64(&self) -> String {
        Base64::encode_string(self.pem().as_bytes())
    }

    /// The files of a sealed answer, by name.
    pub fn open(&self, sealed: &[u8]) -> Vec<(String, String)> {
        let [sealed_file, plain, key] = ["sealed", "plain", "key"].map(|name| self.path(name));
        std::fs::write(&sealed_file, sealed).unwrap();
        let [from, to, key] = [&sealed_file, &plain, &key].map(|path| path.to_str().unwrap());
        openssl(&[
            "cms", "-decrypt", "-binary", "-inform", "DER", "-in", from, "-out", to, "-inkey", key,
        ]);
        let mut zip = zip::ZipArchive::new(std::fs::File::open(&plain).unwrap()).unwrap();
        (0..zip.len())
            .map(|index| {
                let mut entry = zip.by_index(index).unwrap();
                let name = String::from_utf8(entry.name_raw().to_vec()).unwrap();
                let mut text = String::new();
                entry.read_to_string(&mut text).unwrap();
                (name, text)
            })
            .collect()
    }
}

fn order(bench: &Bench, identity: &Identity, csv: &str, key_type: &str) -> Vec<Part> {
    let pem = identity.pem();
    let mut parts = bench.parts(csv);
    parts.retain(|part| !part.is("server_side_key_gen"));
    for (name, value) in [
        ("server_side_key_gen", "true"),
        ("encryption_certificate", pem.as_str()),
        ("key_type", key_type),
    ] {
        parts.push(Part::text(name, value));
    }
    parts
}

const CSV: &str = "device_name,subject.common_name,unique_identifier\n\
    dev-1,Sensor,1\ndev-2,Sensor,u-2\ndev-3,Sensor,\ndev-4,.a/b,4\n";

/// Submits [`CSV`] and opens what comes back.
fn made(switches: Switches, key: &str, key_type: &str) -> Vec<(String, String)> {
    let bench = Bench::with(switches);
    let identity = Identity::new(key);
    let id = bench.post(&order(&bench, &identity, CSV, key_type)).id();
    bench.wait(&id);
    let path = format!("{}/{id}/download/certificates", super::bench::JOBS);
    identity.open(&bench.get(&path).body)
}

fn has_extension(name: &str, wanted: &str) -> bool {
    std::path::Path::new(name)
        .extension()
        .is_some_and(|extension| extension == wanted)
}

#[test]
fn names_follow_the_common_name_and_the_unique_identifier() {
    let files = made(Switches::default(), "rsa:2048", "P_256");
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 8, "{names:?}");
    assert_eq!(
        names[..4],
        ["Sensor.pem", "Sensor.key", "u-2.pem", "u-2.key"]
    );
    assert!(
        names[4].starts_with("Sensor-") && has_extension(names[4], "pem"),
        "{names:?}"
    );
    assert_eq!(names[6..], ["a_b.pem", "a_b.key"]);
    for (name, text) in &files {
        let begins = if has_extension(name, "key") {
            "-----BEGIN PRIVATE KEY"
        } else {
            "-----BEGIN CERTIFICATE"
        };
        assert!(text.starts_with(begins), "{name}");
    }
}

#[test]
fn every_way_of_sealing_can_be_opened() {
    for (key, switches) in [
        (
            "rsa:2048",
            Switches {
                seal_padding: SealPadding::Oaep,
                ..Switches::default()
            },
        ),
        (
            "rsa:2048",
            Switches {
                seal_padding: SealPadding::OaepSha256,
                seal_cipher: SealCipher::Aes256Gcm,
                ..Switches::default()
            },
        ),
        (
            "rsa:2048",
            Switches {
                seal_stream: true,
                seal_cipher: SealCipher::Aes128Cbc,
                ..Switches::default()
            },
        ),
        ("ec", Switches::default()),
    ] {
        assert_eq!(made(switches, key, "p_256").len(), 8, "{key}");
    }
}

#[test]
fn keys_are_of_the_type_that_was_asked_for() {
    for (kind, says) in [
        (KeyType::Rsa2048, "2048 bit"),
        (KeyType::P384, "secp384r1"),
        (KeyType::Ed25519, "ED25519"),
    ] {
        let switches = Switches {
            key_types: vec![kind],
            ..Switches::default()
        };
        let files = made(switches, "rsa:2048", kind.name());
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        std::fs::write(&key, &files[1].1).unwrap();
        let text = openssl(&["pkey", "-noout", "-text", "-in", key.to_str().unwrap()]);
        assert!(text.contains(says), "{text}");
    }
}

#[test]
fn nothing_is_promised_that_can_t_be_sealed() {
    let bench = Bench::new();
    let identity = Identity::new("ed25519");
    let (code, message) = bench.post(&order(&bench, &identity, CSV, "P_256")).error();
    assert_eq!(code, "invalid_request");
    assert!(message.contains("can't be encrypted to"), "{message}");
}
