//! `nameplate decrypt`, the program.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use nameplate_tests::programs::{nameplate, run};

use super::workshop::{Workshop, plain};

fn decrypt(workshop: &Workshop, key: &str) -> Command {
    let mut command = nameplate(workshop.home());
    command.env_remove("NAMEPLATE_KEY_PASSPHRASE");
    command.current_dir(workshop.home());
    command.args(["decrypt", "sealed", "--key", key, "--output", "out.zip"]);
    command
}

fn sealed() -> Workshop {
    let workshop = Workshop::new();
    workshop.identity("rsa");
    workshop.seal(
        &plain(5000),
        &["-aes-256-gcm", "-outform", "DER", "-recip", "rsa.pem"],
    );
    fs::set_permissions(workshop.path("rsa.key"), fs::Permissions::from_mode(0o600)).unwrap();
    workshop
}

#[test]
fn only_its_owner_can_read_what_comes_out() {
    let workshop = sealed();
    let _ = run(&mut decrypt(&workshop, "rsa.key"))
        .expect(0)
        .says("a ZIP; only you may read it");
    assert_eq!(workshop.bytes("out.zip"), plain(5000));
    let mode = fs::metadata(workshop.path("out.zip")).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
    // It stays as it is unless it is to be replaced.
    workshop.write("out.zip", "mine");
    let _ = run(&mut decrypt(&workshop, "rsa.key"))
        .expect(1)
        .says("--force");
    assert_eq!(workshop.bytes("out.zip"), b"mine");
    let ran =
        run(decrypt(&workshop, "rsa.key").args(["--force", "--json", "--certificate", "rsa.pem"]))
            .expect(0);
    let event = &ran.json()[0];
    assert_eq!(
        (&event["event"], &event["contents"]),
        (&"decrypted".into(), &"zip".into())
    );
    assert_eq!(event["intact"], true);
    assert_eq!(workshop.bytes("out.zip"), plain(5000));
}

#[test]
fn what_fails_leaves_nothing() {
    let workshop = sealed();
    workshop.identity("rsa-other");
    fs::set_permissions(
        workshop.path("rsa-other.key"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    let nothing = |words: &str, code: i32, command: &mut Command| {
        let ran = run(command).expect(code).says(words).says("next: ");
        assert!(!workshop.path("out.zip").exists() && !workshop.path(".out.zip.part").exists());
        ran
    };
    nothing(
        "the key is another one, or the file was changed",
        1,
        &mut decrypt(&workshop, "rsa-other.key"),
    );
    nothing(
        "does not belong to the encryption certificate",
        2,
        decrypt(&workshop, "rsa-other.key").args(["--certificate", "rsa.pem"]),
    );
    nothing(
        "it was not encrypted to this key; it was to: RSA, serial number",
        1,
        decrypt(&workshop, "rsa-other.key").args(["--certificate", "rsa-other.pem"]),
    );
    nothing(
        "holds a PRIVATE KEY",
        2,
        decrypt(&workshop, "rsa.key").args(["--certificate", "rsa.key"]),
    );
    nothing("can't read absent", 2, &mut decrypt(&workshop, "absent"));
    let whole = workshop.bytes("sealed");
    workshop.write("sealed", &whole[..whole.len() - 1]);
    nothing("it is cut off", 1, &mut decrypt(&workshop, "rsa.key"));
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    workshop.write("sealed", &changed);
    nothing(
        "it was encrypted to this key, but was changed since",
        1,
        decrypt(&workshop, "rsa.key").args(["--certificate", "rsa.pem"]),
    );
    workshop.write("sealed", plain(10));
    nothing(
        "a ZIP that is not encrypted",
        1,
        &mut decrypt(&workshop, "rsa.key"),
    );
    workshop.write("sealed", &whole);
    fs::set_permissions(workshop.path("rsa.key"), fs::Permissions::from_mode(0o640)).unwrap();
    nothing(
        "others can read rsa.key",
        2,
        &mut decrypt(&workshop, "rsa.key"),
    );
}

#[test]
fn a_file_beyond_the_limit_is_refused_before_it_is_read() {
    let workshop = sealed();
    let file = fs::File::create(workshop.path("sealed")).unwrap();
    file.set_len(nameplate::sealed::MAX_SEALED + 1).unwrap();
    let _ = run(&mut decrypt(&workshop, "rsa.key"))
        .expect(1)
        .says("larger than 256 MiB");
}

#[test]
fn the_passphrase_is_no_argument() {
    let workshop = sealed();
    let phrase = "Fuß & horse";
    workshop.openssl(&[
        "pkcs8",
        "-topk8",
        "-in",
        "rsa.key",
        "-out",
        "locked.key",
        "-passout",
        &format!("pass:{phrase}"),
    ]);
    fs::set_permissions(
        workshop.path("locked.key"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    let _ = run(&mut decrypt(&workshop, "locked.key"))
        .expect(2)
        .says("no passphrase was given");
    let wrong = run(decrypt(&workshop, "locked.key").env("NAMEPLATE_KEY_PASSPHRASE", "wrong one"))
        .expect(2);
    assert!(!format!("{wrong:?}").contains("wrong one"));
    let _ = wrong.says("the passphrase does not open it");
    let _ = run(decrypt(&workshop, "locked.key").env("NAMEPLATE_KEY_PASSPHRASE", phrase)).expect(0);
    fs::remove_file(workshop.path("out.zip")).unwrap();
    workshop.write("phrase", format!("{phrase}\nsecond line\n"));
    let from_file = || {
        let mut command = decrypt(&workshop, "locked.key");
        command
            .args(["--passphrase-file", "phrase"])
            .env("NAMEPLATE_KEY_PASSPHRASE", "wrong one");
        command
    };
    let _ = run(&mut from_file()).expect(0);
    assert_eq!(workshop.bytes("out.zip"), plain(5000));
    fs::set_permissions(workshop.path("phrase"), fs::Permissions::from_mode(0o604)).unwrap();
    let _ = run(from_file().arg("--force"))
        .expect(2)
        .says("others can read phrase");
    workshop.write("phrase", "\n");
    let _ = run(from_file().arg("--force"))
        .expect(2)
        .says("has no first line");
}
