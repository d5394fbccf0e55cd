//! The table, the page and the errors belong together.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::entry::{self, Entry};
use super::*;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The text of every source file that can make an error; findings of `check` have another type of the same name.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if matches!(name, "tests.rs" | "tests" | "table.rs" | "preflight") {
            continue;
        }
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let file = fs::read_to_string(&path).unwrap();
            // What stands in the tests of a file makes no error.
            text.push_str(file.split("#[cfg(test)]").next().unwrap());
        }
    }
    text
}

fn kebab(name: &str) -> String {
    let mut word = String::new();
    for sign in name.chars() {
        if sign.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(sign.to_ascii_lowercase());
    }
    word
}

#[test]
fn the_page_has_each_code_once_and_no_other_in_the_table_s_order() {
    let words: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let page: Vec<_> = entry::all().iter().map(|entry| entry.word).collect();
    assert_eq!(words, page);
    let unique: HashSet<_> = words.iter().collect();
    assert_eq!(unique.len(), words.len());
}

#[test]
fn a_word_reads_as_its_name() {
    for code in Code::ALL {
        assert_eq!(code.as_str(), kebab(&format!("{code:?}")));
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        assert!(code.as_str().bytes().all(is_plain), "{code}");
    }
}

#[test]
fn each_entry_says_what_why_and_what_to_do() {
    for Entry {
        group,
        word,
        meaning,
        why,
        next,
        exit,
    } in entry::all()
    {
        for text in [group, meaning, why, next, exit] {
            assert!(!text.is_empty(), "{word}");
        }
        for sentence in [meaning, why, next] {
            assert!(sentence.ends_with('.'), "{word}: {sentence}");
        }
        let says_which = exit.bytes().any(|byte| matches!(byte, b'1'..=b'3'));
        assert!(says_which || exit.starts_with("none"), "{word}: {exit}");
    }
}

#[test]
fn each_code_is_some_error_s() {
    let text = sources(&source());
    for code in Code::ALL {
        let name = format!("Code::{code:?}");
        let is_used = text.match_indices(&name).any(|(at, _)| {
            let behind = text[at + name.len()..].chars().next();
            !behind.is_some_and(char::is_alphanumeric)
        });
        assert!(is_used, "{name} is no error's");
    }
}

#[test]
fn the_page_has_the_exit_code_of_each_place_that_names_one() {
    let text = sources(&source());
    let mut places = 0;
    for (call, exit) in [("Failure::new(", '1'), ("Failure::usage(", '2')] {
        for (at, _) in text.match_indices(call) {
            let rest = text[at + call.len()..].trim_start();
            let Some(rest) = rest.strip_prefix("Code::") else {
                continue;
            };
            let name: String = rest
                .chars()
                .take_while(|sign| sign.is_alphanumeric())
                .collect();
            let entry = entry::find(&kebab(&name)).unwrap();
            assert!(
                entry.exit.contains(exit),
                "{name}: {exit}, not {}",
                entry.exit
            );
            places += 1;
        }
    }
    assert!(places > 30, "{places}");
}

#[test]
fn the_likest_words_are_found() {
    assert_eq!(entry::like("prot-busy").first(), Some(&"port-busy"));
    assert_eq!(entry::like("Port_Missing").first(), Some(&"port-missing"));
    assert_eq!(entry::like("passphrase").len(), 2);
    assert_eq!(entry::like("zzzzzz"), Vec::<&str>::new());
}

#[test]
fn the_system_s_faults_have_the_codes_of_what_to_do() {
    use io::ErrorKind as Kind;
    for (kind, code) in [
        (Kind::NotFound, Code::FileMissing),
        (Kind::PermissionDenied, Code::FileForbidden),
        (Kind::StorageFull, Code::DiskFull),
        (Kind::ReadOnlyFilesystem, Code::FolderReadOnly),
        (Kind::UnexpectedEof, Code::FileUnusable),
    ] {
        assert_eq!(of_io(&kind.into()), code);
    }
    assert_eq!(of_bind(&Kind::AddrInUse.into()), Code::AddressInUse);
    assert_eq!(
        of_bind(&Kind::PermissionDenied.into()),
        Code::AddressUnusable
    );
}
