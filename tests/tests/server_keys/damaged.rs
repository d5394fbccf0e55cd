//! Sealed answers that were damaged on their way: by a program that stands where the sandbox looks for OpenSSL.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nameplate_tests::service::{Dialect, Service};

use crate::place::Place;

/// Seals as OpenSSL does, and then does what the file `damage` says to the result.
const WRAPPER: &str = r#"#!/bin/sh
here=$(dirname "$0")
out=$(mktemp -p "$here")
PATH="${PATH#*:}" openssl "$@" > "$out" || exit 1
[ -e "$here/damage" ] && . "$here/damage"
cat "$out"
rm "$out"
"#;

#[test]
fn what_is_damaged_is_told_and_nothing_of_it_is_unpacked() {
    let place = Place::new(Dialect::DeviceTrustManager);
    let programs = place.bench.home().join("programs");
    fs::create_dir(&programs).unwrap();
    let wrapper = programs.join("openssl");
    fs::write(&wrapper, WRAPPER).unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    let service = Service::with_programs(
        place.bench.home(),
        &programs,
        &["--polls", "0", "--seal-cipher", "aes256-gcm"],
    );
    place.configure(&service, "own.pem", "own.key", "");
    let csv = place.names(&["a", "b"]);
    let _ = place.submit(&csv);
    let _ = place.ask(&["status", "--wait"], 0);
    let raw = place.path("certificates.p7m");
    for (damage, words) in [
        ("truncate -s -1 \"$out\"", "cut off"),
        ("truncate -s 100 \"$out\"", "cut off"),
        ("truncate -s 0 \"$out\"", "empty"),
        // In the midst of what is encrypted, and in its tag.
        (
            "printf '\\377\\000\\377' | dd of=\"$out\" bs=1 seek=1500 conv=notrunc 2>/dev/null",
            "was changed",
        ),
        (
            "tail -c 1 \"$out\" | tr '\\000-\\377' '\\001-\\377\\000' > \"$out.b\"; truncate -s -1 \"$out\"; cat \"$out.b\" >> \"$out\"; rm \"$out.b\"",
            "was changed",
        ),
        ("echo hello, bench > \"$out\"", "neither CMS nor OpenPGP"),
    ] {
        fs::write(programs.join("damage"), damage).unwrap();
        let _ = place
            .ask(&["certificates"], 1)
            .says("can't be decrypted")
            .says(words);
        assert!(!place.path("certificates").exists(), "{damage}");
        fs::remove_file(&raw).unwrap();
    }
    fs::remove_file(programs.join("damage")).unwrap();
    // Whole, but for somebody else by now.
    place.identity("other");
    place.configure(&service, "other.pem", "other.key", "");
    let _ = place
        .ask(&["certificates"], 1)
        .says("not encrypted to this key");
    assert!(!place.path("certificates").exists());
    fs::remove_file(&raw).unwrap();
    place.configure(&service, "own.pem", "own.key", "");
    let _ = place.ask(&["certificates"], 0);
    place.judge(&["a", "b"]);
}
