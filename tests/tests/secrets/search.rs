//! Looks for secrets in every form in which a program might let one slip: as it is, in hexadecimal, in base64, in Rust's and JSON's
//! escapes of bytes.

use std::fs;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use nameplate::store::hex;

/// Bytes of a secret that must be found together to count: less could be chance.
const ENOUGH: usize = 16;

#[derive(Default)]
pub struct Secrets {
    /// What each is, and the bytes of one form of it.
    forms: Vec<(String, Vec<u8>)>,
    /// Files that are the secrets' own, and folders that are somebody else's.
    own: Vec<PathBuf>,
    searched: usize,
}

impl Secrets {
    /// A secret of text, in a file of its own.
    pub fn file(&mut self, what: &str, path: &Path) {
        let text = fs::read_to_string(path).unwrap();
        self.text(what, text.trim());
        self.own.push(path.to_owned());
    }

    pub fn text(&mut self, what: &str, text: &str) {
        assert!(
            text.len() >= ENOUGH,
            "{what} is too short to be searched for"
        );
        self.bytes(what, text.as_bytes());
    }

    /// A private key in PEM: for P-256 its 32 bytes (SEC 1 in PKCS#8), for RSA what stands in the middle of it, which is secret.
    pub fn pem(&mut self, what: &str, path: &Path) {
        let text = fs::read_to_string(path).unwrap();
        let from = text.find("PRIVATE KEY-----").unwrap();
        let lines: Vec<_> = text[from..]
            .lines()
            .skip(1)
            .take_while(|line| !line.starts_with('-'))
            .collect();
        let der = Base64::decode_vec(&lines.concat()).unwrap();
        if der.len() > 500 {
            let middle = der.len() / 2;
            self.bytes(what, &der[middle..middle + 32]);
        } else {
            let at = der.windows(2).position(|pair| pair == [0x04, 0x20]);
            let at = at.expect("32 bytes of a key") + 2;
            self.bytes(what, &der[at..at + 32]);
        }
        self.own.push(path.to_owned());
    }

    /// The key in a board's file: the longest word of hexadecimal digits there.
    pub fn line(&mut self, what: &str, path: &Path) {
        let bytes = fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let words = text.split(|c: char| !c.is_ascii_hexdigit());
        let longest = words.max_by_key(|word| word.len()).unwrap();
        assert!(longest.len() >= 2 * ENOUGH, "{what}: {text}");
        let raw: Vec<u8> = (0..longest.len() / 2)
            .map(|at| u8::from_str_radix(&longest[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        self.bytes(what, &raw[..32.min(raw.len())]);
        self.own.push(path.to_owned());
    }

    fn bytes(&mut self, what: &str, secret: &[u8]) {
        let hex = hex(secret);
        let numbers: Vec<_> = secret.iter().take(ENOUGH).map(u8::to_string).collect();
        let mut forms = vec![
            secret.to_vec(),
            hex.to_uppercase().into_bytes(),
            hex.into_bytes(),
            numbers.join(", ").into_bytes(),
            numbers.join(",").into_bytes(),
        ];
        // In base64 of something longer it stands at one of three places within a group.
        for skipped in 0..3 {
            let whole = (secret.len() - skipped) / 3 * 3;
            let text = Base64::encode_string(&secret[skipped..skipped + whole]);
            forms.push(text.replace('+', "-").replace('/', "_").into_bytes());
            forms.push(text.into_bytes());
        }
        for form in forms {
            self.forms.push((what.to_owned(), form));
        }
    }

    /// A folder that is not looked at.
    pub fn not_in(&mut self, folder: &Path) {
        self.own.push(folder.to_owned());
    }

    /// Looks through a file, or all files of a folder.
    pub fn search(&mut self, place: &Path) {
        // A search that finds nothing must be one that would find something.
        for path in &self.own {
            assert!(path.exists(), "{}", path.display());
        }
        let before = self.searched;
        for path in files(place) {
            let is_own = self
                .own
                .iter()
                .any(|own| path.starts_with(own) && place != path);
            if is_own {
                continue;
            }
            self.searched += 1;
            let bytes = fs::read(&path).unwrap();
            for (what, form) in &self.forms {
                let found = bytes.windows(form.len()).any(|window| window == form);
                assert!(!found, "{what} stands in {}", path.display());
            }
        }
        assert!(
            self.searched > before,
            "nothing was searched in {}",
            place.display()
        );
    }
}

/// Whether a file holds a private key in PEM.
pub fn holds_a_key(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| text.contains("PRIVATE KEY-----"))
}

/// Every file of a folder, or the file itself.
pub fn files(place: &Path) -> Vec<PathBuf> {
    if !place.is_dir() {
        return vec![place.to_owned()];
    }
    let entries = fs::read_dir(place).unwrap();
    entries
        .flat_map(|entry| files(&entry.unwrap().path()))
        .collect()
}

#[test]
fn it_finds_what_it_looks_for() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    fs::write(&own, "a secret of 24 characters").unwrap();
    let secret = b"a secret of 24 characters";
    let hex = hex(secret);
    let ways = [
        String::from_utf8_lossy(secret).into_owned(),
        hex,
        format!("{secret:?}"),
        Base64::encode_string(&[b"x", &secret[..], b"yz"].concat()),
        Base64::encode_string(&[b"xy", &secret[..], b"z"].concat()),
    ];
    for way in ways {
        let place = folder.path().join("place");
        fs::write(&place, format!("before {way} behind")).unwrap();
        let search = std::panic::catch_unwind(|| {
            let mut secrets = Secrets::default();
            secrets.file("it", &own);
            secrets.search(&folder.path().join("place"));
        });
        assert!(search.is_err(), "{way}");
    }
}
